/** The SQL of period runs, and of making bills. */
import type { Db, Tx } from '../../store/connection.ts';
import type { Buyer } from './contract.ts';
import type { Stage } from './period.ts';

export type PeriodRow = {
  readonly tenantId: string;
  readonly period: string;
  readonly stage: Stage;
  readonly cursor: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
};

const PERIOD = `r.tenant_id as "tenantId", r.period, r.stage, r.cursor,
  extract(epoch from r.started_at)::float8 * 1000 as "startedAtMs",
  extract(epoch from r.ended_at)::float8 * 1000 as "endedAtMs"`;

/** Runs of one tenant see each other's bills: one at a time makes them. Until the end of the transaction. */
export async function lockTrustee(tx: Tx, tenantId: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`trustee ${tenantId}`}, 0))`;
}

/** The first start makes it; every other finds it. */
export async function beginRun(
  db: Db,
  row: { readonly tenantId: string; readonly period: string; readonly fromUs: number; readonly toUs: number },
): Promise<void> {
  await db`
    insert into trustee_period (tenant_id, period, from_at, to_at, stage, started_at)
    values (${row.tenantId}, ${row.period}, 'epoch'::timestamptz + ${row.fromUs}::float8 * interval '1 microsecond',
      'epoch'::timestamptz + ${row.toUs}::float8 * interval '1 microsecond', 'billing', clock_now())
    on conflict (tenant_id, period) do nothing`;
}

export async function findRun(db: Db, tenantId: string, period: string): Promise<PeriodRow | null> {
  const rows = await db<PeriodRow[]>`
    select ${db.unsafe(PERIOD)} from trustee_period r where r.tenant_id = ${tenantId} and r.period = ${period}`;
  return rows[0] ?? null;
}

/** The newest first. */
export async function listRuns(db: Db, tenantId: string, max: number): Promise<PeriodRow[]> {
  return db<PeriodRow[]>`
    select ${db.unsafe(PERIOD)} from trustee_period r
    where r.tenant_id = ${tenantId} order by r.period desc limit ${max}::int`;
}

export async function moveCursor(tx: Tx, row: PeriodRow, cursor: string): Promise<void> {
  await tx`
    update trustee_period set cursor = ${cursor}
    where tenant_id = ${row.tenantId} and period = ${row.period} and stage = ${row.stage}`;
}

/** Goes on to the next stage, unless somebody has; true for the one who did. */
export async function goOn(
  db: Db,
  { tenantId, period }: Pick<PeriodRow, 'tenantId' | 'period'>,
  from: Stage,
  to: Stage,
): Promise<boolean> {
  const rows = await db`
    update trustee_period
    set stage = ${to}, cursor = '', ended_at = case when ${to === 'done'} then clock_now() end
    where tenant_id = ${tenantId} and period = ${period} and stage = ${from} returning 1`;
  return rows.length > 0;
}

export type NewBill = Pick<Buyer, 'home' | 'tenantId' | 'subscriberId' | 'currency'> & {
  readonly id: string;
  readonly period: string;
  readonly contractId: string;
  readonly minor: string;
  readonly hasCard: boolean;
};

export async function insertBills(tx: Tx, rows: readonly NewBill[]): Promise<void> {
  await tx`
    insert into trustee_bill (home, id, tenant_id, period, contract_id, subscriber_id, currency, amount, state,
      reason, due_at, created_at)
    select "home", "id", "tenantId", "period", "contractId", "subscriberId", "currency", "minor",
      case when "hasCard" then 'open' else 'unpaid' end, case when not "hasCard" then 'no_card' end,
      case when "hasCard" then clock_now() end, clock_now()
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r ("home" smallint, "id" text, "tenantId" text,
      "period" text, "contractId" text, "subscriberId" text, "currency" text, "minor" bigint, "hasCard" boolean)
    on conflict (home, id) do nothing`;
}

/** What other periods' bills have taken up of the balance before a time, by contract. */
export async function billedBefore(
  tx: Tx,
  contractIds: readonly string[],
  beforeUs: number,
): Promise<Map<string, bigint>> {
  const rows = await tx<{ contractId: string; minor: bigint }[]>`
    select k."id" as "contractId", b.minor
    from json_to_recordset(${JSON.stringify(contractIds.map((id) => ({ id })))}::text::json) as k ("id" text)
    cross join lateral (
      select sum(b.amount)::bigint as minor from trustee_bill b
      where b.contract_id = k."id" and (b.paid_us is null or b.paid_us >= ${beforeUs}::float8)
    ) as b
    where b.minor is not null`;
  return new Map(rows.map(({ contractId, minor }) => [contractId, minor]));
}

export type PeriodTotals = {
  readonly currency: string;
  readonly bills: number;
  readonly billed: bigint;
  readonly paid: number;
  readonly collected: bigint;
  readonly unpaid: number;
  readonly payouts: number;
  readonly gross: bigint;
  readonly fees: bigint;
};

export async function readTotals(db: Db, tenantId: string, period: string): Promise<PeriodTotals[]> {
  return db<PeriodTotals[]>`
    select coalesce(b.currency, p.currency) as currency, coalesce(b.bills, 0) as bills,
      coalesce(b.billed, 0)::bigint as billed, coalesce(b.paid, 0) as paid,
      coalesce(b.collected, 0)::bigint as collected, coalesce(b.unpaid, 0) as unpaid,
      coalesce(p.payouts, 0) as payouts, coalesce(p.gross, 0)::bigint as gross, coalesce(p.fees, 0)::bigint as fees
    from (
      select currency, count(*)::int as bills, sum(amount) as billed,
        count(*) filter (where state = 'paid')::int as paid,
        coalesce(sum(amount) filter (where state = 'paid'), 0) as collected,
        count(*) filter (where state = 'unpaid')::int as unpaid
      from trustee_bill where tenant_id = ${tenantId} and period = ${period} group by currency
    ) as b
    full join (
      select currency, count(*)::int as payouts, sum(gross) as gross, sum(fee) as fees
      from trustee_payout where tenant_id = ${tenantId} and period = ${period} group by currency
    ) as p on p.currency = b.currency
    order by 1`;
}

/** How far a run is: bills made, and those of which nobody has asked a bank yet. */
export async function countBills(
  db: Db,
  tenantId: string,
  period: string,
): Promise<{ bills: number; unasked: number; dueInMs: number | null }> {
  const rows = await db<{ bills: number; unasked: number; dueInMs: number | null }[]>`
    select count(*)::int as bills, count(*) filter (where state = 'open' and tries = 0)::int as unasked,
      extract(epoch from min(due_at) filter (where tries = 0) - clock_now())::float8 * 1000 as "dueInMs"
    from trustee_bill where tenant_id = ${tenantId} and period = ${period}`;
  return rows[0] ?? { bills: 0, unasked: 0, dueInMs: null };
}

/** How many buyers a tenant has, those whose contract has ended too. */
export async function countBuyers(db: Db, tenantId: string): Promise<number> {
  const rows = await db<{ n: number }[]>`
    select count(*)::int as n from trustee_buyer where tenant_id = ${tenantId}`;
  return rows[0]?.n ?? 0;
}
