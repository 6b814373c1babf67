/**
 * Payers and merchants who come at the same moment share transactions (group commit). Nobody's fault is
 * another's: who cannot be served is refused alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, begin, checkPayments, euros, look, openPaymentWorld, storyOf } from './payment-kit.ts';

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
    assert.deepEqual(both.toSorted(), ['code', 'not_open']);
    assert.equal((await look(world, id)).state, 'confirming');
    assert.deepEqual(await storyOf(world, id), ['Created', 'Begun', 'Asked']);
  }
  await checkPayments(world);
});
