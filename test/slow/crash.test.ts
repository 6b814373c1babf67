import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSmsc } from '../../sim/smsc.ts';
import { logOriginOf, openLogKeysOf } from '../../src/main.ts';
import { checkInvariants } from '../invariants.ts';
import { callApi, GENEROUS, worldConfig } from '../world.ts';
import { createCallers, seeded } from './callers.ts';
import { openEngine } from './engine.ts';
import { checkSentCodes } from './sent-codes.ts';
import { freePort } from '../free-port.ts';
import { createServerChild } from './server-child.ts';

const SERVER_ROUNDS = Number(process.env['CRASH_SERVER_ROUNDS'] ?? 30);
const ENGINE_ROUNDS = Number(process.env['CRASH_ENGINE_ROUNDS'] ?? 10);
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const IN_FLIGHT = 100;
/** A few of them are between two confirmations at any moment. */
const CALLERS = 115;
/** The shortest that policy allows, so that everything ends while we wait. */
const VALIDITY_MS = 30_000;
/** Far above the 10 s that are aimed at: this machine is shared, and a test asserts no times. */
const BACK_MAX_MS = 60_000;
const SETTLE_MAX_MS = 120_000;

test('I3 to I7: kill -9 of the server and of the database at random points, with 100 confirmations in flight', async (t) => {
  console.log(`seed ${SEED} (CRASH_SEED=${SEED} repeats the choices)`);
  const random = seeded(SEED);
  await using engine = await openEngine({
    ...GENEROUS,
    purposes: { transfer: { callerAddress: true, validityMs: VALIDITY_MS } },
  });
  await using smsc = await openSmsc({ port: 0, accounts: [{ systemId: 'slow', password: 'secret' }] });
  const port = await freePort();
  await using server = createServerChild({ folder: engine.folder, port, smpp: smsc.url() });
  const url = `http://127.0.0.1:${port}`;
  const callers = createCallers({ url, apiKey: engine.apiKey, count: CALLERS, random });
  smsc.onMessage(callers.receive);

  /** Milliseconds until the first answer for which the database was asked. */
  async function untilBack(): Promise<number> {
    const sinceMs = performance.now();
    const path = `${url}/v1/confirmations/cnf_${'0'.repeat(26)}`;
    const headers = { authorization: `Bearer ${engine.apiKey}` };
    for (;;) {
      const answer = await callApi(path, 'GET', undefined, headers).catch(() => null);
      if (answer?.status === 404) return performance.now() - sinceMs;
      assert(performance.now() - sinceMs < BACK_MAX_MS, 'the service came back');
      await sleep(20);
    }
  }

  await server.start();
  await untilBack();
  callers.start();
  const serverBackMs: number[] = [];
  await t.test(`${SERVER_ROUNDS} rounds of kill -9 of the server`, async () => {
    for (let round = 0; round < SERVER_ROUNDS; round++) {
      await sleep(300 + random() * 2_700);
      assert.equal(server.crashes(), 0, server.complaints.join('\n'));
      assert(callers.inFlight() >= IN_FLIGHT * 0.8, 'about 100 confirmations were in flight');
      await server.kill();
      const startedMs = performance.now();
      await server.start();
      await untilBack();
      serverBackMs.push(performance.now() - startedMs);
    }
  });
  console.log(`server: back after its start in ms: ${summary(serverBackMs)}`);

  const engineBackMs: number[] = [];
  await t.test(`${ENGINE_ROUNDS} rounds of kill -9 of the database`, async () => {
    for (let round = 0; round < ENGINE_ROUNDS; round++) {
      await sleep(500 + random() * 3_000);
      engine.kill(round % 3 !== 2);
      await sleep(random() * 1_500);
      await engine.start();
      engineBackMs.push(await untilBack());
      assert.equal(server.crashes(), 0, `the server survives its database: ${server.complaints.join('\n')}`);
    }
  });
  console.log(`database: service back after its engine in ms: ${summary(engineBackMs)}`);

  await callers.stop();
  const { store } = engine;
  await t.test('everything ends', async () => {
    const untilMs = performance.now() + SETTLE_MAX_MS;
    for (;;) {
      const [open] = await store.sql<{ count: number }[]>`
        select (select count(*) from confirmation where state in ('opened', 'sent'))::int
          + (select count(*) from dispatch where state in ('queued', 'leased'))::int as count`;
      if (open?.count === 0) break;
      assert(performance.now() < untilMs, `I7: ${open?.count} confirmations or dispatches did not end`);
      await sleep(250);
    }
  });

  const { tally } = callers;
  const { faults, acceptedAgain, ...counts } = tally;
  console.log('callers:', JSON.stringify(counts));
  await t.test('I3 to I7: what was acknowledged is there, once, and the log verifies', async () => {
    const config = worldConfig();
    const logKeys = await openLogKeysOf(config, logOriginOf(config));
    await checkInvariants({ database: { store }, server: { logKeys } }, callers.acknowledged);
    assert.deepEqual(acceptedAgain, [], 'I4: no code was accepted twice');
    assert.deepEqual(faults, [], 'every answer was one that a client can understand');
  });
  await t.test('each code was sent at least once and at most twice, unless its end is recorded', async () => {
    const report = await checkSentCodes(store.sql, worldConfig().keys, callers.texts);
    console.log('codes sent:', JSON.stringify(report));
    assert(report.once > 0 && tally.confirmed > 0, 'codes were sent and confirmed');
  });
  const errors = server.complaints.filter(
    (line) => !/outage|database|ECONN|EPIPE|CONNECTION|terminating/i.test(line),
  );
  console.log(
    `server complaints: ${server.complaints.length}, others than of the database: ${errors.length}`,
  );
  for (const line of errors.slice(0, 5)) console.log(line);
});

function summary(valuesMs: readonly number[]): string {
  const sorted = valuesMs.map(Math.round).toSorted((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1]}, most ${sorted.at(-1)} of ${sorted.length} rounds`;
}
