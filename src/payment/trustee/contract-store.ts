/** The SQL of contracts with buyers and merchants. */
import type { Db } from '../../store/connection.ts';
import type { Buyer } from './contract.ts';

const ms = (column: string): string => `extract(epoch from ${column})::float8 * 1000`;

const BUYER = `b.home::int as home, b.id, b.tenant_id as "tenantId", b.subscriber_id as "subscriberId", b.currency,
  b.card_token as "cardToken", b.spending_limit as "limit", b.bank_above as "bankAbove",
  ${ms('b.created_at')} as "createdAtMs", ${ms('b.ended_at')} as "endedAtMs"`;

export async function findRunningBuyer(db: Db, home: number, id: string): Promise<Buyer | null> {
  const rows = await db<Buyer[]>`
    select ${db.unsafe(BUYER)} from trustee_buyer b
    where b.home = ${home} and b.id = ${id} and b.ended_at is null`;
  return rows[0] ?? null;
}

/** Those that have ended too, in the order of their ids, from after `cursor` on. */
export async function listBuyers(db: Db, tenantId: string, cursor: string, max: number): Promise<Buyer[]> {
  return db<Buyer[]>`
    select ${db.unsafe(BUYER)} from trustee_buyer b
    where b.tenant_id = ${tenantId} and b.id > ${cursor} order by b.id limit ${max}::int`;
}

export type SavedBuyer = Pick<
  Buyer,
  'home' | 'id' | 'tenantId' | 'subscriberId' | 'currency' | 'cardToken' | 'limit' | 'bankAbove'
>;

/** Makes contracts, or changes those that are there; one that has ended runs again. */
export async function saveBuyers(db: Db, rows: readonly SavedBuyer[]): Promise<Buyer[]> {
  const parameter = JSON.stringify(
    rows.map((row) => ({ ...row, limit: String(row.limit), bankAbove: row.bankAbove?.toString() ?? null })),
  );
  return db<Buyer[]>`
    insert into trustee_buyer as b (home, id, tenant_id, subscriber_id, currency, card_token, spending_limit,
      bank_above, created_at)
    select "home", "id", "tenantId", "subscriberId", "currency", "cardToken", "limit", "bankAbove", clock_now()
    from json_to_recordset(${parameter}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "subscriberId" text, "currency" text, "cardToken" text, "limit" bigint, "bankAbove" bigint)
    on conflict (home, id) do update
      set card_token = excluded.card_token, spending_limit = excluded.spending_limit,
        bank_above = excluded.bank_above, ended_at = null
    returning ${db.unsafe(BUYER)}`;
}

/** Ended once; ending again changes nothing. Null where there is none. */
export async function endBuyerOnce(db: Db, home: number, id: string): Promise<Buyer | null> {
  const rows = await db<Buyer[]>`
    update trustee_buyer as b set ended_at = coalesce(b.ended_at, clock_now())
    where b.home = ${home} and b.id = ${id} returning ${db.unsafe(BUYER)}`;
  return rows[0] ?? null;
}

export type Merchant = {
  readonly tenantId: string;
  readonly clientId: string;
  readonly currency: string;
  /** JSON text of the rules (fee.ts). */
  readonly fees: string;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
};

const MERCHANT = `m.tenant_id as "tenantId", m.client_id as "clientId", m.currency, m.fees,
  ${ms('m.created_at')} as "createdAtMs", ${ms('m.ended_at')} as "endedAtMs"`;

export async function saveMerchant(
  db: Db,
  row: Pick<Merchant, 'tenantId' | 'clientId' | 'currency' | 'fees'>,
): Promise<Merchant | null> {
  const rows = await db<Merchant[]>`
    insert into trustee_merchant as m (tenant_id, client_id, currency, fees, created_at)
    select ${row.tenantId}, c.id, ${row.currency}, ${row.fees}, clock_now() from client c
    where c.id = ${row.clientId} and c.tenant_id = ${row.tenantId}
    on conflict (tenant_id, client_id, currency) do update set fees = excluded.fees, ended_at = null
    returning ${db.unsafe(MERCHANT)}`;
  return rows[0] ?? null;
}

/** Those that have ended too: what they are owed is still paid out. */
export async function listMerchants(db: Db, tenantId: string): Promise<Merchant[]> {
  return db<Merchant[]>`
    select ${db.unsafe(MERCHANT)} from trustee_merchant m
    where m.tenant_id = ${tenantId} order by m.client_id, m.currency`;
}

export async function endMerchantOnce(
  db: Db,
  row: Pick<Merchant, 'tenantId' | 'clientId' | 'currency'>,
): Promise<Merchant | null> {
  const rows = await db<Merchant[]>`
    update trustee_merchant as m set ended_at = coalesce(m.ended_at, clock_now())
    where m.tenant_id = ${row.tenantId} and m.client_id = ${row.clientId} and m.currency = ${row.currency}
    returning ${db.unsafe(MERCHANT)}`;
  return rows[0] ?? null;
}
