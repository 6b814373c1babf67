import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase } from '../../test/database.ts';
import { openTestLog, ORIGIN, silent, testEntry } from '../../test/evidence.ts';
import { Fault, must } from '../std/assert.ts';
import { sleep } from '../std/timer.ts';
import type { Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { appendEntries } from './append.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { LogKeys } from './key.ts';
import { growTree } from './growth.ts';
import { leafHash, verifyConsistency } from './merkle.ts';
import { readBundle, readLatestCheckpoint, readSubject } from './read-store.ts';
import { consistencyOf } from './prove.ts';
import { Sequencer } from './sequencer.ts';
import { settleLog } from './settle.ts';
import { readState } from './store.ts';

async function latest(sql: Sql, keys: LogKeys) {
  const stored = must(await readLatestCheckpoint(sql), 'a checkpoint was written');
  const opened = openCheckpoint(stored.note, keys.verifiers);
  assert.ok(opened.ok);
  assert.equal(opened.value.size, stored.size);
  return opened.value;
}

/** The root of the entries as they stand in the table. */
async function rootOfEntries(sql: Sql): Promise<Uint8Array> {
  const tree = growTree(0, []);
  for (const { leaf } of await sql<{ leaf: string }[]>`select leaf from entry order by txid, seq`) {
    tree.append(leafHash(leaf));
  }
  return tree.root();
}

test('the log grows by steps; each checkpoint is signed, consistent with the last, and of exactly the entries', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql, { entriesMax: 300 });
  assert.equal(await log.integrate(), 0);
  assert.equal(await readLatestCheckpoint(sql), null);
  let before = { size: 0, root: growTree(0, []).root() };
  for (const count of [1, 255, 1, 700, 2]) {
    await log.append(count);
    assert.equal(await log.integrate(), count);
    const now = await latest(sql, log.keys);
    assert.equal(now.size, before.size + count);
    assert.deepEqual(now.root, await rootOfEntries(sql));
    const proof = await consistencyOf(sql, before.size, now.size);
    assert.ok(proof.ok);
    assert.equal(
      verifyConsistency({
        from: before.size,
        to: now.size,
        proof: proof.value,
        oldRoot: before.root,
        newRoot: now.root,
      }),
      true,
    );
    before = now;
  }
  assert.equal((await readBundle(sql, 1, 256)).length, 256);
  const steps = await sql<{ count: bigint }[]>`select count(*) from checkpoint`;
  assert.equal(steps[0]?.count, 7n);
});

test('an entry waits for every transaction that started before its own, and then stands behind them', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  const slow = await sql.reserve();
  await slow`begin`;
  await slow`insert into entry (home, subject_id, leaf) values (1, 'slow', ${testEntry('slow').leaf})`;
  await log.append(3);
  assert.deepEqual(await log.sequencer.step(), { taken: 0, more: true });
  await slow`commit`;
  slow.release();
  assert.equal(await log.integrate(), 4);
  const [entry] = await readSubject(sql, 1, 'slow', 4);
  assert.equal(entry?.index, 0);
});

test('what is rolled back leaves no trace in the log', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  const failed = transaction(sql, async (tx) => {
    await appendEntries(tx, [testEntry('undone')]);
    throw new Error('changed my mind');
  });
  await assert.rejects(failed, /changed my mind/);
  await log.append(2);
  assert.equal(await log.integrate(), 2);
});

test('entries of one transaction keep the order of their rows, and each is found at its index', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  await log.append(600);
  const rows = [1, 2, 3].map((n) => testEntry('cnf_subject', { n }));
  await transaction(sql, (tx) => appendEntries(tx, rows));
  await log.append(5);
  await log.integrate();
  const found = await readSubject(sql, 5, 'cnf_subject', 608);
  assert.deepEqual(
    found.map(({ leaf, index }) => ({ leaf, index })),
    rows.map(({ leaf }, i) => ({ leaf, index: 600 + i })),
  );
});

test('two sequencers over one database make one log', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql, { entriesMax: 10 });
  const options = { sql, keys: log.keys, log: silent, intervalMs: 1, pollMs: 5, entriesMax: 17 };
  await using first = new Sequencer(options);
  await using second = new Sequencer(options);
  first.start();
  second.start();
  for (let i = 0; i < 40; i++) {
    await log.append(1 + (i % 7));
    (i % 2 === 0 ? first : second).wake();
  }
  const [row] = await sql<{ count: bigint }[]>`select count(*) from entry`;
  while ((await readState(sql)).size < Number(row?.count)) await sleep(5);
  const now = await latest(sql, log.keys);
  assert.equal(now.size, Number(row?.count));
  assert.deepEqual(now.root, await rootOfEntries(sql));
});

test('a log whose tiles were altered is not continued', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  await log.append(3);
  await log.integrate();
  await sql`update tile set hashes = overlay(hashes placing '\\x00'::bytea from 1)`;
  await log.append(1);
  const fresh = new Sequencer({ sql, keys: log.keys, log: silent });
  await assert.rejects(
    fresh.step(),
    (error) => error instanceof Fault && /root that was signed/.test(error.message),
  );
  assert.equal((await latest(sql, log.keys)).size, 3);
});

test('the log keeps the name of its first start', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  assert.equal((await settleLog(sql, { origin: ORIGIN })).origin, ORIGIN);
  assert.equal((await settleLog(sql, { origin: 'another.example' })).origin, ORIGIN);
});

test('after a dump is restored into a cluster with lower transaction ids, new entries stand behind the old ones', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const log = await openTestLog(sql);
  await log.append(300);
  await log.integrate();
  // One entry that the old cluster had not integrated yet, then ids as of a busier cluster.
  await log.append(1);
  await sql`update entry set txid = txid + 5000000000`;
  await sql`update bundle set first_txid = first_txid + 5000000000`;
  await sql`update log_state set cursor_txid = cursor_txid + 5000000000`;

  const settled = await settleLog(sql, { origin: ORIGIN });
  assert.ok(settled.raisedTxidOffset !== null && settled.raisedTxidOffset > 5_000_000_000n);
  assert.equal((await settleLog(sql, { origin: ORIGIN })).raisedTxidOffset, null);
  await log.append(10);
  assert.equal(await log.integrate(), 11);
  const now = await latest(sql, log.keys);
  assert.equal(now.size, 311);
  assert.deepEqual(now.root, await rootOfEntries(sql));
});
