/**
 * The SQL of moving money: accounts are locked in one order by everybody, so that no two transactions wait
 * for each other, and each account is written once for a whole batch, however many transfers touch it.
 *
 *   lock accounts ──▶ read transfers, and the clock, under the locks ──▶ (judge) ──▶ write
 *   (judge what is believed) ──▶ write at once, if it is so
 */
import { must } from '../std/assert.ts';
import { writeArray } from '../store/arrays.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Balances } from './account.ts';
import { columnsOf, keysOf, NOW_US, TRANSFER_COLUMNS, usOf } from './columns.ts';
import type { LockedAccount, Written } from './judge.ts';
import { ACCOUNT_PREFIX, TRANSFER_PREFIX } from './names.ts';
import { expiresAtUs, type TransferRow } from './transfer.ts';

const LOCKED_COLUMNS = `a.home::int as "home", a.id, a.tenant_id as "tenantId", a.currency, a.normal_side as "normalSide",
  a.debits_within_credits as "debitsWithinCredits", a.credits_within_debits as "creditsWithinDebits", a.minimum,
  a.maximum, a.debits_pending as "debitsPending", a.debits_posted as "debitsPosted",
  a.credits_pending as "creditsPending", a.credits_posted as "creditsPosted", a.closed_at is not null as "isClosed",
  ${usOf('a.last_at')} as "lastAtUs"`;

/** Locks accounts, in one order for all callers. */
export async function lockAccounts(tx: Tx, ids: Iterable<string>): Promise<LockedAccount[]> {
  const of = columnsOf(keysOf(ACCOUNT_PREFIX, ids));
  return tx<LockedAccount[]>`
    select ${tx.unsafe(LOCKED_COLUMNS)}
    from unnest(${of(({ home }) => home)}::smallint[], ${of(({ id }) => id)}::text[]) as k (home, id)
    join account a on a.home = k.home and a.id = k.id
    order by a.home, a.id
    for update of a`;
}

/**
 * Transfers by their ids, and the time. Asked for behind the locks, it sees what was committed before
 * them.
 */
export async function readUnderLock(
  tx: Tx,
  ids: Iterable<string>,
): Promise<{ nowUs: number; transfers: TransferRow[] }> {
  const of = columnsOf(keysOf(TRANSFER_PREFIX, ids));
  const rows = await tx<(TransferRow & { nowUs: number; id: string | null })[]>`
    select now.us as "nowUs", found.*
    from (select ${tx.unsafe(NOW_US)} as us) as now
    left join (
      select ${tx.unsafe(TRANSFER_COLUMNS)}
      from unnest(${of(({ home }) => home)}::smallint[], ${of(({ id }) => id)}::text[]) as k (home, id)
      join transfer t on t.home = k.home and t.id = k.id
    ) as found on true`;
  const { nowUs } = must(rows[0], 'the clock gives a row');
  return { nowUs, transfers: rows.filter(({ id }) => id !== null) };
}

export async function readTransfers(db: Db, ids: Iterable<string>): Promise<TransferRow[]> {
  const of = columnsOf(keysOf(TRANSFER_PREFIX, ids));
  return db<TransferRow[]>`
    select ${db.unsafe(TRANSFER_COLUMNS)}
    from unnest(${of(({ home }) => home)}::smallint[], ${of(({ id }) => id)}::text[]) as k (home, id)
    join transfer t on t.home = k.home and t.id = k.id`;
}

/** The balances after a batch, once for each account; the caller holds the locks. */
export async function writeBalances(
  tx: Tx,
  accounts: readonly { account: LockedAccount; after: Balances }[],
  atUs: number,
): Promise<void> {
  const of = columnsOf(accounts);
  const changed = await tx`
    update account as a
    set debits_pending = r.dp, debits_posted = r.d, credits_pending = r.cp, credits_posted = r.c,
      last_at = 'epoch'::timestamptz + ${atUs}::float8 * interval '1 microsecond'
    from unnest(${of(({ account }) => account.home)}::smallint[], ${of(({ account }) => account.id)}::text[],
      ${of(({ after }) => after.debitsPending)}::bigint[], ${of(({ after }) => after.debitsPosted)}::bigint[],
      ${of(({ after }) => after.creditsPending)}::bigint[], ${of(({ after }) => after.creditsPosted)}::bigint[]
    ) as r (home, id, dp, d, cp, c)
    where a.home = r.home and a.id = r.id
    returning 1`;
  must(changed.length === accounts.length || null, 'a locked account was not there to be written');
}

/**
 * Transfers and their postings, all of one time. False when one of the ids is taken: another transaction
 * made it meanwhile, with other accounts.
 */
export async function insertTransfers(tx: Tx, written: readonly Written[], atUs: number): Promise<boolean> {
  const of = columnsOf(written);
  const inserted = await tx<{ count: number }[]>`
    with r as materialized (
      select r.*, 'epoch'::timestamptz + ${atUs}::float8 * interval '1 microsecond' as at
      from unnest(${singleValues(tx, written)},
        ${of(({ row }) => row.phase)}::text[], ${of(({ row }) => row.pendingId)}::text[],
        ${of(({ row }) => row.timeoutMs)}::bigint[], ${of(({ change }) => change.pending)}::bigint[]
      ) as r (${tx.unsafe(SINGLE_NAMES)}, phase, pending_id, timeout_ms, pending_change)
    ), ${tx.unsafe(ANY_INSERTS)}
    select count(*)::int as count from made`;
  return inserted[0]?.count === written.length;
}

type Varying = Readonly<Record<'phase' | 'pendingId' | 'timeoutMs' | 'pendingChange', string>>;

/** From the rows `r`, each with its time: `made` gives one row for each transfer whose id was free. */
const insertsOf = ({ phase, pendingId, timeoutMs, pendingChange }: Varying): string => `postings as (
      insert into posting (home, account_id, at, n, transfer_home, transfer_id, side, pending_change, posted_change,
        debits_pending, debits_posted, credits_pending, credits_posted)
      select debit_home, debit_account_id, at, n, home, id, 'debit', ${pendingChange}, posted_change, ddp, dd, dcp, dc
      from r
      union all
      select credit_home, credit_account_id, at, n, home, id, 'credit', ${pendingChange}, posted_change, cdp, cd, ccp, cc
      from r
    ), made as (
      insert into transfer (home, id, tenant_id, phase, debit_home, debit_account_id, credit_home, credit_account_id,
        amount, currency, kind, external_id, pending_id, link, timeout_ms, reference, details, at, n)
      select home, id, tenant_id, ${phase}, debit_home, debit_account_id, credit_home, credit_account_id, amount,
        currency, kind, external_id, ${pendingId}, link, ${timeoutMs}, reference, details, at, n
      from r order by home, id
      on conflict (home, id) do nothing
      returning 1
    )`;

const ANY_INSERTS = insertsOf({
  phase: 'phase',
  pendingId: 'pending_id',
  timeoutMs: 'timeout_ms',
  pendingChange: 'pending_change',
});
const SINGLE_INSERTS = insertsOf({
  phase: "'single'",
  pendingId: 'null',
  timeoutMs: 'null::bigint',
  pendingChange: '0',
});

/** The values of single transfers, and their names: what varies with the phase comes behind them. */
function singleValues(db: Db, written: readonly Written[]) {
  const of = columnsOf(written);
  const texts = (pick: (row: TransferRow) => string | null): string =>
    written.every(({ row }) => pick(row) === null) ? '{}' : writeArray(written.map(({ row }) => pick(row)));
  return db`${of(({ row }) => row.home)}::smallint[], ${of(({ row }) => row.id)}::text[],
        ${of(({ row }) => row.tenantId)}::text[],
        ${of(({ debit }) => debit.account.home)}::smallint[], ${of(({ row }) => row.debitAccountId)}::text[],
        ${of(({ credit }) => credit.account.home)}::smallint[], ${of(({ row }) => row.creditAccountId)}::text[],
        ${of(({ row }) => row.amount)}::bigint[], ${of(({ row }) => row.currency)}::text[],
        ${texts((row) => row.kind)}::text[], ${texts((row) => row.externalId)}::text[],
        ${of(({ row }) => row.link)}::text[], ${texts((row) => row.reference)}::text[],
        ${texts((row) => row.details)}::text[], ${of(({ row }) => row.n)}::int[],
        ${of(({ change }) => change.posted)}::bigint[],
        ${of(({ debit }) => debit.after.debitsPending)}::bigint[],
        ${of(({ debit }) => debit.after.debitsPosted)}::bigint[],
        ${of(({ debit }) => debit.after.creditsPending)}::bigint[],
        ${of(({ debit }) => debit.after.creditsPosted)}::bigint[],
        ${of(({ credit }) => credit.after.debitsPending)}::bigint[],
        ${of(({ credit }) => credit.after.debitsPosted)}::bigint[],
        ${of(({ credit }) => credit.after.creditsPending)}::bigint[],
        ${of(({ credit }) => credit.after.creditsPosted)}::bigint[]`;
}

const SINGLE_NAMES = `home, id, tenant_id, debit_home, debit_account_id, credit_home, credit_account_id, amount, currency,
        kind, external_id, link, reference, details, n, posted_change, ddp, dd, dcp, dc, cdp, cd, ccp, cc`;

/**
 * Who writes without locks takes its time behind this gate and leaves it with its commit, so that whoever
 * reads the past can wait for those that were on their way (history-store.ts).
 */
export const AT_ONCE_GATE = 7_217_339_071n;

/** An account as the writer believes that it is, and as it is to be. */
export type Believed = { readonly account: LockedAccount; readonly after: Balances };

/** `latestUs`: of the latest posting of the accounts. Answers with the time of the postings. */
export type WriteAtOnce = (latestUs: number) => Promise<number>;

/**
 * Single transfers without a lock before, in one statement: all of it is done, if every account is still as
 * believed and every id is free, else nothing; then it rejects with `division by zero` (22012). The values
 * are made ready now, while the database has other work.
 */
export function prepareAtOnce(
  db: Db,
  written: readonly Written[],
  accounts: readonly Believed[],
): WriteAtOnce {
  const values = singleValues(db, written);
  const of = columnsOf(accounts);
  const believed = db`${of(({ account }) => account.home)}::smallint[], ${of(({ account }) => account.id)}::text[],
        ${of(({ account }) => account.debitsPending)}::bigint[], ${of(({ account }) => account.debitsPosted)}::bigint[],
        ${of(({ account }) => account.creditsPending)}::bigint[], ${of(({ account }) => account.creditsPosted)}::bigint[],
        ${of(({ after }) => after.debitsPosted)}::bigint[], ${of(({ after }) => after.creditsPosted)}::bigint[]`;
  return async (latestUs) => {
    const rows = await db<{ atUs: number }[]>`
    with gate as materialized (
      select pg_advisory_xact_lock_shared(${String(AT_ONCE_GATE)}::bigint)
    ), clock as materialized (
      select greatest(clock_now() + (clock_timestamp() - now()),
        'epoch'::timestamptz + ${latestUs + 1}::float8 * interval '1 microsecond') as at
      from gate
    ), r as materialized (
      select r.*, clock.at
      from clock, unnest(${values}) as r (${db.unsafe(SINGLE_NAMES)})
    ), changed as (
      update account as a
      set debits_posted = k.d, credits_posted = k.c, last_at = clock.at
      from clock, unnest(${believed}) as k (home, id, dp, d0, cp, c0, d, c)
      where a.home = k.home and a.id = k.id and a.closed_at is null
        and a.debits_pending = k.dp and a.debits_posted = k.d0
        and a.credits_pending = k.cp and a.credits_posted = k.c0
        and (a.last_at is null or a.last_at < clock.at)
      returning 1
    ), ${db.unsafe(SINGLE_INSERTS)}
    select ${db.unsafe(usOf('clock.at'))} as "atUs", 1 / (
      (select count(*) from changed) = ${accounts.length}::int and (select count(*) from made) = ${written.length}::int
    )::int as whole
    from clock`;
    return must(rows[0], 'a statement that did not fail was whole').atUs;
  };
}

/** Accounts as they are at this moment, for whoever can bear that they change. */
export async function lookAtAccounts(db: Db, ids: Iterable<string>): Promise<LockedAccount[]> {
  const of = columnsOf(keysOf(ACCOUNT_PREFIX, ids));
  return db<LockedAccount[]>`
    select ${db.unsafe(LOCKED_COLUMNS)}
    from unnest(${of(({ home }) => home)}::smallint[], ${of(({ id }) => id)}::text[]) as k (home, id)
    join account a on a.home = k.home and a.id = k.id`;
}

/** Remembers what is pending, until when. */
export async function insertHolds(tx: Tx, rows: readonly TransferRow[]): Promise<void> {
  const of = columnsOf(rows);
  await tx`
    insert into hold (home, transfer_id, tenant_id, expires_at)
    select home, id, tenant_id, 'epoch'::timestamptz + us * interval '1 microsecond'
    from unnest(${of(({ home }) => home)}::smallint[], ${of(({ id }) => id)}::text[],
      ${of(({ tenantId }) => tenantId)}::text[], ${of(expiresAtUs)}::float8[]) as r (home, id, tenant_id, us)`;
}

export async function deleteHolds(tx: Tx, pendingIds: readonly string[]): Promise<void> {
  const of = columnsOf(keysOf(TRANSFER_PREFIX, pendingIds));
  const deleted = await tx`
    delete from hold as h
    using unnest(${of(({ home }) => home)}::smallint[], ${of(({ id }) => id)}::text[]) as r (home, id)
    where h.home = r.home and h.transfer_id = r.id
    returning 1`;
  must(deleted.length === pendingIds.length || null, 'a pending transfer had no hold to end');
}

/** Pending transfers whose time has passed, the oldest first. */
export async function overdueHolds(db: Db, max: number): Promise<{ tenantId: string; pendingId: string }[]> {
  return db<{ tenantId: string; pendingId: string }[]>`
    select tenant_id as "tenantId", transfer_id as "pendingId" from hold
    where expires_at <= clock_now() order by expires_at limit ${max}::int`;
}
