/**
 * Payments that need no code, through the whole server with a bank behind it: each exemption as a payer and a
 * merchant meet it, and what takes it away (P10, RTS 2018/389 art. 13 to 18).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NewPayment, PaymentView } from '../src/payment/verbs.ts';
import { must } from '../src/std/assert.ts';
import { withCheckDigit } from '../sim/card-number.ts';
import { simCard } from './bank-pair.ts';
import {
  addPerson,
  ALICE_NUMBER,
  ALICE_PAN,
  aliceCard,
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
  type PaymentWorld,
} from './payment-kit.ts';
import { nextCode, verify } from './security-kit.ts';
import type { Answer } from './world.ts';

const BOB_NUMBER = '+33612345670';
const CAROL_NUMBER = '+33612345671';
const POOR_PAN = withCheckDigit('497010123456780');

let world: PaymentWorld;
let bob: string;
let carol: string;

before(async () => {
  const cards = [aliceCard(), simCard({ pan: POOR_PAN, limitMinor: 20_00n })];
  world = await openPaymentWorld({ host: { cards } });
  bob = await addPerson(world, 'bob', BOB_NUMBER);
  carol = await addPerson(world, 'carol', CAROL_NUMBER);
  const policy = {
    rules: { lowValue: {}, trustedPayees: true, recurring: {} },
    clients: { cli_strict: { lowValue: null, trustedPayees: false } },
  };
  const written = await asAdmin('PUT', '/v1/payment-policy', policy);
  assert.equal(written.status, 200, written.text);
});
after(() => world[Symbol.asyncDispose]());

function asAdmin(method: string, path: string, body?: unknown): Promise<Answer> {
  return world.call(method, path, body, { authorization: `Bearer ${world.adminKey}` });
}

type Asking = Partial<NewPayment> & { readonly payer: NonNullable<NewPayment['payer']> };

/** What became of it without any code; null where a code was demanded, and then it is cancelled. */
async function payWithout(asking: Asking, pan?: string): Promise<PaymentView | null> {
  const { payment } = await ask(world, asking);
  const begun = await begin(world, payment.id, { means: typedCard(pan) });
  assert.ok(begun.ok, begun.ok ? '' : begun.refusal);
  if (begun.value.next === 'done') return look(world, payment.id);
  assert.ok((await world.server.payments.cancel(world.caller, payment.id)).ok);
  return null;
}

test('RTS 16: five small payments go without a code, the sixth demands it, and a right one begins anew', async () => {
  const asking = { payer: { subscriberId: world.alice }, amount: euros(10_00n) };
  assert.equal(await payWithout(asking), null, 'nobody has proved this card yet');
  assert.equal((await pay(world, asking)).state, 'completed');
  for (let i = 0; i < 5; i++) {
    const paid = must(await payWithout(asking), 'no code is demanded');
    assert.deepEqual([paid.state, paid.exemption, paid.confirmationId], ['completed', 'low_value', null]);
    // He is told of it by a text, whose own entry comes when it is on its way.
    const story = (await storyOf(world, paid.id)).filter((name) => !name.startsWith('Dispatch'));
    assert.deepEqual(story, ['Created', 'Begun', 'Completed']);
  }
  assert.equal(await payWithout(asking), null);
  assert.equal(await payWithout({ ...asking, amount: euros(30_01n) }), null);
  await pay(world, asking);
  assert.equal((await payWithout(asking))?.exemption, 'low_value');
  await checkPayments(world);
});

test('RTS 16, I2: of twelve small payments at once five go without a code, and the others demand one', async () => {
  const asking = { payer: { subscriberId: bob }, amount: euros(3_00n) };
  const { payment } = await ask(world, asking);
  const asked = await beginWithCode(world, payment.id, { number: BOB_NUMBER });
  assert.equal((await bring(world, asked)).status, 200);
  const paid = await Promise.all(Array.from({ length: 12 }, () => payWithout(asking)));
  assert.equal(paid.filter((one) => one?.state === 'completed').length, 5);
  await checkPayments(world);
});

test('B6: what the bank refuses moves no counter', async () => {
  const asking = { payer: { subscriberId: carol }, amount: euros(8_00n) };
  const proved = await ask(world, { ...asking, amount: euros(4_00n) });
  const how = { means: typedCard(POOR_PAN), number: CAROL_NUMBER };
  assert.equal((await bring(world, await beginWithCode(world, proved.payment.id, how))).status, 200);
  const tooMuch = await ask(world, { ...asking, amount: euros(29_00n) });
  const refused = await begin(world, tooMuch.payment.id, { means: typedCard(POOR_PAN) });
  assert.deepEqual([refused.ok, refused.ok || refused.refusal], [false, 'bank_declined']);
  const counted = await world.database.store.sql<{ payments: number }[]>`
    select payments from exemption_counter where payer = ${carol}`;
  assert.deepEqual(counted[0]?.payments, 0);
  assert.equal((await payWithout(asking, POOR_PAN))?.exemption, 'low_value');
  await checkPayments(world);
});

test('RTS 13: the tick on the page works with the right code, and with no wrong one', async () => {
  const asking = { payer: { subscriberId: world.alice }, payee: 'Bookshop', amount: euros(45_00n) };
  const first = await ask(world, asking);
  const said = new Promise<string>((resolve) => {
    const stop = world.handsets.subscribe(ALICE_NUMBER, ({ text }) => {
      stop();
      resolve(text);
    });
  });
  const asked = await beginWithCode(world, first.payment.id, { trustsPayee: true });
  assert.match(await said, /^Pay EUR 45\.00 to Bookshop: pay without a code from now on/);
  const wrong = asked.code.startsWith('1') ? `2${asked.code.slice(1)}` : `1${asked.code.slice(1)}`;
  assert.notEqual((await bring(world, asked, wrong)).status, 200);
  assert.equal(await payWithout(asking), null);
  assert.equal((await bring(world, asked)).status, 200);
  assert.equal((await payWithout(asking))?.exemption, 'trusted_payee');
  assert.equal(await payWithout({ ...asking, payee: 'Another bookshop' }), null);
  await checkPayments(world);
});

test('B7: who was asked for no code is told what was debited', async () => {
  const told = new Promise<string>((resolve) => {
    const stop = world.handsets.subscribe(ALICE_NUMBER, ({ text }) => {
      if (!text.startsWith('EUR 46.00 ')) return;
      stop();
      resolve(text);
    });
  });
  const asking = { payer: { subscriberId: world.alice }, payee: 'Bookshop', amount: euros(46_00n) };
  assert.equal((await payWithout(asking))?.exemption, 'trusted_payee');
  const text = await told;
  assert.ok(text.startsWith(`EUR 46.00 to Bookshop debited from card ...${ALICE_PAN.slice(-4)}`), text);
  assert.ok(!text.includes('#'), text);
});

test('RTS 13: by the API too, a payee comes on the list and goes by a right code only', async () => {
  const path = `/v1/subscribers/${world.alice}/trusted-payees`;
  const asking = { payer: { subscriberId: world.alice }, payee: 'Cinema', amount: euros(60_00n) };
  const change = async (trusted: boolean) => {
    const arriving = nextCode(world, ALICE_NUMBER);
    const opened = await world.call('POST', path, { payee: 'Cinema', trusted });
    assert.equal(opened.status, 201, opened.text);
    const { secret } = opened.body['session'] as { secret: string };
    return { id: String(opened.body['id']), secret, code: await arriving };
  };
  const listed = async () => {
    const { items } = (await world.call('GET', path)).body as { items: { payee: string }[] };
    return items.map(({ payee }) => payee);
  };
  const comes = await change(true);
  assert.equal((await listed()).includes('Cinema'), false);
  assert.equal((await verify(world, comes)).status, 200);
  assert.equal((await listed()).includes('Cinema'), true);
  assert.equal((await payWithout(asking))?.exemption, 'trusted_payee');
  const cancelled = await change(false);
  assert.equal((await world.call('POST', `/v1/confirmations/${cancelled.id}/cancellation`)).status, 200);
  assert.equal((await listed()).includes('Cinema'), true);
  assert.equal((await verify(world, await change(false))).status, 200);
  assert.equal((await listed()).includes('Cinema'), false);
  assert.equal(await payWithout(asking), null);
  const stranger = await world.call(
    'POST',
    '/v1/subscribers/sub_00000000000000000000000000/trusted-payees',
    {},
  );
  assert.equal(stranger.status, 404);
});

test('RTS 14: a subscription is paid with one code, and asks again for another amount', async () => {
  const asking = {
    payer: { subscriberId: world.alice },
    payee: 'Gazette',
    series: 'gazette',
    amount: euros(39_00n),
  };
  await pay(world, asking);
  assert.equal(await payWithout(asking), null, 'not twice on one day');
  await world.database.advanceClock(31 * 24 * 3_600_000);
  assert.equal((await payWithout(asking))?.exemption, 'recurring');
  assert.equal(await payWithout({ ...asking, amount: euros(49_00n) }), null);
  await checkPayments(world);
});

test('P10, S17: a dry run says what policy would do and why, and moves nothing', async () => {
  const asked = { amount: { value: '12.00', currency: 'EUR' }, subscriber: world.alice, payee: 'Bookshop' };
  const before = await counters();
  const unproved = await asAdmin('POST', '/v1/payment-decisions', asked);
  assert.equal(unproved.status, 200, unproved.text);
  assert.deepEqual([unproved.body['decision'], unproved.body['reason']], ['code', 'no_rule_applies']);
  const considered = unproved.body['considered'] as { rule: string; verdict: string; why: string }[];
  assert.deepEqual(
    considered.map(({ rule, verdict }) => `${rule} ${verdict}`),
    ['recurring code', 'trusted_payee code', 'low_value code', 'low_risk off'],
  );
  assert.match(considered[1]?.why ?? '', /never confirmed a payment from this card/);
  assert.deepEqual([unproved.body['bankAsked'], unproved.body['statement']], ['before', 'exempt']);
  assert.deepEqual(await counters(), before);
});

test('P10, S8: a card is the same one typed and on file, and nothing that is kept of it is its number', async () => {
  const asking = { payer: { subscriberId: world.alice }, payee: 'Bookshop', amount: euros(31_00n) };
  const { payment } = await ask(world, { ...asking, payee: 'Florist' });
  const kept = await beginWithCode(world, payment.id, { means: typedCard(ALICE_PAN, { keep: true }) });
  assert.equal((await bring(world, kept)).status, 200);
  const { items } = (await world.call('GET', `/v1/subscribers/${world.alice}/cards`)).body as {
    items: { token: string }[];
  };
  const token = must(items[0]?.token, 'the card is on file');
  const run = await asAdmin('POST', '/v1/payment-decisions', {
    amount: { value: '31.00', currency: 'EUR' },
    subscriber: world.alice,
    payee: 'Bookshop',
    card: token,
  });
  assert.deepEqual([run.body['decision'], run.body['reason']], ['exempt', 'trusted_payee']);
  const filed = await ask(world, asking);
  const begun = await begin(world, filed.payment.id, { means: { kind: 'card_on_file', token } });
  assert.ok(begun.ok);
  assert.deepEqual(begun.value, { next: 'done', state: 'completed' });
  const proved = await world.database.store.sql<{ instrument: string }[]>`
    select instrument from exemption_means where payer = ${world.alice}`;
  assert.deepEqual(
    proved.map(({ instrument }) => /^[0-9a-f]{64}$/.test(instrument)),
    [true],
  );
});

test('S14: policy and dry runs are the administrator’s, and a document says where it is wrong', async () => {
  for (const [method, path] of [
    ['GET', '/v1/payment-policy'],
    ['PUT', '/v1/payment-policy'],
    ['POST', '/v1/payment-decisions'],
  ] as const) {
    const body = method === 'GET' ? undefined : {};
    assert.equal((await world.call(method, path, body)).status, 403, path);
  }
  const lax = await asAdmin('PUT', '/v1/payment-policy', { rules: { lowValue: { each: { EUR: '31.00' } } } });
  assert.equal(lax.status, 400, lax.text);
  assert.match(lax.text, /lowValue/);
  const kept = await asAdmin('GET', '/v1/payment-policy');
  assert.deepEqual(kept.body['rules'], { lowValue: {}, trustedPayees: true, recurring: {} });
  const amount = { value: '1.00', currency: 'EUR' };
  const strangers = [
    { amount, subscriber: 'sub_00000000000000000000000000' },
    { amount, client: 'cli_unknown' },
    { amount, subscriber: world.alice, card: 'crd_00000000000000000000000000' },
  ];
  for (const asked of strangers) {
    const answer = await asAdmin('POST', '/v1/payment-decisions', asked);
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
  }
});

test('an erased payer leaves no trace of what he paid', async () => {
  assert.equal((await asAdmin('DELETE', `/v1/subscribers/${carol}`)).status, 204);
  const left = (await counters()).filter(({ payer }) => payer === carol);
  assert.equal(left.length, 0);
});

async function counters() {
  const rows = await world.database.store.sql<{ payer: string; payments: number }[]>`
    select payer, payments from exemption_counter order by payer`;
  return rows.map(({ payer, payments }) => ({ payer, payments }));
}
