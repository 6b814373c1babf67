import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { openTestLog, ORIGIN, silent, testEntry, testKeys, type TestLog } from '../../test/evidence.ts';
import { must } from '../std/assert.ts';
import { sha256 } from '../std/bytes.ts';
import { checkLog, type CheckLogOptions } from './check-log.ts';
import { signCheckpoint } from './checkpoint.ts';
import { readLatestCheckpoint } from './read-store.ts';
import { Sequencer } from './sequencer.ts';

type World = AsyncDisposable & { database: TestDatabase; log: TestLog };

/** A log of 600 entries in steps of 100, in transactions of ten. */
async function openWorld(): Promise<World> {
  const database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  for (let i = 0; i < 60; i++) {
    await log.append(10);
    if (i % 10 === 9) await log.integrate();
  }
  return { database, log, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

async function check(world: World, options: Partial<CheckLogOptions> = {}) {
  return checkLog(world.database.store.sql, { verifiers: world.log.keys.verifiers, ...options });
}

/** Damages the log by one statement, gives what is found, and takes the damage back. */
async function findingsAfter(world: World, damage: string): Promise<string[]> {
  const findings: string[] = [];
  const undone = world.database.store.sql.begin(async (tx) => {
    const result = await tx.unsafe(damage);
    assert.ok(result.count > 0, 'the damage was done');
    const report = await checkLog(tx, { verifiers: world.log.keys.verifiers });
    assert.equal(report.ok, false);
    findings.push(...report.findings.map(({ kind, says }) => `${kind}: ${says}`));
    throw new Error('undo');
  });
  await assert.rejects(undone, /undo/);
  return findings;
}

function only(findings: string[], expected: RegExp): void {
  assert.equal(findings.length, 1, findings.join('\n'));
  assert.match(findings[0] ?? '', expected);
}

/** The entry at an index, as SQL. */
function entryAt(index: number): string {
  return `(txid, seq) = (select txid, seq from entry order by txid, seq offset ${index} limit 1)`;
}

function alter(index: number): string {
  return `update entry set leaf = replace(leaf, 'payment', 'access') where ${entryAt(index)}`;
}

function swap(level: number, n: number): string {
  return `update tile set hashes = overlay(hashes placing sha256('x') from 1) where level = ${level} and n = ${n}`;
}

test('I6: a sound log is sound from its first entry to its last, with every checkpoint', async () => {
  await using world = await openWorld();
  const progress: number[] = [];
  const report = await check(world, { onProgress: (entries) => progress.push(entries) });
  const [row] = await world.database.store.sql<{ count: bigint }[]>`select count(*) from checkpoint`;
  const checkpoints = Number(row?.count);
  assert.ok(checkpoints >= 6);
  assert.deepEqual(report, { ok: true, size: 600, entries: 600, checkpoints, findings: [] });
  assert.equal(progress.at(-1), 600);
});

test('a log that grows while it is checked is checked up to its size at the start', async () => {
  await using world = await openWorld();
  const { sql } = world.database.store;
  await using sequencer = new Sequencer({ sql, keys: world.log.keys, log: silent, intervalMs: 1, pollMs: 5 });
  sequencer.start();
  for (let size = 600; size < 1200;) {
    const [report] = await Promise.all([check(world), world.log.append(30)]);
    assert.deepEqual(report.findings, []);
    assert.ok(report.size >= size && report.entries === report.size);
    ({ size } = report);
  }
});

test('an empty log is sound', async () => {
  await using database = await openTestDatabase();
  const log = await openTestLog(database.store.sql);
  await log.append(1);
  const report = await checkLog(database.store.sql, { verifiers: log.keys.verifiers });
  assert.deepEqual(report, { ok: true, size: 0, entries: 0, checkpoints: 0, findings: [] });
});

test('an altered entry is found, in a full tile and in the last one', async () => {
  await using world = await openWorld();
  only(
    await findingsAfter(world, alter(7)),
    /^altered_entry: Entry 7 \(cnf_\w+, transaction \d+, sequence 8\) .* tile\/0\/000\.p\/\d+/,
  );
  only(await findingsAfter(world, alter(255)), /^altered_entry: Entry 255 .* tile\/0\/000/);
  only(await findingsAfter(world, alter(599)), /^altered_entry: Entry 599 .* tile\/0\/002/);
});

test('a deleted entry is found, also at the seams of tiles', async () => {
  await using world = await openWorld();
  for (const index of [0, 99, 100, 255, 256, 300, 598]) {
    only(
      await findingsAfter(world, `delete from entry where ${entryAt(index)}`),
      new RegExp(`^missing_entry: Entry ${index} was deleted`),
    );
  }
});

test('a cut tail is found: the last entry, many entries, or all of the rows above a size', async () => {
  await using world = await openWorld();
  only(
    await findingsAfter(world, `delete from entry where ${entryAt(599)}`),
    /^cut_tail: .*the last 1, from entry 599 on/,
  );
  only(
    await findingsAfter(world, 'delete from entry where seq > 300'),
    /^cut_tail: The log has 600 entries, but the last 300, from entry 300 on/,
  );
  const cut = await findingsAfter(
    world,
    `with kept as (select txid, seq from entry where seq = 500),
      cut as (delete from entry where seq > 500)
    update log_state set size = 500, cursor_txid = txid, cursor_seq = seq from kept`,
  );
  only(cut, /^cut_tail: A checkpoint of size 600 was signed, but the log ends at 500/);
});

test('a log cut with all of its traces is found by a checkpoint that someone else holds', async () => {
  await using world = await openWorld();
  const { sql } = world.database.store;
  const held = must(await readLatestCheckpoint(sql), 'there is a checkpoint').note;
  const { checkpoints } = await check(world);
  assert.equal((await check(world, { knownCheckpoints: [held] })).checkpoints, checkpoints + 1);
  await sql.unsafe(
    `with kept as (select txid, seq from entry where seq = 500),
      cut as (delete from entry where seq > 500), forgotten as (delete from checkpoint where size > 500)
    update log_state set size = 500, cursor_txid = txid, cursor_seq = seq from kept`,
  );
  assert.equal((await check(world)).ok, true);
  const report = await check(world, { knownCheckpoints: [held] });
  assert.match(
    report.findings[0]?.says ?? '',
    /A checkpoint of size 600 was signed, but the log ends at 500/,
  );
  const foreign = await check(world, { knownCheckpoints: ['x'] });
  assert.match(foreign.findings[0]?.says ?? '', /^Known checkpoint 1: /);
});

test('an entry inserted below the end of the log is found', async () => {
  await using world = await openWorld();
  const { leaf } = testEntry('cnf_forged');
  for (const index of [0, 100, 255, 256, 598]) {
    const insert = `insert into entry (home, subject_id, txid, seq, leaf)
      select 5, 'cnf_forged', txid, seq - 100000, '${leaf}' from entry where ${entryAt(index)}`;
    only(
      await findingsAfter(world, insert),
      new RegExp(`^added_entry: An entry was added before entry ${index - (index % 10)}: cnf_forged`),
    );
  }
});

test('a forked tree is found: a checkpoint that is signed but is not of these entries', async () => {
  await using world = await openWorld();
  const { keys } = world.log;
  const root = sha256('another history');
  const note = signCheckpoint({ origin: ORIGIN, size: 350, root, extensions: [] }, keys.signer);
  await world.database.store.sql`insert into checkpoint (size, note) values (350, ${note})`;
  const report = await check(world);
  assert.equal(report.findings.length, 1);
  assert.equal(report.findings[0]?.kind, 'forked_tree');
  assert.match(
    report.findings[0]?.says ?? '',
    /checkpoint of size 350 is signed, but its root is not .* not consistent with the checkpoint of size 3\d\d/,
  );
  const held = await check(world, { knownCheckpoints: [note] });
  assert.equal(held.findings.length, 2);
});

test('checkpoints that are not signed, misfiled or gone are found', async () => {
  await using world = await openWorld();
  const unsigned = await findingsAfter(
    world,
    `update checkpoint set note = replace(note, '300', '299') where size = 300`,
  );
  only(unsigned, /^damaged_checkpoint: The checkpoint of size 300: The signature by log\.example/);
  const misfiled = await findingsAfter(world, `update checkpoint set size = 301 where size = 300`);
  only(misfiled, /^damaged_checkpoint: The checkpoint filed under size 301 is of size 300/);
  only(
    await findingsAfter(world, 'delete from checkpoint where size = 600'),
    /no sound checkpoint of the log's size, 600/,
  );
  const { verifiers } = await testKeys('two');
  const report = await check(world, { verifiers });
  assert.equal(report.checkpoints, 0);
  assert.match(report.findings[0]?.says ?? '', /no key known here/);
});

test('tiles and bundles that are altered, narrowed or gone are found', async () => {
  await using world = await openWorld();
  only(await findingsAfter(world, swap(0, 1)), /^altered_entry: Entry 256 .* tile\/0\/001/);
  only(
    await findingsAfter(world, swap(1, 0)),
    /^damaged_tile: tile\/1\/000\.p\/\d does not belong to the entries below it/,
  );
  only(
    await findingsAfter(world, 'delete from tile where level = 0 and n = 2'),
    /^damaged_tile: tile\/0\/002\.p\/88 is missing/,
  );
  only(
    await findingsAfter(
      world,
      'update tile set width = 255, hashes = substr(hashes, 1, 8160) where level = 0 and n = 0',
    ),
    /^damaged_tile: tile\/0\/000 is missing or too narrow/,
  );
  only(
    await findingsAfter(world, 'update bundle set first_seq = first_seq + 1 where n = 1'),
    /^damaged_bundle: Bundle 1 /,
  );
  only(
    await findingsAfter(world, 'delete from bundle where n = 2'),
    /^damaged_bundle: Bundle 2 .* entry 512/,
  );
});
