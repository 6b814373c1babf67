/**
 * Payments with a simulated bank over TCP and codes over SMPP (fig. 7 and 8): whatever happens, the bank's
 * books are ours and nobody has paid twice (I2, I8).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccountByCode } from '../src/ledger/accounts.ts';
import { payerCode } from '../src/payment/postings.ts';
import { must } from '../src/std/assert.ts';
import {
  ALICE_NUMBER,
  ALICE_PAN,
  ask,
  begin,
  beginWithCode,
  bring,
  checkPayments,
  euros,
  look,
  openPaymentWorld,
  pay,
  storyOf,
  typedCard,
  untilQuiet,
  untilState,
  type PaymentWorld,
} from './payment-kit.ts';

async function balanceOf(world: PaymentWorld, code: string): Promise<bigint> {
  const reader = { tenantId: world.tenantId, clientId: world.clientId, scope: 'admin' as const };
  const account = await findAccountByCode(world.database.store.sql, reader, code);
  const { creditsPosted, debitsPosted } = must(account, `there is no account ${code}`);
  return creditsPosted - debitsPosted;
}

test('B1, B5, fig. 7: the bank is asked, then the code; the right one completes', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const asked = await beginWithCode(world, payment.id);
  assert.equal(world.host.books.entries()[0]?.state, 'authorised');
  const waiting = await look(world, payment.id);
  assert.deepEqual(
    [waiting.state, waiting.card, waiting.payerAddress],
    ['confirming', `Visa ···· ${ALICE_PAN.slice(-4)}`, '+33 6 •• •• •• 78'],
  );
  assert.equal((await bring(world, asked)).status, 200);
  const paid = await look(world, payment.id);
  assert.deepEqual([paid.state, paid.completed, paid.reason], ['completed', euros(31_240n), null]);
  assert.match(paid.rrn ?? '', /^\d{12}$/);
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'captured');
  assert.deepEqual(await storyOf(world, payment.id), ['Created', 'Begun', 'Asked', 'Completed']);
  await checkPayments(world);
});

test('B5: the bank is asked after the code, without the security code that was not kept', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world, { bankAsked: 'after' });
  const asked = await beginWithCode(world, payment.id);
  assert.equal(world.host.books.entries().length, 0, 'no bank was asked yet');
  assert.equal((await bring(world, asked)).status, 200);
  const paid = await untilState(world, payment.id, 'completed');
  assert.deepEqual(paid.completed, euros(31_240n));
  assert.equal(world.host.books.entries()[0]?.state, 'captured');
  assert.deepEqual(await storyOf(world, payment.id), ['Created', 'Begun', 'Asked', 'Executing', 'Completed']);
  await checkPayments(world);
});

test('B5: a bank that says no after the code: refused, and nothing is debited', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world, { bankAsked: 'after' });
  const asked = await beginWithCode(world, payment.id);
  world.host.books.refuseAmount(31_240n, '51');
  assert.equal((await bring(world, asked)).status, 200);
  assert.equal((await untilState(world, payment.id, 'refused')).reason, 'bank_declined');
  await checkPayments(world);
});

test('B5: a bank that is silent after the code: refused, and given back when it did it', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world, { bankAsked: 'after' });
  const asked = await beginWithCode(world, payment.id);
  world.host.behave({ behaviour: 'silent', mti: '0200', times: 1 });
  assert.equal((await bring(world, asked)).status, 200);
  assert.equal((await untilState(world, payment.id, 'refused')).reason, 'bank_unreachable');
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'reversed');
  await checkPayments(world);
});

test('B8: the merchant completes a part of what was authorised', async () => {
  await using world = await openPaymentWorld();
  const authorised = await pay(world, { capture: 'manual' });
  assert.equal(authorised.state, 'authorised');
  const { payments } = world.server;
  const tooMuch = await payments.complete(world.caller, authorised.id, euros(31_241n));
  assert.equal(tooMuch.ok ? '' : tooMuch.refusal, 'amount_too_high');
  const done = await payments.complete(world.caller, authorised.id, euros(30_000n));
  assert.ok(done.ok);
  assert.deepEqual([done.value.state, done.value.completed], ['completed', euros(30_000n)]);
  const again = await payments.complete(world.caller, authorised.id, euros(30_000n));
  assert.ok(again.ok, 'the same again is answered the same');
  const other = await payments.complete(world.caller, authorised.id, euros(1n));
  assert.equal(other.ok ? '' : other.refusal, 'not_authorised');
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.takenMinor, 30_000n);
  assert.equal(await balanceOf(world, `~merchant:${world.clientId}:EUR`), 30_000n);
  assert.equal(await balanceOf(world, payerCode(world.alice, 'EUR')), 0n);
  await checkPayments(world);
});

test('B5, B8: completed by the merchant where the bank is asked after', async () => {
  await using world = await openPaymentWorld();
  const authorised = await pay(world, { capture: 'manual', bankAsked: 'after' });
  assert.equal(authorised.state, 'authorised');
  const done = await world.server.payments.complete(world.caller, authorised.id, euros(100n));
  assert.ok(done.ok);
  assert.deepEqual([done.value.state, done.value.completed], ['completed', euros(100n)]);
  await checkPayments(world);
});

test('B8: cancelled while created, while the code is out, and when authorised', async () => {
  await using world = await openPaymentWorld();
  const { payments } = world.server;
  const created = await ask(world);
  const confirming = await ask(world);
  const asked = await beginWithCode(world, confirming.payment.id);
  const authorised = await pay(world, { capture: 'manual' });
  for (const { id } of [created.payment, confirming.payment, authorised]) {
    const cancelled = await payments.cancel(world.caller, id);
    assert.ok(cancelled.ok, cancelled.ok ? '' : cancelled.refusal);
    assert.equal(cancelled.value.state, 'cancelled');
    const twice = await payments.cancel(world.caller, id);
    assert.ok(twice.ok, 'cancelled is cancelled');
  }
  assert.notEqual((await bring(world, asked)).status, 200, 'the code died with it');
  await untilQuiet(world);
  assert.deepEqual(
    world.host.books.entries().map(({ state }) => state),
    ['reversed', 'reversed'],
  );
  const completed = await pay(world);
  const late = await payments.cancel(world.caller, completed.id);
  assert.equal(late.ok ? '' : late.refusal, 'not_cancellable');
  await checkPayments(world);
});

test('B8: refunds, in parts, and never more than was paid', async () => {
  await using world = await openPaymentWorld();
  const paid = await pay(world);
  const { payments } = world.server;
  const refund = (minor: bigint | null) =>
    payments.refund(world.caller, paid.id, minor === null ? null : euros(minor));
  const part = await refund(1_240n);
  assert.ok(part.ok);
  assert.deepEqual([part.value.state, part.value.amount], ['done', euros(1_240n)]);
  const tooMuch = await refund(30_001n);
  assert.equal(tooMuch.ok ? '' : tooMuch.refusal, 'amount_too_high');
  // Two at once: one of them, or one after the other, but never more than is left.
  const both = await Promise.all([refund(20_000n), refund(20_000n)]);
  assert.equal(both.filter(({ ok }) => ok).length, 1);
  const rest = await refund(null);
  assert.ok(rest.ok);
  assert.deepEqual(rest.value.amount, euros(10_000n));
  assert.deepEqual((await look(world, paid.id)).refunded, euros(31_240n));
  const refunds = await payments.refunds(world.caller, paid.id);
  assert.deepEqual(
    refunds.map(({ amount }) => amount.minor),
    [1_240n, 20_000n, 10_000n],
  );
  assert.equal(await balanceOf(world, `~merchant:${world.clientId}:EUR`), 0n);
  await checkPayments(world);
});

test('B8: a refund that the bank refuses, or does not answer, moves nothing; another may follow', async () => {
  await using world = await openPaymentWorld();
  const paid = await pay(world);
  const { payments } = world.server;
  world.host.books.refuseAmount(500n, '57');
  const declined = await payments.refund(world.caller, paid.id, euros(500n));
  assert.equal(declined.ok ? '' : declined.refusal, 'bank_declined');
  world.host.behave({ behaviour: 'silent', mti: '0200', times: 1 });
  const silent = await payments.refund(world.caller, paid.id, euros(600n));
  assert.equal(silent.ok ? '' : silent.refusal, 'bank_unreachable');
  assert.deepEqual((await look(world, paid.id)).refunded, euros(0n));
  assert.ok((await payments.refund(world.caller, paid.id, null)).ok);
  await checkPayments(world);
});

test('B2, fig. 8: a card is kept once its payer has proved himself, and pays the next time', async () => {
  await using world = await openPaymentWorld();
  await pay(world, {}, { means: typedCard(ALICE_PAN, { keep: true }) });
  const { body } = await world.call('GET', `/v1/subscribers/${world.alice}/cards`);
  const [card] = body['items'] as { token: string }[];
  const token = must(card, 'the card is on file').token;
  const paid = await pay(world, {}, { means: { kind: 'card_on_file', token } });
  assert.deepEqual([paid.state, paid.means], ['completed', 'card_on_file']);
  const { payment } = await ask(world);
  const unknown = await begin(world, payment.id, {
    means: { kind: 'card_on_file', token: token.replace(/.$/, (last) => (last === '0' ? '1' : '0')) },
  });
  assert.equal(unknown.ok ? '' : unknown.refusal, 'unknown_card');
  await checkPayments(world);
});

test('B1: a payer says himself who he is, where the merchant does not know', async () => {
  await using world = await openPaymentWorld();
  const { payment, secret } = await ask(world, { payer: null });
  const visited = await world.server.payments.visit(payment.id, secret.reveal());
  assert.equal(visited?.clientId, world.clientId);
  assert.equal(await world.server.payments.visit(payment.id, `${secret.reveal()}x`), null);
  const nobody = await begin(world, payment.id, { payer: { identifier: { value: 'nobody' } } });
  assert.equal(nobody.ok ? '' : nobody.refusal, 'unknown_payer');
  assert.equal(world.host.books.entries().length, 0, 'no bank is asked for a stranger');
  const payer = { identifier: { value: 'alice' } };
  const asked = await beginWithCode(world, payment.id, { payer, number: ALICE_NUMBER });
  assert.equal((await bring(world, asked)).status, 200);
  assert.equal((await look(world, payment.id)).state, 'completed');
  await checkPayments(world);
});

test('I7: what nobody begins expires, and what nobody completes is given back', async () => {
  await using world = await openPaymentWorld();
  const { payment } = await ask(world);
  const authorised = await pay(world, { capture: 'manual' });
  await world.database.advanceClock(7 * 24 * 3_600_000 + 1_000);
  assert.equal((await untilState(world, payment.id, 'expired')).reason, 'time_passed');
  await untilState(world, authorised.id, 'expired');
  await untilQuiet(world);
  assert.equal(world.host.books.entries()[0]?.state, 'reversed');
  await checkPayments(world);
});

test('B7: the payer is told what was debited where policy says so, in his language', async () => {
  await using world = await openPaymentWorld();
  const body = { rules: { statement: 'always' } };
  const written = await world.call('PUT', '/v1/payment-policy', body, {
    authorization: `Bearer ${world.adminKey}`,
  });
  assert.equal(written.status, 200, written.text);
  const told = new Promise<string>((resolve) => {
    world.handsets.subscribe(ALICE_NUMBER, ({ text }) => {
      if (text.includes('débités')) resolve(text);
    });
  });
  const paid = await pay(world, { language: 'fr' });
  const text = await told;
  assert.ok(text.startsWith(`312,40 EUR à Acme débités de la carte ...${ALICE_PAN.slice(-4)}`), text);
  assert.match(text, /Si ce n'est pas vous, contactez Acme Bank\.$/);
  await checkPayments(world);
  const entries = await world.database.store.sql<{ type: string }[]>`
    select leaf::json->>'type' as type from entry
    where subject_id = ${paid.id} and leaf::json->>'type' = 'DispatchAccepted'`;
  assert.equal(entries.length, 1, 'and it is in the log');
});

test('of an erased payer nothing stays that says who he was, and what he had not finished ends', async () => {
  await using world = await openPaymentWorld();
  const paid = await pay(world);
  const authorised = await pay(world, { capture: 'manual' });
  const confirming = await ask(world);
  await beginWithCode(world, confirming.payment.id);
  const erased = await world.call('DELETE', `/v1/subscribers/${world.alice}`, undefined, {
    authorization: `Bearer ${world.adminKey}`,
  });
  assert.equal(erased.status, 204, erased.text);
  const states = [paid.id, authorised.id, confirming.payment.id].map(
    async (id) => (await look(world, id)).state,
  );
  assert.deepEqual(await Promise.all(states), ['completed', 'cancelled', 'refused']);
  const rows = await world.database.store.sql<object[]>`
    select 1 from payment
    where address is not null or salt is not null or payer is not null or card is not null or card_last_four is not null`;
  assert.equal(rows.length, 0);
  await untilQuiet(world);
  assert.deepEqual(
    world.host.books.entries().map(({ state }) => state),
    ['captured', 'reversed', 'reversed'],
  );
  await checkPayments(world);
});
