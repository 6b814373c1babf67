/** The SQL of accounts beside the moving of money: making, finding, listing and closing them. */
import { homeOf } from '../std/id.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Account, AccountDefinition } from './account.ts';
import { ACCOUNT_PREFIX } from './names.ts';
import { ACCOUNT_COLUMNS, keysOf } from './columns.ts';

export type NewAccountRow = AccountDefinition & { readonly id: string; readonly tenantId: string };

/** Makes those that are not there yet. */
export async function insertAccounts(tx: Tx, rows: readonly NewAccountRow[]): Promise<void> {
  const parameter = JSON.stringify(
    rows.map((row) => ({
      ...row,
      home: homeOf(ACCOUNT_PREFIX, row.id),
      minimum: row.minimum?.toString() ?? null,
      maximum: row.maximum?.toString() ?? null,
    })),
  );
  await tx`
    insert into account (home, id, tenant_id, client_id, code, kind, currency, normal_side, debits_within_credits,
      credits_within_debits, minimum, maximum, created_at)
    select "home", "id", "tenantId", "clientId", "code", "kind", "currency", "normalSide", "debitsWithinCredits",
      "creditsWithinDebits", "minimum", "maximum", clock_now()
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "clientId" text, "code" text, "kind" text, "currency" text, "normalSide" text, "debitsWithinCredits" boolean,
      "creditsWithinDebits" boolean, "minimum" bigint, "maximum" bigint)
    order by "home", "id"
    on conflict (home, id) do nothing`;
}

export async function readAccounts(db: Db, ids: Iterable<string>): Promise<Account[]> {
  return db<Account[]>`
    select ${db.unsafe(ACCOUNT_COLUMNS)}
    from json_to_recordset(${JSON.stringify(keysOf(ACCOUNT_PREFIX, ids))}::text::json) as k ("home" smallint, "id" text)
    join account a on a.home = k."home" and a.id = k."id"
    where k."home" between 0 and 1023`;
}

/** In the order of their ids, from after `cursor` on. */
export async function listAccounts(
  db: Db,
  tenantId: string,
  cursor: string,
  max: number,
): Promise<Account[]> {
  return db<Account[]>`
    select ${db.unsafe(ACCOUNT_COLUMNS)} from account a
    where a.tenant_id = ${tenantId} and a.id > ${cursor} order by a.id limit ${max}::int`;
}

/** Closed once; closing again changes nothing. */
export async function closeAccountOnce(db: Db, tenantId: string, id: string): Promise<Account | null> {
  const home = homeOf(ACCOUNT_PREFIX, id);
  if (home === null) return null;
  const rows = await db<Account[]>`
    update account as a set closed_at = coalesce(a.closed_at, clock_now())
    where a.home = ${home} and a.id = ${id} and a.tenant_id = ${tenantId}
    returning ${db.unsafe(ACCOUNT_COLUMNS)}`;
  return rows[0] ?? null;
}
