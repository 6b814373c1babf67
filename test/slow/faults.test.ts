import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from '../invariants.ts';
import { GENEROUS, worldConfig } from '../world.ts';
import { createCallers, seeded } from './callers.ts';
import { openCutProxy } from './cut-proxy.ts';
import { openLocal, seen, until } from './local.ts';
import { checkSentCodes } from './sent-codes.ts';

const SEED = Number(process.env['FAULT_SEED'] ?? Date.now() % 1_000_000);
const POLICY = { ...GENEROUS, purposes: { transfer: { callerAddress: true } } };
const SHORT = { ...GENEROUS, purposes: { transfer: { callerAddress: true, validityMs: 30_000 } } };
const HOUR_MS = 3_600_000;
const CUTTING_MS = 20_000;

test('I3 to I7: the connection to the database is cut at COMMIT, before and after it', async () => {
  console.log(`seed ${SEED} (FAULT_SEED=${SEED} repeats the choices)`);
  const random = seeded(SEED);
  await using proxy = await openCutProxy(random);
  await using local = await openLocal({ policy: SHORT, through: proxy.through });
  const callers = createCallers({ url: local.url, apiKey: local.engine.apiKey, count: 30, random });
  local.smsc.onMessage(callers.receive);
  callers.start();
  await sleep(2_000);
  proxy.cutCommits(0.05);
  await sleep(CUTTING_MS);
  proxy.cutCommits(0);
  await callers.stop();
  const { faults, acceptedAgain, ...counts } = callers.tally;
  console.log('cuts:', JSON.stringify(proxy.cuts()), 'callers:', JSON.stringify(counts));
  const { store } = local.engine;
  await until('I7: everything ends', 90_000, async () => {
    const [open] = await store.sql<{ count: number }[]>`
      select (select count(*) from confirmation where state in ('opened', 'sent'))::int
        + (select count(*) from dispatch where state in ('queued', 'leased'))::int as count`;
    return open?.count === 0;
  });
  await checkInvariants({ database: { store }, server: local.server }, callers.acknowledged);
  assert.deepEqual(acceptedAgain, [], 'I4: no code was accepted twice');
  assert.deepEqual(faults, [], 'every answer was one that a client can understand');
  const report = await checkSentCodes(store.sql, worldConfig().keys, callers.texts);
  console.log('codes sent:', JSON.stringify(report));
  const { before, after } = proxy.cuts();
  assert(
    before > 0 && after > 0 && counts.confirmed > 0,
    'commits were cut, and codes came back all the same',
  );
});

test('the database falls silent: calls are answered with 503 in bounded time, and the service comes back', async () => {
  await using proxy = await openCutProxy(() => 1);
  await using local = await openLocal({ policy: POLICY, through: proxy.through });
  const first = await local.open('transfer');
  await until('the first text', 20_000, () => local.textsOf(first).length === 1);
  proxy.silent(true);
  const sinceMs = performance.now();
  const asked = await Promise.all(Array.from({ length: 20 }, () => local.call('GET', first.path)));
  console.log(`silent: all calls answered after ${Math.round(performance.now() - sinceMs)} ms`);
  for (const answer of asked) {
    assert.deepEqual([answer.status, answer.body['type']], [503, '/problems/outage'], answer.text);
    assert.ok(answer.headers.get('retry-after'));
  }
  proxy.silent(false);
  const backMs = await until('the service comes back', 60_000, async () => {
    return (await local.call('GET', first.path)).status === 200;
  });
  console.log(`back ${Math.round(backMs)} ms after the database spoke again`);
  const second = await local.open('transfer');
  await until('the second text', 30_000, () => local.textsOf(second).length === 1);
  assert.equal((await local.verify(second)).status, 200);
});

test('S2: the database clock is stepped forward: open codes end, unsent ones are never sent, new ones work', async () => {
  await using local = await openLocal({ policy: POLICY });
  const opened = await local.open('transfer');
  await until('the text', 20_000, () => local.textsOf(opened).length === 1);
  await local.smsc.down();
  await until('the bind is gone', 10_000, async () => (await local.call('GET', '/readyz')).status === 503);
  const unsent = await local.open('transfer');
  await local.stepClock(2 * HOUR_MS);
  const late = await local.verify(opened);
  assert.deepEqual([late.status, late.body['type']], [409, '/problems/ended'], late.text);
  await until('both end', 30_000, async () => {
    const states = [await seen(local, opened), await seen(local, unsent)];
    return states.every(({ state }) => state === 'expired');
  });
  await local.smsc.up();
  const next = await local.open('transfer');
  await until('a new text', 30_000, () => local.textsOf(next).length === 1);
  assert.equal((await local.verify(next)).status, 200);
  await until(
    'the unsent one is recorded',
    30_000,
    async () => (await seen(local, unsent)).delivery === 'expired',
  );
  assert.equal(local.textsOf(unsent).length, 0, 'a code is never sent after its end');
});

test('I7: the database clock is stepped back: new codes work, and they end in their time', async () => {
  await using local = await openLocal({ policy: POLICY });
  await local.stepClock(3 * HOUR_MS);
  const ahead = await local.open('transfer');
  await until('the text', 20_000, () => local.textsOf(ahead).length === 1);
  // The sweep has seen the time that is now taken back.
  await sleep(5_000);
  await local.stepClock(-3 * HOUR_MS);
  assert.equal((await local.verify(ahead)).status, 200, 'by the clock that decides, its time has not passed');
  const behind = await local.open('transfer');
  await until('a text', 20_000, () => local.textsOf(behind).length === 1);
  assert.equal((await seen(local, behind)).state, 'sent');
  await local.stepClock(301_000);
  const late = await local.verify(behind);
  assert.deepEqual([late.status, late.body['type']], [409, '/problems/ended'], late.text);
  await until('I7: it ends', 30_000, async () => (await seen(local, behind)).state === 'expired');
  await checkInvariants({ database: local.engine, server: local.server }, new Map([[ahead.id, 'confirmed']]));
});

test('the LISTEN connection is lost: texts of another process go out all the same', async () => {
  await using local = await openLocal({ policy: POLICY });
  const first = await local.open('transfer');
  await until('the first text', 20_000, () => local.textsOf(first).length === 1);
  const { sql } = local.engine.store;
  const cut = await sql`
    select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`;
  assert(cut.length > 0, 'the gateway listened, and whoever else does');
  // As a process with the role api alone leaves it: queued, for whoever hears of it.
  const resent = await local.call('POST', `${first.path}/resend`, { session: first.secret });
  assert.equal(resent.status, 200, resent.text);
  await until('the second text', 20_000, () => local.textsOf(first).length === 2);
  await until('it listens again', 20_000, async () => {
    const found = await sql`
      select 1 from pg_stat_activity where query like 'listen%' and datname = current_database()`;
    return found.length === cut.length;
  });
  assert.equal((await local.verify(first)).status, 200);
});
