/**
 * Payers and merchants who come at the same moment share transactions (group commit). Nobody's fault is
 * another's: who cannot be served is refused alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addPerson,
  ask,
  begin,
  checkPayments,
  euros,
  look,
  openPaymentWorld,
  storyOf,
  type PaymentWorld,
} from './payment-kit.ts';

test('payments that are made together are each their own; one that cannot be is refused alone', async () => {
  await using world = await openPaymentWorld();
  const references = Array.from({ length: 12 }, (_, n) => `order-${n}`);
  // No text of the database holds a zero character; the API lets none in.
  const made = await Promise.allSettled(
    [...references, 'order\u0000'].map((reference, n) =>
      ask(world, { reference, amount: euros(BigInt(1_000 + n)) }),
    ),
  );
  const done = made.flatMap((each) => (each.status === 'fulfilled' ? [each.value.payment] : []));
  assert.deepEqual(
    done.map(({ reference, amount }) => [reference, amount.minor]),
    references.map((reference, n) => [reference, BigInt(1_000 + n)]),
  );
  assert.equal(made.at(-1)?.status, 'rejected');
  for (const { id } of done) assert.deepEqual(await storyOf(world, id), ['Created']);
  await checkPayments(world);
});

test('of two begins of one payment one wins, however many begin beside them', async () => {
  await using world = await openPaymentWorld();
  const made = await Promise.all(Array.from({ length: 6 }, () => ask(world)));
  const ids = made.map(({ payment }) => payment.id);
  const begun = await Promise.all([...ids, ...ids].map((id) => begin(world, id)));
  for (const [n, id] of ids.entries()) {
    const both = [begun[n], begun[n + ids.length]].map((one) => (one?.ok ? one.value.next : one?.refusal));
    assert.deepEqual(new Set(both), new Set(['code', 'not_open']));
    assert.equal((await look(world, id)).state, 'confirming');
    assert.deepEqual(await storyOf(world, id), ['Created', 'Begun', 'Asked']);
  }
  await checkPayments(world);
});

/** Of EUR 100.00 in all; no bank is ever asked. */
async function makeContract(world: PaymentWorld, subscriberId: string): Promise<void> {
  const path = `/v1/trustee/buyers/${subscriberId}/EUR`;
  const terms = { limit: '100.00', cardToken: null, bankAbove: null };
  const made = await world.call('PUT', path, terms, { authorization: `Bearer ${world.adminKey}` });
  assert.equal(made.status, 200, made.text);
}

test('of many that begin together, who has spent the limit of a contract is refused alone', async () => {
  await using world = await openPaymentWorld();
  const bob = await addPerson(world, 'bob', '+33612345679');
  for (const person of [world.alice, bob]) await makeContract(world, person);
  const trustee = { means: { kind: 'trustee' } } as const;
  const spent = await ask(world, { amount: euros(9_000n) });
  assert.ok((await begin(world, spent.payment.id, trustee)).ok);

  const beyond = await ask(world, { amount: euros(1_001n) });
  const others = await Promise.all([
    ...Array.from({ length: 5 }, () => ask(world)),
    ...Array.from({ length: 5 }, () => ask(world, { payer: { subscriberId: bob }, amount: euros(2_000n) })),
  ]);
  const asked = others.toSpliced(7, 0, beyond).map(({ payment }) => payment.id);
  const begun = await Promise.all(asked.map((id, n) => begin(world, id, n < 5 ? {} : trustee)));
  const answers = begun.map((one) => (one.ok ? one.value.next : one.refusal));
  assert.deepEqual(
    answers,
    asked.map((id) => (id === beyond.payment.id ? 'contract_limit' : 'code')),
  );
  for (const id of asked) {
    const story = id === beyond.payment.id ? ['Begun', 'Declined'] : ['Begun', 'Asked'];
    assert.deepEqual(await storyOf(world, id), ['Created', ...story]);
  }
  // Bob's five took all that he had, one after the other.
  const more = await ask(world, { payer: { subscriberId: bob }, amount: euros(1n) });
  const refused = await begin(world, more.payment.id, trustee);
  assert.equal(refused.ok ? '' : refused.refusal, 'contract_limit');
  await checkPayments(world);
});
