/** The SQL of payouts. */
import type { Db, Tx } from '../../store/connection.ts';
import type { Payout } from './payout.ts';

const PAYOUT = `p.home::int as home, p.id, p.tenant_id as "tenantId", p.period, p.client_id as "clientId", p.currency,
  p.gross, p.fee, p.payments, p.fees, p.read_from_us as "readFromUs", p.read_to_us as "readToUs",
  p.paid_us as "paidUs"`;

export type Taken = {
  readonly clientId: string;
  readonly currency: string;
  /** What was paid out after a time, and is in the balance before it. */
  readonly minor: bigint;
  /** Up to before which sales were counted. */
  readonly countedToUs: number;
};

/** What was paid out to each merchant so far. */
export async function readTaken(tx: Tx, tenantId: string, beforeUs: number): Promise<Taken[]> {
  return tx<Taken[]>`
    select client_id as "clientId", currency,
      coalesce(sum(gross) filter (where paid_us >= ${beforeUs}::float8), 0)::bigint as minor,
      max(read_to_us)::float8 as "countedToUs"
    from trustee_payout where tenant_id = ${tenantId} group by client_id, currency`;
}

export async function findPayoutIds(tx: Tx, tenantId: string, period: string): Promise<Set<string>> {
  const rows = await tx<{ id: string }[]>`
    select id from trustee_payout where tenant_id = ${tenantId} and period = ${period}`;
  return new Set(rows.map(({ id }) => id));
}

export type NewPayout = Omit<Payout, 'gross' | 'fee' | 'readFromUs' | 'readToUs' | 'paidUs'> & {
  readonly gross: string;
  readonly fee: string;
  readonly readFromUs: number;
  readonly readToUs: number;
  readonly paidUs: number;
};

/** A second of one id is a fault: whoever writes has looked under the tenant's lock. */
export async function insertPayouts(tx: Tx, rows: readonly NewPayout[]): Promise<void> {
  await tx`
    insert into trustee_payout (home, id, tenant_id, period, client_id, currency, gross, fee, payments, fees,
      read_from_us, read_to_us, paid_us, created_at)
    select "home", "id", "tenantId", "period", "clientId", "currency", "gross", "fee", "payments", "fees",
      "readFromUs", "readToUs", "paidUs", clock_now()
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "period" text, "clientId" text, "currency" text, "gross" bigint, "fee" bigint, "payments" int, "fees" text,
      "readFromUs" bigint, "readToUs" bigint, "paidUs" bigint)`;
}

/** All merchants' where no client is named; in the order of their ids, from after `cursor` on. */
export async function listPayouts(
  db: Db,
  asked: { readonly tenantId: string; readonly period: string; readonly clientId: string | null },
  cursor: string,
  max: number,
): Promise<Payout[]> {
  return db<Payout[]>`
    select ${db.unsafe(PAYOUT)} from trustee_payout p
    where p.tenant_id = ${asked.tenantId} and p.period = ${asked.period} and p.id > ${cursor}
      and (${asked.clientId}::text is null or p.client_id = ${asked.clientId})
    order by p.id limit ${max}::int`;
}

export async function findPayout(db: Db, tenantId: string, home: number, id: string): Promise<Payout | null> {
  const rows = await db<Payout[]>`
    select ${db.unsafe(PAYOUT)} from trustee_payout p
    where p.home = ${home} and p.id = ${id} and p.tenant_id = ${tenantId}`;
  return rows[0] ?? null;
}
