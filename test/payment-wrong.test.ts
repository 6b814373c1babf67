/**
 * Payments that go wrong, with a bank over TCP and codes over SMPP: whoever refuses, is silent, late, too
 * fast or there twice, the bank's books are ours and nobody has paid twice (I2, I8, S17, S21).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCheckDigit } from '../sim/card-number.ts';
import type { Bank } from '../src/bank/host.ts';
import { createBegin } from '../src/payment/begin.ts';
import { createRecord } from '../src/payment/record.ts';
import { createSettle } from '../src/payment/settle.ts';
import type { Begin } from '../src/payment/verbs.ts';
import { TRIES_MAX } from '../src/payment/payment.ts';
import { sleep } from '../src/std/timer.ts';
import {
  addPerson,
  ALICE_PAN,
  ask,
  begin,
  beginWithCode,
  bring,
  checkPayments,
  look,
  openPaymentWorld,
  pay,
  storyOf,
  typedCard,
  untilQuiet,
  untilState,
  type PaymentWorld,
} from './payment-kit.ts';
import { addClient, until, wrongFor } from './security-kit.ts';
import { GENEROUS } from './world.ts';

async function confirmations(world: PaymentWorld): Promise<number> {
  const rows = await world.database.store.sql<{ n: number }[]>`select count(*)::int as n from confirmation`;
  return rows[0]?.n ?? 0;
}

test('B6: a bank that declines is heard before any code is sent; another card may be tried', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  world.host.books.refuseAmount(31_240n, '51');
  const declined = await begin(world, payment.id);
  assert.deepEqual([declined.ok, declined.ok ? '' : declined.refusal], [false, 'bank_declined']);
  assert.equal(await confirmations(world), 0, 'no code was sent');
  const after = await look(world, payment.id);
  assert.deepEqual([after.state, after.reason], ['created', 'bank_declined']);
  world.host.books.refuseAmount(31_240n, null);
  assert.equal((await bring(world, await beginWithCode(world, payment.id))).status, 200);
  assert.equal((await look(world, payment.id)).state, 'completed');
  assert.deepEqual(await storyOf(world, payment.id), [
    'Created',
    'Begun',
    'Declined',
    'Begun',
    'Asked',
    'Completed',
  ]);
  await checkPayments(world);
});

test('B6: after five tries the payment is refused', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const refusals: string[] = [];
  for (let i = 0; i <= TRIES_MAX; i++) {
    const begun = await begin(world, payment.id, { means: typedCard(ALICE_PAN, { securityCode: '111' }) });
    refusals.push(begun.ok ? '' : begun.refusal);
  }
  const declined = Array.from({ length: TRIES_MAX - 1 }, () => 'bank_declined');
  assert.deepEqual(refusals, [...declined, 'tries_used_up', 'not_open']);
  assert.equal((await look(world, payment.id)).state, 'refused');
  await checkPayments(world);
});

test('B1, S6: wrong codes until none is left: refused, and given back', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const asked = await beginWithCode(world, payment.id);
  for (let i = 1; i <= 5; i++) {
    assert.notEqual((await bring(world, asked, wrongFor(asked.code, i))).status, 200);
  }
  assert.notEqual((await bring(world, asked)).status, 200, 'the right one comes too late');
  const refused = await look(world, payment.id);
  assert.deepEqual([refused.state, refused.reason], ['refused', 'attempts_used_up']);
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'reversed');
  await checkPayments(world);
});

test('S2: a right code that comes too late pays nothing', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const asked = await beginWithCode(world, payment.id);
  await world.database.advanceClock(3_600_000);
  assert.notEqual((await bring(world, asked)).status, 200);
  assert.equal((await untilState(world, payment.id, 'refused')).reason, 'time_passed');
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'reversed');
  await checkPayments(world);
});

test('S6: the code of one payment pays no other, of another amount or payee', async () => {
  await using world = await openPaymentWorld();
  const first = await ask(world);
  const second = await ask(world, { amount: { minor: 1n, currency: 'EUR' }, payee: 'Mallory' });
  const one = await beginWithCode(world, first.payment.id);
  const other = await beginWithCode(world, second.payment.id);
  assert.notEqual((await bring(world, one, other.code)).status, 200);
  assert.notEqual((await bring(world, other, one.code)).status, 200);
  assert.equal((await bring(world, one)).status, 200);
  assert.equal((await bring(world, other)).status, 200);
  await checkPayments(world);
});

test('S21: a bank that is silent before the code: no code, and what it did is undone', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  world.host.behave({ behaviour: 'silent', mti: '0100', times: 1 });
  const begun = await begin(world, payment.id);
  assert.deepEqual([begun.ok, begun.ok ? '' : begun.refusal], [false, 'bank_unreachable']);
  assert.equal(await confirmations(world), 0);
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'reversed');
  assert.equal((await look(world, payment.id)).state, 'created');
  await checkPayments(world);
});

test('S21: a bank that approves after the reversal changes nothing', async () => {
  await using world = await openPaymentWorld({ host: { lateMs: 3_000 } });
  const { payment } = await ask(world);
  world.host.behave({ behaviour: 'late', mti: '0100', times: 1 });
  const begun = await begin(world, payment.id);
  assert.equal(begun.ok ? '' : begun.refusal, 'bank_unreachable');
  await until('the late answer', () => (world.host.counts.answers >= 2 ? true : null));
  await sleep(200);
  assert.equal((await look(world, payment.id)).state, 'created');
  await checkPayments(world);
});

test('I2: two tabs begin at once: one code, one authorisation', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const both = await Promise.all([begin(world, payment.id), begin(world, payment.id)]);
  const refusals = both.map((one) => (one.ok ? 'begun' : one.refusal)).toSorted();
  assert.deepEqual(refusals, ['begun', 'not_open']);
  assert.equal(await confirmations(world), 1);
  assert.equal(world.host.books.entries().length, 1);
  assert.ok((await world.server.payments.cancel(world.caller, payment.id)).ok);
  await checkPayments(world);
});

test('I2: a double click on the code, and on the completion, pays once', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world, { capture: 'manual' });
  const asked = await beginWithCode(world, payment.id);
  const answers = await Promise.all([bring(world, asked), bring(world, asked)]);
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  const { payments } = world.server;
  const completed = await Promise.all([
    payments.complete(world.caller, payment.id, null),
    payments.complete(world.caller, payment.id, null),
    payments.cancel(world.caller, payment.id),
  ]);
  const view = await look(world, payment.id);
  assert.ok(view.state === 'completed' || view.state === 'cancelled');
  assert.equal(completed[2].ok, view.state === 'cancelled');
  assert.equal(completed[0].ok, view.state === 'completed');
  await checkPayments(world);
});

test('S17: a code that may not be sent: the bank gives back what it had approved', async () => {
  const limits = { ...GENEROUS.limits, address: { perHourMax: 1, perDayMax: 1, spacingMs: 0 } };
  const policy = { ...GENEROUS, limits, purposes: { payment: { digits: 10 } } };
  await using world = await openPaymentWorld({ world: { policy } });
  await pay(world);
  const { payment } = await ask(world);
  const begun = await begin(world, payment.id);
  assert.equal(begun.ok ? '' : begun.refusal, 'sending_limit');
  assert.deepEqual((await look(world, payment.id)).reason, 'sending_limit');
  await untilQuiet(world);
  assert.deepEqual(
    world.host.books.entries().map(({ state }) => state),
    ['captured', 'reversed'],
  );
  await checkPayments(world);
});

/** Begins by a process that stops, or waits, where it asks the bank. */
function beginIn(world: PaymentWorld, id: string, authorise: Bank['authorise']) {
  const { context } = world.server.payments;
  const other = { ...context, bank: { ...context.bank, authorise } };
  const record = createRecord(other);
  const how: Begin = { payer: null, means: typedCard(), ip: '192.0.2.1', language: null };
  return createBegin(other, record, createSettle(other, record))(world.caller, id, how);
}

const NEVER = new Promise<never>(() => undefined);

test('I2: a process that dies before it asks the bank: the try is taken back, and looked after', async () => {
  await using world = await openPaymentWorld();
  const { sql } = world.database.store;
  const { payment } = await ask(world);
  void beginIn(world, payment.id, () => NEVER);
  await untilState(world, payment.id, 'authorising');
  await world.database.advanceClock(121_000);
  assert.equal((await untilState(world, payment.id, 'created')).reason, 'interrupted');
  const loose = async () => (await sql`select 1 from payment_loose`).length;
  assert.equal(await loose(), 1, 'its question is looked for');
  await world.database.advanceClock(31 * 60_000);
  await until('nobody looks any more', async () => ((await loose()) === 0 ? true : null));
  assert.equal((await bring(world, await beginWithCode(world, payment.id))).status, 200);
  await checkPayments(world);
});

test('I2: a process that dies when the bank has approved: it is given back', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const { bank } = world.server.payments.context;
  void beginIn(world, payment.id, async (request) => {
    await bank.authorise(request);
    return NEVER;
  });
  await untilState(world, payment.id, 'authorising');
  await until('approved', () => world.host.books.entries()[0] ?? null);
  await world.database.advanceClock(121_000);
  await untilState(world, payment.id, 'created');
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'reversed');
  await checkPayments(world);
});

test('I2: a process that comes back when its try was taken back has lost, and gives back', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const { bank } = world.server.payments.context;
  const woken = Promise.withResolvers<void>();
  const slow = beginIn(world, payment.id, async (request) => {
    await woken.promise;
    return bank.authorise(request);
  });
  await untilState(world, payment.id, 'authorising');
  await world.database.advanceClock(121_000);
  await untilState(world, payment.id, 'created');
  const asked = await beginWithCode(world, payment.id);
  woken.resolve();
  const lost = await slow;
  assert.equal(lost.ok ? '' : lost.refusal, 'not_open');
  assert.equal((await bring(world, asked)).status, 200);
  await untilQuiet(world);
  assert.deepEqual(
    world.host.books.entries().map(({ state }) => state),
    ['captured', 'reversed'],
  );
  await checkPayments(world);
});

test('S14: another client of the tenant finds no payment, and does nothing to it', async () => {
  await using world = await openPaymentWorld();
  const paid = await pay(world);
  const { clientId } = await addClient(world);
  const other = { tenantId: world.tenantId, clientId };
  const { payments } = world.server;
  assert.equal(await payments.find(other, paid.id), null);
  assert.deepEqual(await payments.list(other, null, 10), []);
  assert.deepEqual(await payments.refunds(other, paid.id), []);
  const refusals = [
    await payments.begin(other, paid.id, {
      payer: null,
      means: typedCard(),
      ip: '192.0.2.1',
      language: null,
    }),
    await payments.complete(other, paid.id, null),
    await payments.cancel(other, paid.id),
    await payments.refund(other, paid.id, null),
  ];
  for (const refused of refusals) assert.equal(refused.ok ? '' : refused.refusal, 'not_found');
  await checkPayments(world);
});

test('B2: a card that is on file for one person pays for no other', async () => {
  await using world = await openPaymentWorld();
  await pay(world, {}, { means: typedCard(ALICE_PAN, { keep: true }) });
  const bob = await addPerson(world, 'bob', '+33612345699');
  const { payment } = await ask(world, { payer: { subscriberId: bob } });
  const begun = await begin(world, payment.id);
  assert.equal(begun.ok ? '' : begun.refusal, 'card_of_another');
  const malformed = await begin(world, payment.id, { means: typedCard('4970101234567891') });
  assert.equal(malformed.ok ? '' : malformed.refusal, 'card_malformed');
  const stranger = await begin(world, payment.id, { means: typedCard(withCheckDigit('970101234567890')) });
  assert.equal(stranger.ok, false, 'a card of no bank that we know');
  await checkPayments(world);
});

test('B5: no bank within reach after the code: asked again until it is', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world, { bankAsked: 'after' });
  const asked = await beginWithCode(world, payment.id);
  await world.host.down();
  assert.equal((await bring(world, asked)).status, 200);
  assert.equal((await look(world, payment.id)).state, 'executing');
  await sleep(300);
  await world.host.up();
  await world.database.advanceClock(6_000);
  const ended = await until('the end of it', async () => {
    const view = await look(world, payment.id);
    return view.state === 'executing' ? null : view;
  });
  assert.equal(ended.state, 'completed');
  await checkPayments(world);
});
