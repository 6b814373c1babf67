/** The SQL of refunds. */
import type { Db, Tx } from '../store/connection.ts';
import type { PaymentKey } from './store.ts';

export type RefundRow = {
  readonly home: number;
  readonly id: string;
  readonly paymentId: string;
  readonly n: number;
  readonly minor: bigint;
  readonly currency: string;
  readonly state: 'asked' | 'done' | 'declined' | 'unknown';
  readonly exchangeId: string | null;
  readonly createdAtMs: number;
};

const COLUMNS = `r.home::int as "home", r.id, r.payment_id as "paymentId", r.n::int as "n", r.amount as "minor", r.currency,
  r.state, r.exchange_id as "exchangeId", extract(epoch from r.created_at)::float8 * 1000 as "createdAtMs"`;

/** The next of a payment that the caller has locked; null while another runs. */
export async function insertRefund(
  tx: Tx,
  { home, id }: PaymentKey,
  made: {
    readonly id: string;
    readonly minor: bigint;
    readonly currency: string;
    readonly stuckAfterMs: number;
  },
): Promise<RefundRow | null> {
  const rows = await tx<RefundRow[]>`
    insert into payment_refund as r (home, id, payment_id, n, amount, currency, state, created_at, next_at)
    select ${home}, ${made.id}, ${id}, (select count(*) from payment_refund o where o.home = ${home} and o.payment_id = ${id}),
      ${String(made.minor)}::bigint, ${made.currency}, 'asked', clock_now(),
      clock_now() + ${made.stuckAfterMs}::float8 * interval '1 millisecond'
    where not exists (select from payment_refund o
      where o.home = ${home} and o.payment_id = ${id} and o.state = 'asked')
    returning ${tx.unsafe(COLUMNS)}`;
  return rows[0] ?? null;
}

/** Oldest first. */
export async function listRefunds(db: Db, { home, id }: PaymentKey): Promise<RefundRow[]> {
  return db<RefundRow[]>`
    select ${db.unsafe(COLUMNS)} from payment_refund r where r.home = ${home} and r.payment_id = ${id} order by r.n`;
}

/** Null where somebody has ended it before. */
export async function endRefund(
  tx: Tx,
  { home, id }: Pick<RefundRow, 'home' | 'id'>,
  state: Exclude<RefundRow['state'], 'asked'>,
  exchangeId: string | null,
): Promise<RefundRow | null> {
  const rows = await tx<RefundRow[]>`
    update payment_refund as r
    set state = ${state}, exchange_id = ${exchangeId}, ended_at = clock_now(), next_at = null
    where r.home = ${home} and r.id = ${id} and r.state = 'asked'
    returning ${tx.unsafe(COLUMNS)}`;
  return rows[0] ?? null;
}

export async function readRefund(tx: Tx, home: number, id: string): Promise<RefundRow | null> {
  const rows = await tx<RefundRow[]>`
    select ${tx.unsafe(COLUMNS)} from payment_refund r where r.home = ${home} and r.id = ${id}`;
  return rows[0] ?? null;
}

/** Those whose process is gone, leased to the caller. */
export async function claimRefunds(tx: Tx, leaseMs: number, max: number): Promise<RefundRow[]> {
  return tx<RefundRow[]>`
    update payment_refund as r set next_at = clock_now() + ${leaseMs}::float8 * interval '1 millisecond'
    from (
      select home, id from payment_refund where next_at <= clock_now()
      order by next_at limit ${max}::int for update skip locked
    ) as due
    where r.home = due.home and r.id = due.id and due.home between 0 and 1023
    returning ${tx.unsafe(COLUMNS)}`;
}
