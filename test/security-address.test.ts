import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, toHex } from '../src/std/bytes.ts';
import { checkInvariants } from './invariants.ts';
import {
  isRefused,
  nextCode,
  numberOf,
  openedOf,
  openPolicy,
  readGuards,
  verify,
  wrongFor,
} from './security-kit.ts';
import { openWorld, type Answer, type World } from './world.ts';

type AddressJson = { id: string; state: string; value: string };

async function addSubscriber(world: World, addresses: object[] = []): Promise<string> {
  const made = await admin(world, 'POST', '/v1/subscribers', {
    identifiers: [{ kind: 'username', value: 'alice' }],
    addresses,
  });
  assert.equal(made.status, 201, made.text);
  return String(made.body['id']);
}

function admin(world: World, method: string, path: string, body?: object): Promise<Answer> {
  return world.call(method, path, body, { authorization: `Bearer ${world.adminKey}` });
}

async function addAddress(world: World, subscriber: string, value: string): Promise<string> {
  const added = await admin(world, 'POST', `/v1/subscribers/${subscriber}/addresses`, {
    channel: 'sms',
    value,
  });
  assert.equal(added.status, 201, added.text);
  return String(added.body['id']);
}

async function addressesOf(world: World, subscriber: string): Promise<Record<string, string>> {
  const { body } = await admin(world, 'GET', `/v1/subscribers/${subscriber}/addresses`);
  return Object.fromEntries((body['items'] as AddressJson[]).map(({ value, state }) => [value, state]));
}

async function openBinding(
  world: World,
  subscriber: string,
  address: string,
  number: string,
  body: object = {},
) {
  const arriving = nextCode(world, number);
  const answer = await admin(
    world,
    'POST',
    `/v1/subscribers/${subscriber}/addresses/${address}/binding`,
    body,
  );
  assert.equal(answer.status, 201, answer.text);
  return { ...openedOf(answer), step: answer.body['step'], code: await arriving };
}

test('S11: an address is bound by its code alone, and changed only with the approval of the one before it', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const subscriber = await addSubscriber(world);
  const first = await addAddress(world, subscriber, numberOf(1));
  const proof = await openBinding(world, subscriber, first, numberOf(1));
  assert.equal((await addressesOf(world, subscriber))[numberOf(1)], 'pending');
  assert(isRefused(await verify(world, { ...proof, code: wrongFor(proof.code) }, world.adminKey)));
  assert.equal((await addressesOf(world, subscriber))[numberOf(1)], 'pending');
  assert.equal((await verify(world, proof, world.adminKey)).status, 200);
  assert.equal((await addressesOf(world, subscriber))[numberOf(1)], 'bound');

  const second = await addAddress(world, subscriber, numberOf(2));
  const approval = await openBinding(world, subscriber, second, numberOf(1));
  assert.equal(approval.step, 'approve_on_old_address');
  const path = `/v1/subscribers/${subscriber}/addresses/${second}/binding`;
  const early = await admin(world, 'POST', path, { approval: approval.id });
  assert.equal(early.body['type'], '/problems/approval_invalid', 'an approval that was not given');
  assert.equal((await verify(world, approval, world.adminKey)).status, 200);
  assert.equal((await addressesOf(world, subscriber))[numberOf(2)], 'pending', 'the approval binds nothing');
  const change = await openBinding(world, subscriber, second, numberOf(2), { approval: approval.id });
  assert.equal((await verify(world, change, world.adminKey)).status, 200);
  const after = await addressesOf(world, subscriber);
  assert.equal(after[numberOf(2)], 'bound');
  assert.notEqual(after[numberOf(1)], 'bound');
  await checkInvariants(world);
});

test('S11: of two first addresses that are bound at once, the later one does not push out the earlier one unasked', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const subscriber = await addSubscriber(world);
  const mine = await addAddress(world, subscriber, numberOf(1));
  const theirs = await addAddress(world, subscriber, numberOf(2));
  const own = await openBinding(world, subscriber, mine, numberOf(1));
  const intruder = await openBinding(world, subscriber, theirs, numberOf(2));
  assert.equal((await verify(world, own, world.adminKey)).status, 200);
  await verify(world, intruder, world.adminKey);
  const after = await addressesOf(world, subscriber);
  assert.equal(after[numberOf(1)], 'bound', JSON.stringify(after));
  assert.notEqual(after[numberOf(2)], 'bound');
  await checkInvariants(world);
});

test('S11: a client cannot have an approval given under a text of its own', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const subscriber = await addSubscriber(world, [{ channel: 'sms', value: numberOf(1), vouched: true }]);
  const theirs = await addAddress(world, subscriber, numberOf(2));
  const answer = await world.call('POST', '/v1/confirmations', {
    subscriber: { id: subscriber },
    act: { purpose: 'bind_address', text: 'Your prize', contentDigest: toHex(sha256(theirs)) },
  });
  assert.equal(answer.status, 400, answer.text);
  await checkInvariants(world);
});

test('S4, S11: an address that wrong tries disabled takes codes again once it is bound again', async () => {
  const limits = { ...openPolicy().limits, failures: { inAllMax: 5 } };
  await using world = await openWorld({ policy: openPolicy({}, limits) });
  const subscriber = await addSubscriber(world);
  const first = await addAddress(world, subscriber, numberOf(1));
  assert.equal(
    (await verify(world, await openBinding(world, subscriber, first, numberOf(1)), world.adminKey)).status,
    200,
  );
  const openAccess = async () => {
    const arriving = nextCode(world, numberOf(1));
    const act = { purpose: 'access', resource: 'the intranet' };
    const answer = await world.call('POST', '/v1/confirmations', { subscriber: { id: subscriber }, act });
    assert.equal(answer.status, 201, answer.text);
    return { ...openedOf(answer), code: await arriving };
  };
  const guessed = await openAccess();
  for (let n = 0; n < 5; n++) await verify(world, { ...guessed, code: wrongFor(guessed.code, n) });
  await world.database.advanceClock(3_600_000);
  assert(isRefused(await verify(world, await openAccess())), 'disabled');
  assert.equal(
    (await admin(world, 'DELETE', `/v1/subscribers/${subscriber}/addresses/${first}`)).status,
    204,
  );
  const again = await addAddress(world, subscriber, numberOf(1));
  const rebound = await openBinding(world, subscriber, again, numberOf(1));
  assert.equal((await verify(world, rebound, world.adminKey)).status, 200, 'it is bound again');
  assert.deepEqual(await readGuards(world), [{ inRow: 0, inAll: 0, blockedForMs: null }]);
  assert.equal((await verify(world, await openAccess())).status, 200);
  await checkInvariants(world);
});

test('S4: a binding that follows wrong tries ends their row', async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const subscriber = await addSubscriber(world);
  const address = await addAddress(world, subscriber, numberOf(1));
  const binding = await openBinding(world, subscriber, address, numberOf(1));
  for (let n = 0; n < 3; n++) {
    assert(isRefused(await verify(world, { ...binding, code: wrongFor(binding.code, n) }, world.adminKey)));
  }
  const answer = await verify(world, binding, world.adminKey);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(await readGuards(world), [{ inRow: 0, inAll: 0, blockedForMs: null }]);
  await checkInvariants(world);
});
