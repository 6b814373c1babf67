import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenInput } from '../src/confirmation/open.ts';
import type { Outcome, OutcomeRoom } from '../src/confirmation/outcomes.ts';
import type { Purpose } from '../src/confirmation/act.ts';
import { must } from '../src/std/assert.ts';
import type { Tx } from '../src/store/connection.ts';
import { checkInvariants } from './invariants.ts';
import { nextCode, numberOf, open, openPolicy, until, verify, wrongFor } from './security-kit.ts';
import { openWorld, type World } from './world.ts';

/** A room beside the confirmation room, which writes what it is told into a table of its own. */
const MESSAGE = { purpose: 'message', contentDigest: '3fa94c1e'.repeat(8) };

type Watch = { readonly room: OutcomeRoom; readonly committed: string[] };

async function watch(world: World, purpose: Purpose, fails: (outcome: Outcome) => boolean): Promise<Watch> {
  await world.database.store.sql`create table if not exists carried (id text, state text, reason text)`;
  const committed: string[] = [];
  const room: OutcomeRoom = {
    onEnded: async (tx, outcomes) => {
      for (const { row, state, reason } of outcomes)
        await tx`insert into carried values (${row.id}, ${state}, ${reason})`;
      if (outcomes.some(fails)) throw new Error('this room cannot carry it out');
    },
    onCommitted: (outcomes) => void committed.push(...outcomes.map(({ row }) => row.id)),
  };
  world.server.confirmations.carryOut(purpose, room);
  return { room, committed };
}

async function carried(world: World): Promise<string[]> {
  const rows = await world.database.store.sql<{ id: string; state: string; reason: string }[]>`
    select id, state, reason from carried order by id`;
  return rows.map(({ id, state, reason }) => `${id} ${state} ${reason}`).toSorted();
}

test('P6: a room carries out what ends, in the same transaction, once for each ending', async () => {
  await using world = await openWorld({ policy: openPolicy({ attemptsMax: 2 }) });
  const { committed } = await watch(world, 'message', () => false);
  const subscriber = await world.call(
    'POST',
    '/v1/subscribers',
    {
      identifiers: [{ kind: 'user_name', value: 'alice' }],
      addresses: [{ channel: 'sms', value: numberOf(5), vouched: true }],
    },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(subscriber.status, 201, subscriber.text);
  const right = await open(world, { number: numberOf(1), act: MESSAGE });
  const wrong = await open(world, { number: numberOf(2), act: MESSAGE });
  const given = await open(world, { number: numberOf(3), act: MESSAGE });
  const other = await open(world, { number: numberOf(4) });
  const alice = { subscriber: { identifier: { value: 'alice' } } };
  const erased = await open(world, { number: numberOf(5), act: MESSAGE, more: alice });

  assert.equal((await verify(world, right)).status, 200);
  assert.equal((await verify(world, right)).body['type'], '/problems/ended');
  assert.equal((await verify(world, other)).status, 200);
  for (const n of [1, 2]) await verify(world, { ...wrong, code: wrongFor(wrong.code, n) });
  const path = `/v1/confirmations/${given.id}/cancellation`;
  assert.equal((await world.call('POST', path, { reason: 'not_me' })).status, 200);
  assert.equal((await world.call('POST', path, { reason: 'not_me' })).status, 409);
  const person = `/v1/subscribers/${String(subscriber.body['id'])}`;
  const gone = await world.call('DELETE', person, undefined, { authorization: `Bearer ${world.adminKey}` });
  assert.equal(gone.status, 204, gone.text);
  const late = await open(world, { number: numberOf(1), act: MESSAGE });
  await world.database.advanceClock(301_000);
  await until('its end', async () => (committed.includes(late.id) ? true : null));

  const expected = [
    `${right.id} confirmed right_code`,
    `${wrong.id} locked attempts_used_up`,
    `${given.id} cancelled not_me`,
    `${erased.id} cancelled erased`,
    `${late.id} expired time_passed`,
  ];
  assert.deepEqual(await carried(world), expected.toSorted());
  const told = [right.id, wrong.id, given.id, late.id];
  assert.deepEqual(committed.toSorted(), told.toSorted());
  await checkInvariants(world);
});

test('S17: what cannot be carried out is not confirmed, and keeps nobody else from being confirmed', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = [];
  for (let n = 0; n < 6; n++) opened.push(await open(world, { number: numberOf(n), act: MESSAGE }));
  const sick = must(opened[2], 'six were opened');
  const { committed } = await watch(world, 'message', ({ row }) => row.id === sick.id);

  const answers = await Promise.all(opened.map((each) => verify(world, each)));
  assert.deepEqual(
    answers.map(({ status }) => status),
    opened.map((each) => (each === sick ? 500 : 200)),
  );
  const well = opened.filter((each) => each !== sick).map(({ id }) => id);
  assert.deepEqual(await carried(world), well.map((id) => `${id} confirmed right_code`).toSorted());
  assert.deepEqual(committed.toSorted(), well.toSorted());
  const found = await world.call('GET', `/v1/confirmations/${sick.id}`);
  assert.equal(found.body['state'], 'sent');

  const beside = await open(world, { number: numberOf(7), act: MESSAGE });
  await world.database.advanceClock(301_000);
  await until('the end of the other', async () => (committed.includes(beside.id) ? true : null));
  assert.equal((await carried(world)).length, well.length + 1);
});

test('P3 P6 S17: a room inside names the address, demands a code, and writes with the opening or not at all', async () => {
  await using world = await openWorld({
    policy: { ...openPolicy(), purposes: { message: { secured: 'never' } } },
  });
  const { sql } = world.database.store;
  await sql`create table own (id text)`;
  const { confirmations } = world.server;
  const principal = {
    tenantId: world.tenantId,
    clientId: world.clientId,
    scope: 'client',
    keyId: 'page',
  } as const;
  const input = (n: number, fails: boolean): OpenInput => ({
    to: { address: { channel: 'sms', value: numberOf(n) } },
    act: { ...MESSAGE, purpose: 'message' },
    connected: false,
    language: null,
    returnUrl: null,
    ip: '192.0.2.1',
    allowCallerAddress: true,
    alwaysSecured: true,
    alongside: async (tx: Tx, row) => {
      await tx`insert into own values (${row.id})`;
      if (fails) throw new Error('this room cannot write');
    },
  });
  const { allowCallerAddress: _, ...without } = input(1, false);
  const refused = await confirmations.open(principal, without);
  assert(!refused.ok);
  assert.equal(refused.refusal, 'address_not_allowed');

  const arriving = nextCode(world, numberOf(1));
  const [good, bad] = await Promise.allSettled([
    confirmations.open(principal, input(1, false)),
    confirmations.open(principal, input(2, true)),
  ]);
  assert.equal(bad.status, 'rejected');
  assert(good.status === 'fulfilled' && good.value.ok);
  assert.equal(good.value.value.row.state, 'opened');
  const { id } = good.value.value.row;
  const rows = await sql<{ id: string; own: string | null }[]>`
    select c.id, o.id as own from confirmation c full join own o on o.id = c.id`;
  assert.deepEqual([...rows], [{ id, own: id }]);
  const secret = good.value.value.secret.reveal();
  assert.equal((await verify(world, { id, secret, code: await arriving })).status, 200);
});
