/** Registers over whole confirmations: opened over HTTP, the code from the handset, brought back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLedger } from '../src/ledger/check.ts';
import { checkInvariants } from './invariants.ts';
import { numberOf, open, openPolicy, verify, wrongFor } from './security-kit.ts';
import { openWorld, type World } from './world.ts';

const ACCESS = { purpose: 'access', resource: 'Films' };
const PAYMENT = { purpose: 'payment', amount: { value: '12.40', currency: 'EUR' }, payee: { name: 'Acme' } };

const asAdmin = (world: World) => ({ authorization: `Bearer ${world.adminKey}` });

async function define(world: World, rule: object): Promise<string> {
  const made = await world.call('POST', '/v1/registers', rule, asAdmin(world));
  assert.equal(made.status, 201, made.text);
  return String(made.body['id']);
}

async function subscriber(world: World, number: string): Promise<string> {
  const made = await world.call(
    'POST',
    '/v1/subscribers',
    { addresses: [{ channel: 'sms', value: number, vouched: true }] },
    asAdmin(world),
  );
  assert.equal(made.status, 201, made.text);
  return String(made.body['id']);
}

async function counted(world: World, register: string, person: string): Promise<string[]> {
  const read = await world.call(
    'GET',
    `/v1/registers/${register}/subscribers/${person}`,
    undefined,
    asAdmin(world),
  );
  assert.equal(read.status, 200, read.text);
  const items = read.body['items'] as { balance: { balance: string; debitsPending: string } }[];
  return items.map(({ balance }) => `${balance.balance} (${balance.debitsPending})`);
}

async function holds(world: World): Promise<void> {
  const report = await checkLedger(world.database.store.sql, {});
  assert.deepEqual(report.findings, [], 'I1');
  await checkInvariants(world);
}

test('P12: after the right code an address’s registers grow by amount, duration and fixed value, and by nothing else', async () => {
  await using world = await openWorld({ policy: openPolicy({ attemptsMax: 2 }) });
  const marie = await subscriber(world, numberOf(1));
  const spent = await define(world, {
    name: 'spent',
    purpose: 'payment',
    currency: 'EUR',
    adds: { kind: 'amount' },
  });
  const visits = await define(world, {
    name: 'visits',
    currency: 'EUR',
    adds: { kind: 'fixed', value: '0.20' },
  });
  const minutes = await define(world, {
    name: 'minutes',
    purpose: 'access',
    currency: 'EUR',
    adds: { kind: 'duration', setup: '0.10', steps: [{ price: '0.15' }] },
  });
  assert.deepEqual(await counted(world, spent, marie), ['0.00 (0.00)']);

  const payment = await open(world, { number: numberOf(1), act: PAYMENT });
  assert.equal((await verify(world, payment)).status, 200);
  assert.equal((await verify(world, payment)).body['type'], '/problems/ended');
  const access = await open(world, { number: numberOf(1), act: ACCESS });
  await world.database.advanceClock(61_000);
  assert.equal((await verify(world, access)).status, 200);
  const wrong = await open(world, { number: numberOf(1), act: PAYMENT });
  for (const n of [1, 2]) await verify(world, { ...wrong, code: wrongFor(wrong.code, n) });
  const given = await open(world, { number: numberOf(2), act: PAYMENT });
  await world.call('POST', `/v1/confirmations/${given.id}/cancellation`, { reason: 'not_me' });

  assert.deepEqual(await counted(world, spent, marie), ['12.40 (0.00)']);
  assert.deepEqual(await counted(world, visits, marie), ['0.40 (0.00)']);
  assert.deepEqual(await counted(world, minutes, marie), ['0.40 (0.00)']);

  const ended = await world.call('DELETE', `/v1/registers/${spent}`, undefined, asAdmin(world));
  assert.equal(ended.status, 204);
  const again = await world.call(
    'POST',
    '/v1/registers',
    { name: 'spent', purpose: 'payment', currency: 'EUR', adds: { kind: 'amount' } },
    asAdmin(world),
  );
  assert.deepEqual([again.status, again.body['type']], [409, '/problems/register_differs']);
  await holds(world);
});

test('P12: before validation the amount is reserved at the opening, posted by the right code, else given back', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const marie = await subscriber(world, numberOf(1));
  const before = await define(world, {
    name: 'reserved',
    purpose: 'payment',
    counted: 'before',
    currency: 'EUR',
    adds: { kind: 'amount' },
  });
  const act = { ...PAYMENT, purpose: 'payment' } as const;
  const right = await open(world, { number: numberOf(1), act });
  assert.deepEqual(await counted(world, before, marie), ['0.00 (12.40)']);
  assert.equal((await verify(world, right)).status, 200);
  assert.deepEqual(await counted(world, before, marie), ['12.40 (0.00)']);

  const left = await open(world, { number: numberOf(1), act });
  assert.deepEqual(await counted(world, before, marie), ['12.40 (12.40)']);
  const cancelled = await world.call('POST', `/v1/confirmations/${left.id}/cancellation`, {
    reason: 'cancelled',
  });
  assert.equal(cancelled.status, 200, cancelled.text);
  assert.deepEqual(await counted(world, before, marie), ['12.40 (0.00)']);
  await holds(world);
});
