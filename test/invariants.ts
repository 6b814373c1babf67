import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENDING_TYPES } from '../src/confirmation/entries.ts';
import { checkLog } from '../src/evidence/check-log.ts';
import type { LogKeys } from '../src/evidence/key.ts';
import { checkLedger } from '../src/ledger/check.ts';
import type { Sql } from '../src/store/connection.ts';
import { checkMessages, readUnfinishedMessages } from './message-invariants.ts';
import { checkPaymentRows, readUnfinishedPayments } from './payment-invariants.ts';

/**
 * What every scenario ends with (docs/security.md, the invariants that touch confirmations):
 *
 *   I1  postings sum to zero in each currency, and balances are what they sum to
 *   I2  a payment is debited at most once, and by a code or a reason for none
 *   I3  what was acknowledged is there
 *   I4  a code is accepted at most once
 *   I5  a terminal state has exactly one ending entry, of its own type; an open one has none
 *   I6  the log verifies from its first entry
 *   I7  nothing is unfinished past its deadline plus 60 s
 */
export type Acknowledged = ReadonlyMap<string, 'opened' | 'confirmed' | 'cancelled'>;

/**
 * How long the workers, which look every few seconds, may take to catch up with a clock that a test has
 * moved.
 */
const CATCH_UP_MAX_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Of a world, no more than its database and the keys of its log are looked at. */
export type Inspected = {
  readonly database: { readonly store: { readonly sql: Sql } };
  readonly server: { readonly logKeys: Pick<LogKeys, 'verifiers'> };
};

export async function checkInvariants(
  world: Inspected,
  acknowledged: Acknowledged = new Map(),
): Promise<void> {
  const { sql } = world.database.store;
  await eventually('I7: nothing is unfinished past its deadline plus 60 s', () => readUnfinished(sql));
  await eventually('I7: no message is unfinished past its deadline plus 60 s', () =>
    readUnfinishedMessages(sql),
  );
  await eventually('I7: no payment is unfinished past its deadline', () => readUnfinishedPayments(sql));
  const ledger = await checkLedger(sql, {});
  assert.deepEqual(ledger.findings, [], 'I1: countersign ledger check finds nothing');
  await checkEndings(sql);
  await checkMessages(sql);
  await checkPaymentRows(sql);
  await checkAcknowledged(sql, acknowledged);
  await eventually('I6: every entry gets its place in the log', () => readUnlogged(sql));
  const [entries] = await sql<{ count: number }[]>`
    select count(*)::int as count from entry, log_state
    where (entry.txid, entry.seq) <= (log_state.cursor_txid, log_state.cursor_seq)`;
  const report = await checkLog(sql, { verifiers: world.server.logKeys.verifiers });
  assert.deepEqual(report.findings, [], 'I6: the log verifies from its first entry');
  assert(entries && report.entries >= entries.count, 'I6: the log has every entry');
}

/** Waits for a list of what is wrong to become empty, and says what is left in it when it does not. */
async function eventually(what: string, read: () => Promise<readonly object[]>): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const left = await read();
    if (left.length === 0) return;
    assert(waitedMs < CATCH_UP_MAX_MS, `${what}: ${JSON.stringify(left.slice(0, 5))}`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function readUnfinished(sql: Sql): Promise<readonly object[]> {
  return sql<object[]>`
    select id as subject, state from confirmation
    where state in ('opened', 'sent') and expires_at < clock_now() - interval '60 seconds'
    union all
    select subject_id, state from dispatch
    where state in ('queued', 'leased') and expires_at < clock_now() - interval '60 seconds'
    union all
    select transfer_id, 'pending' from hold where expires_at < clock_now() - interval '60 seconds'`;
}

async function readUnlogged(sql: Sql): Promise<readonly object[]> {
  return sql<object[]>`
    select entry.subject_id from entry, log_state
    where (entry.txid, entry.seq) > (log_state.cursor_txid, log_state.cursor_seq) limit 5`;
}

async function checkEndings(sql: Sql): Promise<void> {
  const types: string[] = Object.values(ENDING_TYPES);
  const rows = await sql<{ id: string | null; subject: string | null; state: string; endings: string[] }[]>`
    select c.id, e.subject_id as subject, c.state, coalesce(e.endings, '{}') as endings
    from confirmation c
    full join (
      select subject_id, array_agg(leaf::json->>'type') as endings from entry
      where leaf::json->>'type' = any(${types}::text[]) group by subject_id
    ) e on e.subject_id = c.id`;
  const expected: Readonly<Record<string, string>> = ENDING_TYPES;
  for (const { id, subject, state, endings } of rows) {
    assert(id !== null, `I5: ${subject ?? '?'} has the entry of an end and no confirmation`);
    const ending = expected[state];
    assert.deepEqual(endings, ending === undefined ? [] : [ending], `I4, I5: the endings of ${id}, ${state}`);
  }
  const twice = await sql`select id from confirmation where attempts > attempts_max and attempts_max > 0`;
  assert.equal(twice.length, 0, 'no confirmation took more tries than it has');
  const thrice = await sql`select subject_id from dispatch where attempts > 3`;
  assert.equal(thrice.length, 0, 'no dispatch was tried more often than twice');
}

async function checkAcknowledged(sql: Sql, acknowledged: Acknowledged): Promise<void> {
  const rows = await sql<{ id: string; state: string }[]>`
    select id, state from confirmation where id = any(${[...acknowledged.keys()]}::text[])`;
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  for (const [id, answered] of acknowledged) {
    const state = states.get(id);
    assert(state !== undefined, `I3: ${id}, which was acknowledged, is there`);
    if (answered !== 'opened') assert.equal(state, answered, `I3: ${id} is as it was acknowledged`);
  }
}
