import type { Db, Tx } from '../store/connection.ts';
import {
  ATTEMPTS_MAX,
  LEASE_MS,
  type DispatchKey,
  type DispatchKind,
  type DispatchState,
  type LeasedDispatch,
  type NewDispatch,
} from './dispatch.ts';
import type { ChannelKind } from './channel.ts';

/**
 * Rows go as one JSON parameter: one statement and one plan for any number of them. A range that holds for
 * every row (`"home" between 0 and 1023`) makes the planner expect one, and look it up by its key, whatever
 * the size of the table was when the plan was made.
 */
function json(rows: readonly object[]): string {
  return JSON.stringify(rows);
}

/**
 * Enqueues; `leased` rows belong to the caller's gateway from the start, and to anybody when its lease ends.
 */
export async function insertDispatches(tx: Tx, rows: readonly NewDispatch[], leased: boolean): Promise<void> {
  await tx`
    insert into dispatch (home, subject_id, n, tenant_id, kind, channel, state, attempts, due_at, expires_at)
    select d."home", d."subjectId", d."n", d."tenantId", d."kind", d."channel",
      ${leased ? 'leased' : 'queued'}, ${leased ? 1 : 0}::smallint,
      clock_now() + ${leased ? LEASE_MS : 0}::int * interval '1 millisecond',
      clock_now() + d."validityMs" * interval '1 millisecond'
    from json_to_recordset(${json(rows)}::text::json) as d ("home" smallint, "subjectId" text, "n" smallint,
      "tenantId" text, "kind" text, "channel" text, "validityMs" int)`;
}

export type ClaimedRow = LeasedDispatch & { readonly overdue: boolean; readonly exhausted: boolean };

/**
 * Takes the leases of what is due, oldest first; nobody waits for rows that another gateway is claiming. Rows
 * whose time has passed or whose attempts are used up come too, so that their end is recorded.
 */
export async function claimDispatches(db: Db, max: number): Promise<ClaimedRow[]> {
  return db<ClaimedRow[]>`
    update dispatch as d
    set state = 'leased', attempts = d.attempts + 1,
      due_at = clock_now() + ${LEASE_MS}::int * interval '1 millisecond'
    from (
      select home, subject_id, n from dispatch where due_at <= clock_now()
      order by due_at limit ${max}::int for update skip locked
    ) as due
    where d.home = due.home and d.subject_id = due.subject_id and d.n = due.n and due.home between 0 and 1023
    returning d.home::int as "home", d.subject_id as "subjectId", d.n::int as "n", d.tenant_id as "tenantId", d.kind,
      d.channel, d.attempts::int as "attempts",
      extract(epoch from d.expires_at - clock_now())::float8 * 1000 as "remainingMs",
      d.expires_at <= clock_now() as "overdue", d.attempts > ${ATTEMPTS_MAX}::int as "exhausted"`;
}

export type SettledRow = DispatchKey & {
  /** Of the lease that is settled: who claimed it later has another number. */
  readonly attempts: number;
  readonly state: DispatchState;
  /** Null ends the dispatch. */
  readonly delayMs: number | null;
  readonly uncounted: boolean;
  readonly reference: string | null;
  readonly reason: string | null;
};

/**
 * Writes what happened, only where the lease was not lost to another gateway in between; gives the keys that
 * it won.
 */
export async function settleDispatches(tx: Tx, rows: readonly SettledRow[]): Promise<DispatchKey[]> {
  return tx<DispatchKey[]>`
    update dispatch as d
    set state = s."state", attempts = d.attempts - s."uncounted"::int,
      due_at = clock_now() + s."delayMs" * interval '1 millisecond',
      ended_at = case when s."delayMs" is null and s."state" <> 'accepted' then clock_now() end,
      reference = s."reference", reason = s."reason"
    from json_to_recordset(${json(rows)}::text::json) as s ("home" smallint, "subjectId" text, "n" smallint, "attempts" smallint,
      "state" text, "delayMs" int, "uncounted" boolean, "reference" text, "reason" text)
    where d.home = s."home" and d.subject_id = s."subjectId" and d.n = s."n" and d.state = 'leased'
      and d.attempts = s."attempts" and s."home" between 0 and 1023
    returning d.home::int as "home", d.subject_id as "subjectId", d.n::int as "n"`;
}

export type ReceiptRow = {
  readonly reference: string;
  readonly outcome: 'delivered' | 'failed';
  readonly reason: string;
};

export type ReceiptedRow = DispatchKey & {
  tenantId: string;
  kind: DispatchKind;
  reference: string;
  state: 'delivered' | 'failed';
  reason: string | null;
};

/** Applies delivery receipts to accepted dispatches; a repeated receipt finds nothing. */
export async function recordReceipts(
  tx: Tx,
  channel: ChannelKind,
  rows: readonly ReceiptRow[],
): Promise<ReceiptedRow[]> {
  return tx<ReceiptedRow[]>`
    update dispatch as d
    set state = r."outcome", ended_at = clock_now(), reason = nullif(r."reason", '')
    from json_to_recordset(${json(rows)}::text::json) as r ("reference" text, "outcome" text, "reason" text)
    where d.reference = r."reference" and d.state = 'accepted' and d.channel = ${channel}
      and length(r."reference") between 1 and 1000
    returning d.home::int as "home", d.subject_id as "subjectId", d.n::int as "n", d.tenant_id as "tenantId", d.kind,
      d.reference, d.state, d.reason`;
}
