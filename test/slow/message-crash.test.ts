import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSmsc } from '../../sim/smsc.ts';
import { logOriginOf, openLogKeysOf } from '../../src/main.ts';
import type { Sql } from '../../src/store/connection.ts';
import { checkInvariants } from '../invariants.ts';
import { MESSAGE_POLICY } from '../message-kit.ts';
import { worldConfig } from '../world.ts';
import { seeded } from './callers.ts';
import { openEngine } from './engine.ts';
import { createMessageCallers, type MessageCallers, type Sent } from './message-callers.ts';
import { freePort } from '../free-port.ts';
import { createServerChild } from './server-child.ts';

const ROUNDS = Number(process.env['MESSAGE_CRASH_ROUNDS'] ?? 20);
const SEED = Number(process.env['MESSAGE_CRASH_SEED'] ?? Date.now() % 1_000_000);
const CALLERS = 20;
const SETTLE_MAX_MS = 120_000;
const VALIDITY_MS = 30_000;
const { send_message, message } = MESSAGE_POLICY.purposes ?? {};
const POLICY = {
  ...MESSAGE_POLICY,
  purposes: {
    send_message: { ...send_message, validityMs: VALIDITY_MS },
    message: { ...message, validityMs: VALIDITY_MS },
  },
};

test('M2, M3, I3 to I7: kill -9 during upload, between code and handover, and between handover and news', async (t) => {
  console.log(`seed ${SEED} (MESSAGE_CRASH_SEED=${SEED} repeats the choices)`);
  const random = seeded(SEED);
  await using engine = await openEngine(POLICY);
  await using smsc = await openSmsc({ port: 0, accounts: [{ systemId: 'slow', password: 'secret' }] });
  const port = await freePort();
  await using server = createServerChild({ folder: engine.folder, port, smpp: smsc.url() });
  const url = `http://127.0.0.1:${port}`;
  const callers = createMessageCallers({ url, apiKey: engine.apiKey, count: CALLERS, random });
  smsc.onMessage(callers.receive);
  await server.start();
  callers.start();
  await t.test(`${ROUNDS} rounds of kill -9 of the server`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(500 + random() * 2_500);
      assert.equal(server.crashes(), 0, server.complaints.join('\n'));
      assert(callers.inFlight() >= CALLERS / 2, 'messages were on their way');
      await server.kill();
      await server.start();
    }
  });
  await callers.stop();
  const { sql } = engine.store;
  await t.test('everything settles', () => untilSettled(sql));
  const registered = callers.sent.filter((one) => one.registered);
  const handedOver = callers.sent.filter((one) => one.handedOver);
  const counts = {
    written: callers.sent.length,
    registered: registered.length,
    handedOver: handedOver.length,
  };
  console.log(JSON.stringify({ ...counts, givenUp: callers.given.up, complaints: server.complaints.length }));
  await t.test('I3 to I7: what was acknowledged is there, once, and the log verifies', async () => {
    const config = worldConfig();
    const logKeys = await openLogKeysOf(config, logOriginOf(config));
    await checkInvariants({ database: { store: engine.store }, server: { logKeys } });
    assert.deepEqual(callers.faults, [], 'every answer was one that a client can understand');
    assert(registered.length > 0 && handedOver.length > 0, 'messages were registered and handed over');
    await checkAcknowledged(sql, callers.sent);
  });
  await t.test('nothing is half accepted: what is registered has all of its files', () => checkWhole(sql));
  await t.test('each side is told at least once and at most twice, unless the end of it is recorded', () =>
    checkTold(sql, callers),
  );
});

async function untilSettled(sql: Sql): Promise<void> {
  const untilMs = performance.now() + SETTLE_MAX_MS;
  for (;;) {
    const [open] = await sql<{ count: number }[]>`
      select (select count(*) from confirmation where state in ('opened', 'sent'))::int
        + (select count(*) from message where state = 'submitted')::int
        + (select count(*) from dispatch where state in ('queued', 'leased'))::int as count`;
    if (open?.count === 0) return;
    assert(performance.now() < untilMs, `I7: ${open?.count} of them did not end`);
    await sleep(250);
  }
}

async function checkAcknowledged(sql: Sql, sent: readonly Sent[]): Promise<void> {
  const rows = await sql<{ id: string; state: string }[]>`select id, state from message`;
  const states = new Map(rows.map(({ id, state }) => [id, state]));
  for (const { id, registered, handedOver } of sent) {
    const state = states.get(id) ?? 'not there';
    if (handedOver) assert.equal(state, 'handed_over', `I3: ${id}`);
    else if (registered) assert.match(state, /^(waiting|handed_over)$/, `I3: ${id}`);
  }
}

async function checkWhole(sql: Sql): Promise<void> {
  const partly = await sql`
    select m.id, f.n from message m join message_file f on f.home = m.home and f.message_id = m.id
    where m.accepted_at is not null and (not f.whole or f.chunks <> (
      select count(*) from message_chunk c where c.home = f.home and c.message_id = f.message_id and c.file_n = f.n))`;
  assert.deepEqual([...partly], []);
  const [files] = await sql<{ least: number }[]>`
    select coalesce(min(n), 0)::int as least from (select count(*) as n from message m
      join message_file f on f.home = m.home and f.message_id = m.id where m.accepted_at is not null group by m.id) as of`;
  assert.equal(files?.least, 2, 'its text and its file');
}

/** Notices go to the addressee, news to the sender; a text that the record says was not sent is not missed. */
async function checkTold(sql: Sql, { sent, texts }: MessageCallers): Promise<void> {
  const rows = await sql<{ id: string; kind: string; state: string; ended: boolean }[]>`
    select d.subject_id as id, d.kind, d.state, d.state in ('failed', 'expired', 'rejected', 'unknown') as ended
    from dispatch d where d.kind in ('notice', 'news')`;
  const people = new Map(sent.map((one) => [one.id, one]));
  const report = { never: 0, once: 0, twice: 0 };
  for (const { id, kind, state, ended } of rows) {
    const one = people.get(id);
    if (!one) continue;
    const own = texts.get(kind === 'notice' ? one.addressee : one.sender) ?? [];
    const times = own.filter(
      ({ text }) => /Ada Sender|Notice to quit/.test(text) && !/\b\d{10}\b/.test(text),
    ).length;
    assert(times > 0 || ended, `the ${kind} of ${id}, ${state}, was sent`);
    assert(times <= 2, `the ${kind} of ${id} was sent ${times} times`);
    report[times === 0 ? 'never' : times === 1 ? 'once' : 'twice']++;
  }
  console.log('told:', JSON.stringify(report));
  const told = new Set(rows.filter(({ kind }) => kind === 'news').map(({ id }) => id));
  for (const one of sent) if (one.handedOver) assert(told.has(one.id), `the sender of ${one.id} is told`);
}
