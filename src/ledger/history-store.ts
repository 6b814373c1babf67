/** The SQL of an account's past: its postings in their order, each with the balances after it. */
import { must } from '../std/assert.ts';
import { homeOf } from '../std/id.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Balances, Side } from './account.ts';
import { ACCOUNT_PREFIX } from './names.ts';
import { NOW_US, usOf } from './columns.ts';
import { AT_ONCE_GATE } from './store.ts';
import type { Phase } from './transfer.ts';

/** A place in the history of an account, before or after which one reads on. */
export type Place = { readonly atUs: number; readonly n: number };

/** One posting: what a transfer, or the end of a pending one, did to the account. */
export type HistoryRow = Balances &
  Place & {
    readonly side: Side;
    readonly pendingChange: bigint;
    readonly postedChange: bigint;
    readonly phase: Phase;
    /** Of an end, that of the transfer which it ended. */
    readonly transferId: string;
    readonly externalId: string;
    readonly kind: string;
    readonly reference: string | null;
    /** The account on the other side. */
    readonly otherId: string;
    readonly otherCode: string;
  };

const BALANCE_COLUMNS = `p.debits_pending as "debitsPending", p.debits_posted as "debitsPosted",
  p.credits_pending as "creditsPending", p.credits_posted as "creditsPosted"`;

const HISTORY_COLUMNS = `${usOf('p.at')} as "atUs", p.n, p.side, p.pending_change as "pendingChange",
  p.posted_change as "postedChange", ${BALANCE_COLUMNS}, t.phase, coalesce(t.pending_id, t.id) as "transferId",
  coalesce(o.external_id, t.external_id) as "externalId", t.kind, coalesce(t.reference, o.reference) as "reference",
  b.id as "otherId", b.code as "otherCode"`;

const HISTORY_JOINS = `join transfer t on t.home = p.transfer_home and t.id = p.transfer_id
  left join transfer o on o.home = t.home and o.id = t.pending_id
  join account b on b.home = case p.side when 'debit' then t.credit_home else t.debit_home end
    and b.id = case p.side when 'debit' then t.credit_account_id else t.debit_account_id end`;

/** The database's clock at this statement, microseconds since 1970. */
export async function readNowUs(db: Db): Promise<number> {
  const rows = await db<{ us: number }[]>`select ${db.unsafe(NOW_US)} as us`;
  return must(rows[0], 'a select without from gives a row').us;
}

/**
 * Waits for whoever is moving money on the account at this moment. A later one takes a later time, so that
 * nothing is added any more to what was before now.
 */
export async function settlePast(tx: Tx, accountId: string): Promise<void> {
  const gate = String(AT_ONCE_GATE);
  // Held for no moment longer than it takes to get it.
  await tx`select pg_advisory_lock(${gate}::bigint), pg_advisory_unlock(${gate}::bigint)`;
  await tx`select 1 from account where home = ${homeOfAccount(accountId)} and id = ${accountId} for share`;
}

/** After the last posting before a time; null where there was none. */
export async function balancesBefore(db: Db, accountId: string, beforeUs: number): Promise<Balances | null> {
  const rows = await db<Balances[]>`
    select ${db.unsafe(BALANCE_COLUMNS)} from posting p
    where p.home = ${homeOfAccount(accountId)} and p.account_id = ${accountId}
      and p.at < 'epoch'::timestamptz + ${beforeUs}::float8 * interval '1 microsecond'
    order by p.at desc, p.n desc limit 1`;
  return rows[0] ?? null;
}

/** The newest first, from before a place on. */
export async function readHistory(
  db: Db,
  accountId: string,
  before: Place,
  max: number,
): Promise<HistoryRow[]> {
  return db<HistoryRow[]>`
    select ${db.unsafe(HISTORY_COLUMNS)} from posting p ${db.unsafe(HISTORY_JOINS)}
    where p.home = ${homeOfAccount(accountId)} and p.account_id = ${accountId}
      and (p.at, p.n) < ('epoch'::timestamptz + ${before.atUs}::float8 * interval '1 microsecond', ${before.n}::int)
    order by p.at desc, p.n desc limit ${max}::int`;
}

export type PeriodQuery = {
  readonly accountId: string;
  /** Read on from here, without it. */
  readonly after: Place;
  /** Up to before this time. */
  readonly toUs: number;
  /** What was posted on this side; null for both. */
  readonly side: Side | null;
  readonly max: number;
};

/** What was posted in a period, the oldest first. */
export async function readPosted(db: Db, query: PeriodQuery): Promise<HistoryRow[]> {
  const { accountId, after, toUs, side, max } = query;
  return db<HistoryRow[]>`
    select ${db.unsafe(HISTORY_COLUMNS)} from posting p ${db.unsafe(HISTORY_JOINS)}
    where p.home = ${homeOfAccount(accountId)} and p.account_id = ${accountId}
      and (p.at, p.n) > ('epoch'::timestamptz + ${after.atUs}::float8 * interval '1 microsecond', ${after.n}::int)
      and p.at < 'epoch'::timestamptz + ${toUs}::float8 * interval '1 microsecond'
      and p.posted_change > 0 and (${side}::text is null or p.side = ${side})
    order by p.at, p.n limit ${max}::int`;
}

function homeOfAccount(id: string): number {
  return must(homeOf(ACCOUNT_PREFIX, id), 'the account was found before its history is read');
}
