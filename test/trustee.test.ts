/** Figure 10: the operator approves what his subscriber buys, bills him at the end of the period, pays the merchant. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVault } from '../src/payment/card/vault.ts';
import { systemClock } from '../src/std/clock.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import { sleep } from '../src/std/timer.ts';
import { findBarriers, openBrowser } from './browser.ts';
import {
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
  untilQuiet,
  type PaymentWorld,
} from './payment-kit.ts';
import type { Answer } from './world.ts';

const TRUSTEE = { means: { kind: 'trustee' } } as const;

function admin(world: PaymentWorld, method: string, path: string, body?: unknown): Promise<Answer> {
  return world.call(method, path, body, { authorization: `Bearer ${world.adminKey}` });
}

async function moveOn(world: PaymentWorld): Promise<string> {
  const rows = await world.database.store.sql<{ now: Date }[]>`select clock_now() as now`;
  const now = rows[0]?.now ?? new Date(0);
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 2);
  await world.database.advanceClock(next - now.getTime());
  return now.toISOString().slice(0, 7);
}

/** EUR 500 in all, and above EUR 100 the bank of her card is asked. */
async function makeContracts(world: PaymentWorld): Promise<void> {
  const { tenantId, clientId } = world.caller;
  const { keys } = world.config;
  const vault = createVault({
    sql: world.database.store.sql,
    keys,
    clock: systemClock,
    random: systemRandom,
  });
  const owner = { tenantId, subscriberId: world.alice, onceFor: null };
  const kept = await vault.keep(null, owner, { pan: new Secret(ALICE_PAN), expiry: '3012' });
  assert.ok(kept.ok);
  const path = `/v1/trustee/buyers/${world.alice}/EUR`;
  const cardToken = kept.value.token;
  const made = await admin(world, 'PUT', path, { cardToken, limit: '500.00', bankAbove: '100.00' });
  assert.equal(made.status, 200, made.text);
  const fees = { steps: [{ upTo: '300.00', basisPoints: 200 }, { basisPoints: 100 }], perPayment: '0.10' };
  const merchant = await admin(world, 'PUT', `/v1/trustee/merchants/${clientId}/EUR`, fees);
  assert.equal(merchant.status, 200, merchant.text);
}

async function untilDone(world: PaymentWorld, period: string): Promise<Answer> {
  const path = `/v1/trustee/periods/${period}`;
  for (let i = 0; i < 400; i++) {
    const answer = await admin(world, 'GET', path);
    if (answer.body['stage'] === 'done') return answer;
    await sleep(25);
  }
  return assert.fail('the run never ended');
}

test('fig. 10, B4: approved to the merchant with the address, billed and paid out at the end of the period', async () => {
  await using world = await openPaymentWorld();
  await makeContracts(world);
  // Small: no bank is asked (test 1006), and nothing is taken before the end of the period.
  const small = await pay(world, { amount: euros(2_500n) }, TRUSTEE);
  assert.equal(small.state, 'completed');
  assert.equal(small.payerAddress, '+33612345678');
  assert.equal(world.host.books.entries().length, 0);
  // Above the amount: the bank of her card authorises first, and is given it back when the code was right.
  const large = await pay(world, { amount: euros(31_240n) }, TRUSTEE);
  assert.equal(large.state, 'completed');
  await untilQuiet(world);
  const [entry, ...others] = world.host.books.entries();
  assert.deepEqual([entry?.state, entry?.takenMinor, others.length], ['reversed', 0n, 0]);
  const refunded = await world.server.payments.refund(world.caller, large.id, euros(1_240n));
  assert.ok(refunded.ok);
  const period = await moveOn(world);
  for (let i = 0; i < 3; i++) {
    const run = await admin(world, 'POST', `/v1/trustee/periods/${period}/run`);
    assert.equal(run.status, 202, run.text);
  }
  const done = await untilDone(world, period);
  const [totals] = done.body['totals'] as Record<string, unknown>[];
  assert.deepEqual(
    [totals?.['billed'], totals?.['collected'], totals?.['gross']],
    ['325.00', '325.00', '325.00'],
  );
  assert.equal(totals?.['fees'], '6.45');
  const bills = await admin(world, 'GET', `/v1/trustee/periods/${period}/bills`);
  const [bill] = bills.body['items'] as Record<string, unknown>[];
  assert.deepEqual([bill?.['amount'], bill?.['state'], bill?.['tries']], ['325.00', 'paid', 1]);
  const csv = await admin(world, 'GET', `/v1/trustee/bills/${String(bill?.['id'])}?format=csv`);
  assert.match(csv.text, /,312\.40,EUR,/);
  assert.match(csv.text, /,-12\.40,EUR,/);
  // The limit is free again.
  const again = await pay(world, { amount: euros(9_900n) }, TRUSTEE);
  assert.equal(again.state, 'completed');
  // A merchant reads its own payouts, and no bills.
  const own = await world.call('GET', `/v1/trustee/periods/${period}/payouts`);
  const [payout] = own.body['items'] as Record<string, unknown>[];
  assert.deepEqual([payout?.['paid'], payout?.['payments']], ['318.55', 2]);
  assert.equal((await world.call('GET', `/v1/trustee/periods/${period}/bills`)).status, 403);
  await checkPayments(world);
  await readInChromium(world, period);
});

/** The operator's statement, on a desk and in a hand. */
async function readInChromium(world: PaymentWorld, period: string): Promise<void> {
  await using browser = await openBrowser();
  const page = await browser.newPage();
  const made = await admin(world, 'POST', '/v1/trustee/links');
  assert.equal(made.status, 201, made.text);
  const link = new URL(String(made.body['url']));
  await page.goto(`${world.url}/operator`);
  assert.doesNotMatch(await page.content(), /2026|202[7-9]/, 'nobody is let in without a link');
  await page.goto(`${world.url}${link.pathname}${link.search}`);
  assert.equal(new URL(page.url()).pathname, '/operator', 'the key does not stay in the address');
  await page.locator(`a[href="/operator/periods/${period}"]`).click();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    assert.deepEqual(await findBarriers(page), []);
    const wider = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    assert.equal(wider, 0, 'nothing is wider than the page');
  }
  const text = await page.locator('main').innerText();
  assert.match(text, /No bill is unpaid/);
  assert.match(text, /EUR.325\.00[^]*EUR.6\.45[^]*EUR.318\.55/);
  await page.locator('a[href^="/operator/bills/"]').first().click();
  await page.goto(`${page.url()}?lang=fr`);
  assert.match(await page.locator('main').innerText(), /Facture[^]*se terminant par[^]*À payer[^]*325,00/);
  assert.deepEqual(await findBarriers(page), []);
  const href = await page.locator('a[href*=".pdf"]').getAttribute('href');
  const pdf = await page.request.get(`${world.url}${href}`);
  assert.equal((await pdf.body()).subarray(0, 5).toString('latin1'), '%PDF-');
  await page.goto(`${world.url}/operator/periods/${period}`);
  await page.locator('a[href^="/operator/payouts/"]').click();
  assert.match(await page.locator('main').innerText(), /Payout note[^]*2 payments/);
}

test('fig. 10: no contract, over the limit, and a bank that says no, before any code', async () => {
  await using world = await openPaymentWorld();
  const first = await ask(world);
  const none = await begin(world, first.payment.id, TRUSTEE);
  assert.equal(none.ok ? 'begun' : none.refusal, 'no_contract');
  await makeContracts(world);
  const much = await ask(world, { amount: euros(50_001n) });
  const over = await begin(world, much.payment.id, TRUSTEE);
  assert.equal(over.ok ? 'begun' : over.refusal, 'contract_limit');
  const card = world.host.books.card(ALICE_PAN);
  assert.ok(card);
  card.refusal = '51';
  const declined = await begin(world, first.payment.id, TRUSTEE);
  assert.equal(declined.ok ? 'begun' : declined.refusal, 'bank_declined');
  const asked = await world.database.store.sql`select 1 from confirmation`;
  assert.equal(asked.length, 0, 'no code was sent');
  await admin(world, 'DELETE', `/v1/trustee/buyers/${world.alice}/EUR`);
  const ended = await begin(world, first.payment.id, TRUSTEE);
  assert.equal(ended.ok ? 'begun' : ended.refusal, 'no_contract');
  await checkPayments(world);
});

test('fig. 10: a wrong code leaves nothing owed, and what is confirming counts against the limit', async () => {
  await using world = await openPaymentWorld();
  await makeContracts(world);
  const one = await ask(world, { amount: euros(9_000n) });
  const asked = await beginWithCode(world, one.payment.id, TRUSTEE);
  const held = await ask(world, { amount: euros(45_000n) });
  const refused = await begin(world, held.payment.id, TRUSTEE);
  assert.equal(refused.ok ? 'begun' : refused.refusal, 'contract_limit');
  for (let i = 0; i < 5; i++) await bring(world, asked, '0000000000');
  await untilQuiet(world);
  assert.equal((await look(world, one.payment.id)).state, 'refused');
  const period = await moveOn(world);
  await admin(world, 'POST', `/v1/trustee/periods/${period}/run`);
  const done = await untilDone(world, period);
  assert.deepEqual(done.body['totals'], []);
  await checkPayments(world);
});
