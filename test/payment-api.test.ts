import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createCountersign, type Countersign } from '../src/sdk/countersign.ts';
import { paymentEventOf } from '../src/sdk/payments.ts';
import { verifyWebhook } from '../src/sdk/webhooks.ts';
import type { NewPayment } from '../src/sdk/payment-types.ts';
import { CountersignProblem } from '../src/sdk/problem.ts';
import {
  ALICE_NUMBER,
  ALICE_PAN,
  beginWithCode,
  bring,
  checkPayments,
  openPaymentWorld,
  typedCard,
  untilQuiet,
  untilState,
  type PaymentWorld,
} from './payment-kit.ts';
import { addClient, nextCode } from './security-kit.ts';
import { openReceiver } from './webhook-receiver.ts';

/** Payments over the API, by its own SDK; banks' routes for an administrator. */
let world: PaymentWorld;
let sdk: Countersign;

before(async () => {
  world = await openPaymentWorld({ world: { environment: { ALLOW_PRIVATE_ADDRESSES: 'true' } } });
  sdk = createCountersign({ baseUrl: world.url, apiKey: world.apiKey });
});

after(async () => {
  await checkPayments(world);
  await world[Symbol.asyncDispose]();
});

const ORDER: NewPayment = {
  amount: { value: '312.40', currency: 'EUR' },
  payee: 'Acme',
  reference: 'order 4711',
  returnUrl: 'https://bank.example/back',
};

/** Paid by a card that is typed, as on the hosted page. */
async function paid(more: Partial<NewPayment> = {}, keep = false): Promise<string> {
  const { id } = await sdk.payments.create({ ...ORDER, payer: { id: world.alice }, ...more });
  const asked = await beginWithCode(world, id, { means: typedCard(ALICE_PAN, { keep }) });
  assert.equal((await bring(world, asked)).status, 200);
  return id;
}

async function refusedWith(refusal: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof CountersignProblem, String(error));
    assert.equal(error.refusal, refusal);
    return true;
  });
}

test('B1: a payment is made with a page that carries its secret, once; it is looked at and listed', async () => {
  const made = await sdk.payments.create(ORDER);
  assert.match(made.page, new RegExp(`/p/${made.id}\\?session=.+`));
  const seen = await sdk.payments.get(made.id);
  assert.ok(!('page' in seen));
  assert.ok(!JSON.stringify(seen).includes(new URL(made.page).searchParams.get('session') ?? '!'));
  const { state, amount, payee, reference, refunded, completed, capture, payerAddress } = seen;
  assert.deepEqual(
    { state, amount, payee, reference, refunded, completed, capture, payerAddress },
    {
      state: 'created',
      amount: ORDER.amount,
      payee: 'Acme',
      reference: 'order 4711',
      refunded: { value: '0.00', currency: 'EUR' },
      completed: null,
      capture: 'automatic',
      payerAddress: null,
    },
  );
  const second = await sdk.payments.create(ORDER);
  const page = await sdk.payments.list({ limit: 1 });
  assert.deepEqual(
    page.items.map(({ id }) => id),
    [second.id],
  );
  assert.ok(page.nextCursor);
  const next = await sdk.payments.list({ limit: 1, cursor: page.nextCursor });
  assert.deepEqual(
    next.items.map(({ id }) => id),
    [made.id],
  );
  await refusedWith('malformed_request', sdk.payments.list({ limit: 1, cursor: 'zzz' }));
});

test('amounts of nothing, of too much and in no currency are refused, and returns to strangers', async () => {
  for (const value of ['0.00', '-1', '1.001', '99999999999.00', '1e3']) {
    await refusedWith(
      'malformed_request',
      sdk.payments.create({ ...ORDER, amount: { value, currency: 'EUR' } }),
    );
  }
  const abroad = { ...ORDER, returnUrl: 'https://evil.example/' };
  await refusedWith('return_url_not_allowed', sdk.payments.create(abroad));
  await refusedWith(
    'unsupported_currency',
    sdk.payments.create({ ...ORDER, amount: { value: '1', currency: 'XDR' } }),
  );
});

test('B2, fig. 8: a card on file is begun with from server to server, and its code completes it', async () => {
  await paid({}, true);
  const cards = await world.call('GET', `/v1/subscribers/${world.alice}/cards`);
  const [card] = cards.body['items'] as { token?: string; id?: string }[];
  const token = card?.token ?? card?.id ?? '';
  assert.match(token, /^crd_/, cards.text);
  const { id } = await sdk.payments.create({ ...ORDER, payer: { id: world.alice } });
  const arriving = nextCode(world, ALICE_NUMBER);
  const begun = await sdk.payments.begin(id, { means: { kind: 'card_on_file', token } });
  assert.ok(begun.next === 'code');
  assert.equal((await sdk.payments.get(id)).state, 'confirming');
  const { confirmation } = begun;
  assert.deepEqual(confirmation.act.amount, ORDER.amount, 'S6');
  await sdk.confirmations.verify(confirmation.id, {
    code: await arriving,
    session: confirmation.session.secret,
  });
  const done = await sdk.payments.get(id);
  assert.deepEqual([done.state, done.means, done.completed], ['completed', 'card_on_file', ORDER.amount]);
  assert.equal(done.confirmation, confirmation.id);
  assert.match(done.card ?? '', /^Visa ···· \d{4}$/);
  await refusedWith('not_open', sdk.payments.begin(id, { means: { kind: 'card_on_file', token } }));
});

test('B2: another card on file, no contract, nobody: said before any bank is asked', async () => {
  await untilQuiet(world);
  const asked = world.host.counts.messages;
  const named = await sdk.payments.create({ ...ORDER, payer: { id: world.alice } });
  const unknown = { kind: 'card_on_file', token: 'crd_0g3n5s2h8v4k7m1q9r6t2w8x5z' } as const;
  await refusedWith('unknown_card', sdk.payments.begin(named.id, { means: unknown }));
  await refusedWith('no_contract', sdk.payments.begin(named.id, { means: { kind: 'trustee' } }));
  const open = await sdk.payments.create(ORDER);
  const payer = { identifier: { value: 'nobody' } };
  await refusedWith('unknown_payer', sdk.payments.begin(open.id, { means: unknown, payer }));
  assert.equal(world.host.counts.messages, asked);
  assert.equal((await sdk.payments.get(open.id)).state, 'created');
});

test('webhooks tell the merchant what becomes of a payment, without the payer and his card', async () => {
  await using receiver = await openReceiver();
  const admin = createCountersign({ baseUrl: world.url, apiKey: world.adminKey });
  const endpoint = await admin.webhooks.create({ url: receiver.url, types: ['payment.*'] });
  const id = await paid();
  await sdk.payments.refund(id);
  const received = await receiver.waitFor(4);
  const events = await Promise.all(
    received.map(({ body, headers }) => verifyWebhook({ body, headers, secret: endpoint.secret })),
  );
  const told = events.map(paymentEventOf).filter((event) => event?.data.payment === id);
  assert.deepEqual(
    new Set(told.map((event) => event?.type)),
    new Set(['payment.created', 'payment.confirming', 'payment.completed', 'payment.refunded']),
  );
  const refunded = told.find((event) => event?.type === 'payment.refunded');
  assert.deepEqual(refunded?.data.refund, ORDER.amount);
  for (const { body } of received) assert.doesNotMatch(body, /\+336|····|sub_/, 'S8');
  await admin.webhooks.remove(endpoint.id);
});

test('manual capture: a part is completed, once; the rest of the hold goes back', async () => {
  const id = await paid({ capture: 'manual' });
  assert.equal((await sdk.payments.get(id)).state, 'authorised');
  const tooMuch = { amount: { value: '312.41', currency: 'EUR' } };
  await refusedWith('amount_too_high', sdk.payments.complete(id, tooMuch));
  const done = await sdk.payments.complete(id, { amount: { value: '100.00', currency: 'EUR' } });
  assert.deepEqual([done.state, done.completed?.value], ['completed', '100.00']);
  await refusedWith('not_authorised', sdk.payments.complete(id));
  await refusedWith('not_cancellable', sdk.payments.cancel(id));
});

test('a completed payment is refunded in parts, up to what was debited', async () => {
  const id = await paid();
  await untilState(world, id, 'completed');
  const part = await sdk.payments.refund(id, { amount: { value: '12.40', currency: 'EUR' } });
  assert.deepEqual([part.payment, part.state, part.amount.value], [id, 'done', '12.40']);
  const tooMuch = { amount: { value: '300.01', currency: 'EUR' } };
  await refusedWith('amount_too_high', sdk.payments.refund(id, tooMuch));
  const rest = await sdk.payments.refund(id);
  assert.equal(rest.amount.value, '300.00');
  assert.equal((await sdk.payments.get(id)).refunded.value, '312.40');
  assert.deepEqual(
    (await sdk.payments.refunds(id)).items.map((refund) => refund.id).toSorted(),
    [part.id, rest.id].toSorted(),
  );
});

test('a payment that nobody began is cancelled, and stays so', async () => {
  const { id } = await sdk.payments.create(ORDER);
  assert.equal((await sdk.payments.cancel(id)).state, 'cancelled');
  assert.equal((await sdk.payments.cancel(id)).state, 'cancelled', 'asked again, it is answered again');
  await refusedWith('not_completed', sdk.payments.refund(id));
});

test('S14: another client sees, completes, cancels and refunds nothing of it', async () => {
  const id = await paid({ capture: 'manual' });
  const other = await addClient(world);
  const { payments } = createCountersign({ baseUrl: world.url, apiKey: other.key });
  const calls = [
    () => payments.get(id),
    () => payments.begin(id, { means: { kind: 'trustee' } }),
    () => payments.complete(id),
    () => payments.cancel(id),
    () => payments.refund(id),
    () => payments.refunds(id),
  ];
  for (const call of calls) await refusedWith('not_found', call());
  assert.deepEqual((await payments.list()).items, []);
  assert.equal((await sdk.payments.get(id)).state, 'authorised');
});

test('B6: an administrator says which bank his payments ask; where banks are he may neither see nor set', async () => {
  const admin = { authorization: `Bearer ${world.adminKey}` };
  const call = (method: string, path: string, body?: unknown) => world.call(method, path, body, admin);
  assert.equal((await world.call('GET', '/v1/banks')).status, 403);
  const banks = await call('GET', '/v1/banks');
  assert.deepEqual(banks.body, { items: [{ id: 'acme-bank', state: 'active' }] });
  assert.equal((await call('PUT', '/v1/banks/acme-bank', { url: 'iso8583://evil.example' })).status, 404);
  const added = await call('POST', '/v1/bank-routes', { bank: 'acme-bank', digits: '51', digitsTo: '55' });
  assert.equal(added.status, 201, added.text);
  const { items } = (await call('GET', '/v1/bank-routes')).body as {
    items: { id: string; ofAll: boolean }[];
  };
  assert.equal(items.filter(({ ofAll }) => ofAll).length, 1);
  const ofAll = items.find((route) => route.ofAll);
  assert.equal((await call('DELETE', `/v1/bank-routes/${ofAll?.id}`)).status, 404, 'of all tenants');
  assert.equal((await call('DELETE', `/v1/bank-routes/${String(added.body['id'])}`)).status, 204);
  assert.equal((await call('POST', '/v1/bank-routes', { bank: 'no-bank', digits: '51' })).status, 422);
  assert.equal((await call('POST', '/v1/bank-routes', { bank: 'acme-bank' })).status, 400);
});
