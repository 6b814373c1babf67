import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkInvariants } from './invariants.ts';
import {
  nextCode,
  numberOf,
  open,
  openBody,
  openedOf,
  openPolicy,
  TRANSFER,
  verify,
} from './security-kit.ts';
import { openWorld, type Answer, type World } from './world.ts';

/** Longer than any cache of keys, clients and policies. */
const CACHES_MS = 5_100;

/** What a caller may be told when something behind a refusal is broken: that it is, and nothing else. */
function assertClosed(answer: Answer, what: string): void {
  assert([500, 503].includes(answer.status), `${what}: ${answer.status} ${answer.text}`);
  assert.match(String(answer.body['type']), /^\/problems\/(fault|outage)$/);
  assert(
    !/relation|column|select|guard|sending_counter|policy/i.test(answer.text),
    `${what}: ${answer.text}`,
  );
}

async function without(world: World, table: string, work: () => Promise<void>): Promise<void> {
  const { sql } = world.database.store;
  await sql`alter table ${sql(table)} rename to ${sql(`${table}_away`)}`;
  try {
    await work();
  } finally {
    await sql`alter table ${sql(`${table}_away`)} rename to ${sql(table)}`;
  }
}

async function stateOf(world: World, id: string): Promise<string> {
  return String((await world.call('GET', `/v1/confirmations/${id}`)).body['state']);
}

test('S17: while a table behind a decision is missing, no code is sent or accepted; afterwards all goes on', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const { sql } = world.database.store;
  const ask = (number: string) => world.call('POST', '/v1/confirmations', openBody(number));
  const opened = await open(world, { number: numberOf(1) });
  const failed = await open(world, { number: numberOf(2) });
  await verify(world, { ...failed, code: '0000000000' });

  await without(world, 'guard', async () => {
    assertClosed(await ask(numberOf(3)), 'opening without the counters of addresses');
    assertClosed(await verify(world, opened), 'the right code without the guard');
    assertClosed(await verify(world, failed), 'the right code after a failure without the guard');
  });
  await without(world, 'sending_counter', async () => {
    assertClosed(await ask(numberOf(3)), 'opening without the counters of sendings');
  });
  await without(world, 'entry', async () => {
    assertClosed(await ask(numberOf(3)), 'opening without evidence');
    assertClosed(await verify(world, opened), 'the right code without evidence');
    const path = `/v1/confirmations/${opened.id}/cancellation`;
    assertClosed(await world.call('POST', path, {}), 'cancelling without evidence');
  });
  await without(world, 'dispatch', async () => {
    assertClosed(await ask(numberOf(3)), 'opening without a way to send');
  });
  assert.equal(world.handsets.messages(numberOf(3)).length, 0, 'nothing was sent meanwhile');
  const rows = await sql`select id from confirmation`;
  assert.equal(rows.length, 2, 'nothing was opened meanwhile');
  assert.equal(await stateOf(world, opened.id), 'sent');

  assert.equal((await verify(world, opened)).status, 200);
  assert.equal((await verify(world, failed)).status, 200);
  await checkInvariants(
    world,
    new Map([[opened.id, 'confirmed'] as const, [failed.id, 'confirmed'] as const]),
  );
});

test('S17: without keys, clients or policy to look up, and with a policy that no longer reads, nothing is decided', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const { sql } = world.database.store;
  const opened = await open(world, { number: numberOf(1) });
  for (const table of ['policy', 'client', 'api_key']) {
    await without(world, table, async () => {
      await sleep(CACHES_MS);
      assertClosed(
        await world.call('POST', '/v1/confirmations', openBody(numberOf(2))),
        `opening without ${table}`,
      );
      const verified = await verify(world, opened);
      if (verified.status !== 200) assertClosed(verified, `the right code without ${table}`);
      assert.notEqual(verified.status, 200, `the right code without ${table}`);
    });
  }
  await sleep(CACHES_MS);
  await sql`update policy set document = '{"purposes": {"transfer": {"secured": "sometimes"}}}'`;
  await sleep(CACHES_MS);
  assertClosed(
    await world.call('POST', '/v1/confirmations', openBody(numberOf(2))),
    'a policy that does not read',
  );
  assertClosed(await verify(world, opened), 'the right code with a policy that does not read');
  assert.equal(world.handsets.messages(numberOf(2)).length, 0);
});

test('S17: a confirmation whose master key is gone refuses, and other confirmations do not notice', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const orphan = await open(world, { number: numberOf(1) });
  const opened = await open(world, { number: numberOf(2) });
  await world.database.store.sql`update confirmation set key_id = 'gone' where id = ${orphan.id}`;
  const within = { tenantId: world.tenantId, clientId: world.clientId };
  const [lost, kept] = await Promise.allSettled(
    [orphan, opened].map(({ id, secret, code }) =>
      world.server.confirmations.verify({ id, session: secret, code, within }),
    ),
  );
  assert(lost?.status === 'rejected' || !lost?.value.ok);
  assert(kept?.status === 'fulfilled' && kept.value.ok, 'tried in the same batch');
});

test('S10: a channel of no assurance sends nothing where policy demands some, and the evidence says what was used', async () => {
  await using world = await openWorld({
    policy: {
      ...openPolicy(),
      purposes: {
        ...openPolicy().purposes,
        access: { callerAddress: true, digits: 10, minimumAssurance: 'none' },
      },
    },
    channel: (toOperator) => ({ ...toOperator, assurance: 'none' }),
  });
  const refused = await world.call('POST', '/v1/confirmations', openBody(numberOf(1)));
  assert.deepEqual([refused.status, refused.body['type']], [422, '/problems/channel_unavailable']);
  const arriving = nextCode(world, numberOf(1));
  const act = { purpose: 'access', resource: 'the intranet' };
  const answer = await world.call('POST', '/v1/confirmations', openBody(numberOf(1), act));
  assert.equal(answer.status, 201, answer.text);
  const opened = { ...openedOf(answer), code: await arriving };
  assert.equal((await verify(world, opened)).status, 200);
  await checkInvariants(world, new Map([[opened.id, 'confirmed']]));
  assert.deepEqual(await assurances(world, opened.id), ['none']);
});

test('S10: the telephone network is recorded as restricted, in every entry that names a channel', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = await open(world, { act: TRANSFER });
  assert.equal((await verify(world, opened)).status, 200);
  await checkInvariants(world);
  assert.deepEqual(await assurances(world, opened.id), ['restricted']);
});

/** What the entries of opening, sending and success say. */
async function assurances(world: World, id: string): Promise<string[]> {
  const rows = await world.database.store.sql<{ type: string; assurance: string | null }[]>`
    select leaf::json->>'type' as type, leaf::json->>'assurance' as assurance from entry
    where subject_id = ${id} and leaf::json->>'type' <> 'DispatchDelivered'`;
  assert.deepEqual(rows.map(({ type }) => type).toSorted(), [
    'ConfirmationConfirmed',
    'ConfirmationOpened',
    'DispatchAccepted',
  ]);
  return [...new Set(rows.map(({ assurance }) => String(assurance)))];
}
