import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { openTestLog, silent, testEntry, type TestLog } from '../../../test/evidence.ts';
import { openTsa, type Mood, type Tsa } from '../../../sim/tsa.ts';
import { createOutbound } from '../../http/outbound.ts';
import { utf8 } from '../../std/bytes.ts';
import { createMetrics } from '../../std/metrics.ts';
import { sleep } from '../../std/timer.ts';
import { transaction } from '../../store/transaction.ts';
import { appendEntries } from '../append.ts';
import { receiptOf } from '../issue.ts';
import { readLatestCheckpoint } from '../read-store.ts';
import { verifyReceipt } from '../verify.ts';
import { startTimeStamps, Stamper, watchTimeStamps } from './stamper.ts';
import { readStampFrom, readStampState, setWanted } from './store.ts';
import { verifyTimeStamp } from './verify.ts';

const INTERVAL_MS = 60_000;

function stamperOf(
  database: TestDatabase,
  tsa: Tsa,
  { caPem = null, intervalMs = INTERVAL_MS }: { caPem?: string | null; intervalMs?: number } = {},
): Stamper {
  const outbound = createOutbound({ allowPrivate: true });
  return new Stamper({ url: tsa.url, caPem, sql: database.store.sql, log: silent, outbound, intervalMs });
}

/** A database, its log that wants time-stamps, and an authority. */
async function openBench() {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  const tsa = stack.use(await openTsa());
  const log = await openTestLog(database.store.sql);
  await setWanted(database.store.sql, true);
  return { database, tsa, log, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function appendSubject(database: TestDatabase, log: TestLog, id: string): Promise<void> {
  await transaction(database.store.sql, (tx) => appendEntries(tx, [testEntry(id)]));
  await log.integrate();
}

async function timestampOf(database: TestDatabase, log: TestLog, subjectId: string) {
  const options = { keys: log.keys, home: 5, subjectId, open: () => null, nowMs: Date.UTC(2026, 0, 1) };
  const receipt = await receiptOf(database.store.sql, options);
  assert.ok(receipt.ok, receipt.ok ? '' : receipt.detail);
  const verified = await verifyReceipt(receipt.value);
  assert.ok(verified.ok, JSON.stringify(verified.lines));
  return verified.timeStamp.status;
}

test('one stamp covers every entry up to its checkpoint, and none is asked for without need', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await using stamper = stamperOf(database, tsa);
  assert.equal(await stamper.look(), 'nothing', 'an empty log has nothing to stamp');
  await log.append(300);
  await log.integrate();
  assert.equal(await stamper.look(), 'stamped');
  await database.advanceClock(INTERVAL_MS);
  assert.equal(await stamper.look(), 'nothing', 'everything is covered');
  assert.equal(tsa.asked(), 1);
  const checkpoint = await readLatestCheckpoint(database.store.sql);
  const { stamp } = await readStampFrom(database.store.sql, 1);
  assert.ok(checkpoint && stamp);
  assert.equal(stamp.size, 300);
  const verified = verifyTimeStamp(stamp.token, utf8(checkpoint.note));
  assert.ok(verified.ok);
  assert.deepEqual([verified.value.timeMs, verified.value.tsa], [stamp.timeMs, stamp.tsa]);
});

test('after quiet a stamp is asked for at once, and not again before the interval has passed', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await using stamper = stamperOf(database, tsa);
  await appendSubject(database, log, 'cnf_first');
  assert.equal(await stamper.look(), 'stamped');
  await appendSubject(database, log, 'cnf_second');
  assert.equal(await stamper.look(), 'nothing');
  assert.equal(await timestampOf(database, log, 'cnf_first'), 'stamped');
  assert.equal(await timestampOf(database, log, 'cnf_second'), 'pending');
  await database.advanceClock(INTERVAL_MS);
  assert.equal(await stamper.look(), 'stamped');
  assert.equal(await timestampOf(database, log, 'cnf_second'), 'stamped');
  const { stamp } = await readStampFrom(database.store.sql, 1);
  assert.equal(stamp?.size, 1, 'the oldest stamp that covers an entry is the one that counts');
});

test('a turn that is given back is free when the interval has passed, not when it would have ended', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await using stamper = stamperOf(database, tsa, { intervalMs: 1_000 });
  for (const id of ['cnf_one', 'cnf_two', 'cnf_three']) {
    await appendSubject(database, log, id);
    assert.equal(await stamper.look(), 'stamped', id);
    await database.advanceClock(1_000);
  }
  tsa.behave('down');
  await appendSubject(database, log, 'cnf_four');
  assert.equal(await stamper.look(), 'failed');
  await database.advanceClock(3_000);
  assert.equal(await stamper.look(), 'failed', 'it backs off for less than a turn at first');
});

test('of two that look at the same time, one asks', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await using first = stamperOf(database, tsa);
  await using second = stamperOf(database, tsa);
  await log.append(3);
  await log.integrate();
  const looks = await Promise.all([first.look(), second.look(), first.look(), second.look()]);
  assert.deepEqual(looks.toSorted(), ['nothing', 'nothing', 'nothing', 'stamped']);
  assert.equal(tsa.asked(), 1);
});

test('nothing that is wrong is kept, and what was missed is covered by the next that is right', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await using stamper = stamperOf(database, tsa);
  await appendSubject(database, log, 'cnf_waiting');
  const moods: Mood[] = [
    'down',
    'busy',
    'rejects',
    'garbage',
    'page',
    'flood',
    'wrong_nonce',
    'wrong_imprint',
    'wrong_key',
  ];
  for (const mood of moods) {
    tsa.behave(mood);
    assert.equal(await stamper.look(), 'failed', mood);
    assert.equal(await stamper.look(), 'nothing', `${mood}: it backs off`);
    assert.equal(await timestampOf(database, log, 'cnf_waiting'), 'pending', mood);
    await database.advanceClock(10 * 60_000);
  }
  await appendSubject(database, log, 'cnf_later');
  tsa.behave('well');
  assert.equal(await stamper.look(), 'stamped');
  assert.equal(await timestampOf(database, log, 'cnf_waiting'), 'stamped');
  assert.equal(await timestampOf(database, log, 'cnf_later'), 'stamped');
});

test('a stamp by an authority that the configured CA did not certify is not kept', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await using stranger = await openTsa();
  await log.append(1);
  await log.integrate();
  await using strict = stamperOf(database, tsa, { caPem: await stranger.caPem() });
  assert.equal(await strict.look(), 'failed');
  await database.advanceClock(INTERVAL_MS * 10);
  await using right = stamperOf(database, tsa, { caPem: await tsa.caPem() });
  assert.equal(await right.look(), 'stamped');
});

test('a process that dies while it asks loses its turn, and nothing else', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await log.append(1);
  await log.integrate();
  tsa.behave('silent');
  await using dying = stamperOf(database, tsa);
  const lost = dying.look();
  while (tsa.asked() === 0) await sleep(5);
  await using heir = stamperOf(database, tsa);
  tsa.behave('well');
  assert.equal(await heir.look(), 'nothing', 'the turn is taken');
  await database.advanceClock(20_000);
  assert.equal(await heir.look(), 'stamped');
  await dying[Symbol.asyncDispose]();
  assert.equal(await lost, 'failed');
});

test('who stops it does not wait for an authority that is silent', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  await log.append(1);
  await log.integrate();
  tsa.behave('silent');
  const outbound = createOutbound({ allowPrivate: true });
  const { sql } = database.store;
  const options = { url: tsa.url, caPem: null, sql, log: silent, outbound, intervalMs: 50 };
  const started = await startTimeStamps(sql, options);
  while (tsa.asked() === 0) await sleep(5);
  await started?.[Symbol.asyncDispose]();
  assert.equal((await readStampState(sql)).ageMs, null);
});

test('without an authority nothing is asked for, receipts say none, and older stamps still count', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  const { sql } = database.store;
  await using stamper = stamperOf(database, tsa);
  await appendSubject(database, log, 'cnf_stamped');
  assert.equal(await stamper.look(), 'stamped');
  assert.equal(await startTimeStamps(sql, null), null);
  await appendSubject(database, log, 'cnf_plain');
  await database.advanceClock(INTERVAL_MS);
  assert.equal(await stamper.look(), 'nothing');
  assert.equal(await timestampOf(database, log, 'cnf_plain'), 'none');
  assert.equal(await timestampOf(database, log, 'cnf_stamped'), 'stamped');
});

test('operators see how old the last stamp is and how many entries wait', async () => {
  await using bench = await openBench();
  const { database, tsa, log } = bench;
  const { sql } = database.store;
  await using stamper = stamperOf(database, tsa);
  const metrics = createMetrics();
  watchTimeStamps(sql, metrics);
  await log.append(7);
  await log.integrate();
  const before = await metrics.registry.metrics();
  assert.match(before, /^countersign_time_stamp_age_seconds Nan$/im);
  assert.match(before, /^countersign_time_stamp_waiting_entries 7$/m);
  assert.equal(await stamper.look(), 'stamped');
  await database.advanceClock(90_000);
  const after = await metrics.registry.metrics();
  assert.match(after, /^countersign_time_stamp_age_seconds 9\d/m);
  assert.match(after, /^countersign_time_stamp_waiting_entries 0$/m);
});
