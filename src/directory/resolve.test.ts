import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openTestDatabase } from '../../test/database.ts';
import { makeTenant } from '../../test/tenant.ts';
import { Outage } from '../std/outage.ts';
import { transaction } from '../store/transaction.ts';
import type { Sql } from '../store/connection.ts';
import { addressesOf, markBound, retireAddress } from './bind.ts';
import { addAddress, createSubscriber, type Desk } from './manage.ts';
import { createDirectory, type NumberDirectory, type ResolveRequest } from './resolve.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;
const desk: Desk = { sql, defaultCountry: 'FR' };
const directory = createDirectory(desk);
const { tenantId } = await makeTenant(sql);
const stranger = await makeTenant(sql, 'Stranger');

const NOTHING = { callerAddress: false, numberDirectory: false };
const ANYTHING = { callerAddress: true, numberDirectory: true };

async function makeSubscriber(
  identifiers: { kind: string; value: string }[],
  values: Record<string, boolean> = {},
) {
  const made = await createSubscriber(
    desk,
    tenantId,
    {
      name: null,
      language: 'de',
      identifiers,
      addresses: Object.entries(values).map(([value, vouched]) => ({ channel: 'sms', value, vouched })),
    },
    'contract',
  );
  assert(made.ok);
  return made.value;
}

function ask(to: ResolveRequest['to'], more: Partial<ResolveRequest> = {}) {
  return directory.resolve({ tenantId, to, allow: NOTHING, channel: 'sms', ...more });
}

test('P3: a subscriber is resolved by id and by identifier to the same address', async () => {
  const made = await makeSubscriber([{ kind: 'email', value: 'a@example.com' }], { '+33612345601': true });
  const expected = {
    subscriberId: made.id,
    language: 'de',
    address: {
      id: made.addresses[0]?.id,
      channel: 'sms',
      value: '+33612345601',
      state: 'vouched',
      source: 'contract',
    },
  };
  for (const to of [
    { subscriberId: made.id },
    { identifier: { kind: 'email', value: 'A@EXAMPLE.com' } },
    { identifier: { value: ' a@example.com ' } },
  ]) {
    assert.deepEqual(await ask(to), { ok: true, value: expected });
  }
});

test('codes go to the bound address before a vouched one, and never to a pending or retired one', async () => {
  const made = await makeSubscriber([], { '+33612345602': false });
  const to = { subscriberId: made.id };
  const claimed = made.addresses[0]?.id ?? '';
  assert.deepEqual(await ask(to), { ok: false, refusal: 'no_address' });
  const vouched = await addAddress(
    desk,
    tenantId,
    made.id,
    { channel: 'sms', value: '+33612345603', vouched: true },
    'x',
  );
  assert(vouched.ok);
  const first = await ask(to);
  assert(first.ok);
  assert.equal(first.value.address.value, '+33612345603');

  const which = { tenantId, subscriberId: made.id, addressId: claimed };
  assert.equal(await boundIn(sql, tenantId, made.id), null);
  assert.equal(await transaction(sql, (tx) => markBound(tx, which)), true);
  const second = await ask(to);
  assert(second.ok);
  assert.deepEqual([second.value.address.value, second.value.address.state], ['+33612345602', 'bound']);
  assert.equal((await boundIn(sql, tenantId, made.id))?.id, claimed);
  assert.equal(await boundIn(sql, stranger.tenantId, made.id), null);

  assert.equal(await retireAddress(sql, which), true);
  assert.equal(await transaction(sql, (tx) => markBound(tx, which)), false);
  const third = await ask(to);
  assert(third.ok);
  assert.equal(third.value.address.value, '+33612345603');
  assert.equal(await boundIn(sql, tenantId, made.id), null);
});

test('S11: a pending address is used only when it is named, for binding it, and only by its own subscriber', async () => {
  const made = await makeSubscriber([], { '+33612345604': false, '+33612345605': true });
  const another = await makeSubscriber([], { '+33612345606': false });
  const pending = made.addresses.find(({ state }) => state === 'pending')?.id ?? '';
  const named = await ask({ subscriberId: made.id }, { addressId: pending });
  assert(named.ok);
  assert.deepEqual([named.value.address.value, named.value.address.state], ['+33612345604', 'pending']);
  assert.equal((await ask({ subscriberId: another.id }, { addressId: pending })).ok, false);
  assert.equal((await ask({ subscriberId: made.id }, { addressId: 'adr_nonsense' })).ok, false);
  assert.equal(
    (await ask({ subscriberId: made.id }, { tenantId: stranger.tenantId, addressId: pending })).ok,
    false,
  );
  const foreign = { tenantId: stranger.tenantId, subscriberId: made.id, addressId: pending };
  assert.equal(await transaction(sql, (tx) => markBound(tx, foreign)), false);
  assert.equal(
    await transaction(sql, (tx) => markBound(tx, { tenantId, subscriberId: another.id, addressId: pending })),
    false,
  );
  assert.equal(await retireAddress(sql, foreign), false);
});

test('S14: another tenant resolves nobody of ours', async () => {
  const made = await makeSubscriber([{ kind: 'email', value: 'ours@example.com' }], { '+33612345607': true });
  for (const to of [{ subscriberId: made.id }, { identifier: { value: 'ours@example.com' } }]) {
    const answer = await ask(to, { tenantId: stranger.tenantId });
    assert.deepEqual(answer, { ok: false, refusal: 'unknown_subscriber' });
  }
});

test('what is typed without its kind and means two persons names nobody', async () => {
  const first = await makeSubscriber([{ kind: 'username', value: 'same' }], { '+33612345608': true });
  await makeSubscriber([{ kind: 'subscriber_number', value: 'same' }], { '+33612345609': true });
  assert.deepEqual(await ask({ identifier: { value: 'same' } }), {
    ok: false,
    refusal: 'unknown_subscriber',
  });
  const sure = await ask({ identifier: { kind: 'username', value: 'SAME' } });
  assert.equal(sure.ok && sure.value.subscriberId, first.id);
  // "SAME" can only be the user name, for subscriber numbers keep their letters as they are.
  const typed = await ask({ identifier: { value: 'SAME' } });
  assert.equal(typed.ok && typed.value.subscriberId, first.id);
});

test("the caller's address is taken only where policy allows, in its normal form", async () => {
  const to = { address: { channel: 'sms', value: '06 12 34 56 10' } } as const;
  assert.deepEqual(await ask(to), { ok: false, refusal: 'address_not_allowed' });
  assert.deepEqual(await ask(to, { allow: { ...NOTHING, callerAddress: true } }), {
    ok: true,
    value: {
      subscriberId: null,
      language: null,
      address: { id: null, channel: 'sms', value: '+33612345610', source: 'caller', state: 'pending' },
    },
  });
  const bad = await ask({ address: { channel: 'sms', value: '12' } }, { allow: ANYTHING });
  assert.equal(!bad.ok && bad.refusal, 'malformed_address');
});

test('P3: who is not in the database is asked of the number directory, where policy allows', async () => {
  const asked: unknown[] = [];
  const numberDirectory: NumberDirectory = {
    lookup: async (question) => {
      asked.push(question);
      if (question.value === 'known') return { value: '+33612345611', language: 'es' };
      if (question.value === 'premium') return { value: '+33899123456', language: null };
      return null;
    },
  };
  const both = createDirectory({ ...desk, numberDirectory });
  const resolve = (value: string, allow = ANYTHING) =>
    both.resolve({
      tenantId,
      to: { identifier: { kind: 'subscriber_number', value } },
      allow,
      channel: 'sms',
    });
  assert.deepEqual(await resolve('known', NOTHING), { ok: false, refusal: 'unknown_subscriber' });
  assert.deepEqual(asked, []);
  assert.deepEqual(await resolve('known'), {
    ok: true,
    value: {
      subscriberId: null,
      language: 'es',
      address: {
        id: null,
        channel: 'sms',
        value: '+33612345611',
        source: 'number_directory',
        state: 'vouched',
      },
    },
  });
  assert.deepEqual(asked, [{ tenantId, kind: 'subscriber_number', value: 'known' }]);
  assert.deepEqual(await resolve('unknown'), { ok: false, refusal: 'unknown_subscriber' });
  assert.deepEqual(await resolve('premium'), { ok: false, refusal: 'no_address' });
  const own = await makeSubscriber([{ kind: 'subscriber_number', value: 'known' }]);
  assert.deepEqual(await resolve('known'), { ok: false, refusal: 'no_address' }, own.id);
});

test('S17: an outage of the number directory or of the database is thrown, not an answer', async () => {
  const failing = createDirectory({
    ...desk,
    numberDirectory: { lookup: () => Promise.reject(new Outage('away')) },
  });
  const request = { tenantId, to: { identifier: { value: 'x' } }, allow: ANYTHING, channel: 'sms' } as const;
  await assert.rejects(failing.resolve(request), Outage);
  await using lost = await openTestDatabase();
  const cut = createDirectory({ sql: lost.store.sql });
  await lost.store.sql`drop table identifier`;
  await assert.rejects(cut.resolve(request));
});

test('many requests at once get each their own answer', async () => {
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      makeSubscriber([{ kind: 'subscriber_number', value: `many-${i}` }], { [`+336123460${10 + i}`]: true }),
    ),
  );
  const answers = await Promise.all(
    Array.from({ length: 600 }, (_, n) => {
      const i = n % 60;
      if (n % 7 === 0) return ask({ identifier: { value: `nobody-${n}` } });
      return n % 2 ? ask({ identifier: { value: `many-${i}` } }) : ask({ subscriberId: made[i]?.id ?? '' });
    }),
  );
  for (const [n, answer] of answers.entries()) {
    if (n % 7 === 0) assert.equal(answer.ok, false);
    else assert.equal(answer.ok && answer.value.address.value, `+336123460${10 + (n % 60)}`);
  }
});

async function boundIn(sql: Sql, tenantId: string, subscriberId: string) {
  return (await addressesOf(sql, tenantId, subscriberId)).find(({ state }) => state === 'bound') ?? null;
}
