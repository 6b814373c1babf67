import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page, Response as PageAnswer } from 'playwright-core';
import { withCheckDigit } from '../sim/card-number.ts';
import { freePort } from './free-port.ts';
import { findBarriers, openBrowser } from './browser.ts';
import {
  ALICE_NUMBER,
  ALICE_PAN,
  aliceCard,
  checkPayments,
  openPaymentWorld,
  type PaymentWorld,
} from './payment-kit.ts';

/** The hosted payment page in a browser: figures 7 and 8 as a payer sees them, and what he is refused. */
const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const, isMobile: true };
const REFUSED_PAN = withCheckDigit('497010999999999');
const SECURITY_CODE = '737';
const PICTURES = process.env['PICTURES'];

let world: PaymentWorld;
let browser: Browser;
let origin: string;

before(async () => {
  browser = await openBrowser();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  world = await openPaymentWorld({
    host: { cards: [aliceCard(), aliceCard({ pan: REFUSED_PAN, refusal: '51' })] },
    world: { environment: { PORT: String(port), PUBLIC_URL: origin } },
  });
});

after(async () => {
  await browser.close();
  await checkPayments(world);
  await world[Symbol.asyncDispose]();
});

type Seen = { readonly context: BrowserContext; readonly page: Page; readonly name: string };

async function visit(name: string, options: Parameters<Browser['newContext']>[0] = DESKTOP): Promise<Seen> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  // The merchant's site, where the page sends the payer back to.
  await context.route('https://bank.example/**', (route) => route.fulfill({ body: 'the shop' }));
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => assert.fail(`${name}: ${error.message}`));
  return { context, page, name };
}

/** Looks at the page as axe does; no card data may be in it, nor in its address (S8). */
async function look({ page, name }: Seen, what: string): Promise<void> {
  if (!name.startsWith('plain')) {
    // Where the page may run no script, axe may not either.
    assert.deepEqual(await findBarriers(page), [], `${name}, ${what}`);
    const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    assert.ok(spill <= 0, `${name}, ${what}: ${spill} px too wide`);
  }
  const shown = `${await page.content()} ${page.url()}`;
  for (const pan of [ALICE_PAN, REFUSED_PAN]) assert.ok(!shown.includes(pan), 'S8: no number in the page');
  assert.ok(!new RegExp(`value="${SECURITY_CODE}"`).test(shown), 'S8: no security code in the page');
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `pay-${name}-${what}.png`), fullPage: true });
}

type Made = { readonly id: string; readonly page: string };

async function order(more: object = {}): Promise<Made> {
  const made = await world.call('POST', '/v1/payments', {
    amount: { value: '312.40', currency: 'EUR' },
    payee: 'Acme',
    reference: 'order 4711',
    description: 'Two tickets, row 7',
    returnUrl: 'https://bank.example/orders?n=4711',
    ...more,
  });
  assert.equal(made.status, 201, made.text);
  return { id: String(made.body['id']), page: String(made.body['page']) };
}

async function stateOf(id: string): Promise<unknown> {
  return (await world.call('GET', `/v1/payments/${id}`)).body['state'];
}

async function typeCard({ page }: Seen, pan = ALICE_PAN, more: { expiry?: string } = {}): Promise<void> {
  await page.getByLabel('Card number').pressSequentially(pan);
  await page.getByLabel('Expiry date').pressSequentially(more.expiry ?? '1230');
  await page.getByLabel('Security code').fill(SECURITY_CODE);
}

const payButton = ({ page }: Seen) => page.getByRole('button', { name: 'Pay EUR 312.40' });

/** Presses the button, and types the code that comes, on the page of the code. */
async function payAndConfirm(seen: Seen): Promise<string> {
  const { page } = seen;
  const arriving = world.handsets.next(ALICE_NUMBER);
  await payButton(seen).click();
  await page.waitForURL(/\/c\/cnf_/);
  const { text } = await arriving;
  const code = world.handsets.lastCode(ALICE_NUMBER);
  assert.ok(code);
  const answers: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') page.on('response', note);
  });
  function note(answer: PageAnswer): void {
    if (answer.request().isNavigationRequest())
      answers.push(`${answer.status()} ${new URL(answer.url()).pathname}`);
  }
  await page.locator('input[name=code]').fill(code);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/p\/pay_/);
  page.removeAllListeners('request');
  page.removeAllListeners('response');
  assert.match(answers.at(-1) ?? '', /^200 \/p\/pay_/);
  const ends = answers.filter((answer) => answer.startsWith('200 /c/'));
  assert.deepEqual(ends, [], 'who paid reads of one end, and that is the payment’s');
  return text;
}

async function backAtShop({ page }: Seen, { id }: Made, state: string): Promise<void> {
  await page.getByRole('link', { name: 'Back to Acme Bank' }).click();
  await page.waitForURL(/bank\.example/);
  const url = new URL(page.url());
  assert.deepEqual(Object.fromEntries(url.searchParams), { n: '4711', payment: id, state });
}

test('B1, fig. 7: a stranger to the merchant says who he is, pays by card, and goes back to the shop', async () => {
  const seen = await visit('card');
  const made = await order();
  await seen.page.goto(made.page);
  assert.equal(seen.page.url(), `${origin}/p/${made.id}`, 'the secret has left the address');
  await look(seen, 'form');
  await seen.page.getByLabel('Who are you?').fill('alice');
  await typeCard(seen);
  await seen.page.getByText('Visa', { exact: true }).waitFor();
  assert.match(await seen.page.inputValue('#number'), /^\d{4} \d{4} \d{4} \d{4}$/);
  const text = await payAndConfirm(seen);
  assert.match(text, /312\.40/, 'S6: the amount is in the message');
  assert.match(text, /Acme/, 'S6: and the payee');
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();
  await look(seen, 'paid');
  assert.equal(await stateOf(made.id), 'completed');
  await backAtShop(seen, made, 'completed');
  await seen.context.close();
});

test('B6: the bank says no before any code; another card is taken then', async () => {
  const seen = await visit('declined', PHONE);
  const made = await order();
  const before = world.handsets.messages(ALICE_NUMBER).length;
  await seen.page.goto(made.page);
  await seen.page.getByLabel('Who are you?').fill('alice');
  await typeCard(seen, REFUSED_PAN);
  await payButton(seen).click();
  await seen.page.getByText('Your bank said no').waitFor();
  await look(seen, 'said');
  assert.equal(world.handsets.messages(ALICE_NUMBER).length, before, 'no code was sent');
  assert.equal(await seen.page.inputValue('#number'), '', 'S8: what was typed of the card is gone');
  assert.equal(await seen.page.inputValue('#who'), 'alice');
  await typeCard(seen);
  await payAndConfirm(seen);
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();
  await look(seen, 'paid');
  await seen.context.close();
});

test('B2, fig. 8: without a script a card is kept; the next time it is chosen, by who is named only', async () => {
  const plain = { ...PHONE, javaScriptEnabled: false };
  const seen = await visit('plain', plain);
  const first = await order();
  await seen.page.goto(first.page);
  await payButton(seen).click();
  await seen.page.getByText('Say who you are.').waitFor();
  await seen.page.getByText('Enter the number of your card.').waitFor();
  await look(seen, 'empty');
  await seen.page.getByLabel('Who are you?').fill('alice');
  await typeCard(seen, `${ALICE_PAN.slice(0, -1)}${(Number(ALICE_PAN.at(-1)) + 1) % 10}`, {
    expiry: '01/20',
  });
  await payButton(seen).click();
  await seen.page.getByText('This is no card number: look for a digit that is wrong or missing.').waitFor();
  await seen.page.getByText('This card has expired. Use another one.').waitFor();
  await look(seen, 'wrong');
  await typeCard(seen);
  await seen.page.getByLabel('Keep this card for the next time').check();
  await payAndConfirm(seen);
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();

  const stranger = await order();
  await seen.page.goto(stranger.page);
  assert.doesNotMatch(
    await seen.page.locator('main').innerText(),
    /····/,
    'S14: whose cards they are is not told',
  );
  const named = await order({ payer: { id: world.alice } });
  await seen.page.goto(named.page);
  const kept = `Visa ···· ${ALICE_PAN.slice(-4)}`.replaceAll(' ', '\u00a0');
  await seen.page.getByLabel(kept).check();
  assert.equal(await seen.page.locator('#number').isVisible(), false);
  await look(seen, 'kept');
  await payAndConfirm(seen);
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();
  assert.equal((await world.call('GET', `/v1/payments/${named.id}`)).body['means'], 'card_on_file');
  await backAtShop(seen, named, 'completed');
  await seen.context.close();
});

test('B5: the bank is asked after the code; the page waits for it and goes on by itself', async () => {
  const seen = await visit('after');
  const made = await order({ bankAsked: 'after' });
  await seen.page.goto(made.page);
  await seen.page.getByLabel('Who are you?').fill('alice');
  await typeCard(seen);
  world.host.delay(400);
  await payAndConfirm(seen);
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();
  world.host.delay(0);
  assert.equal(await stateOf(made.id), 'completed');
  await seen.context.close();
});

test('fig. 7, 712: wrong codes refuse the payment; the page says so and leads back', async () => {
  const seen = await visit('wrong-codes');
  const made = await order();
  await seen.page.goto(`${made.page}&lang=fr`);
  await seen.page.getByLabel('Qui êtes-vous ?').fill('alice');
  await seen.page.getByLabel('Numéro de carte').pressSequentially(ALICE_PAN);
  await seen.page.getByLabel('Date d’expiration').pressSequentially('1230');
  await seen.page.getByLabel('Cryptogramme').fill(SECURITY_CODE);
  await look(seen, 'form-fr');
  const arriving = world.handsets.next(ALICE_NUMBER);
  await seen.page.getByRole('button', { name: /^Payer/ }).click();
  await seen.page.waitForURL(/\/c\/cnf_/);
  await arriving;
  await seen.page.getByRole('button', { name: 'Ce n’était pas moi' }).click();
  await seen.page.getByRole('link', { name: /^Revenir/ }).click();
  await seen.page.waitForURL(/\/p\/pay_/);
  await seen.page.getByRole('heading', { name: 'Non payé' }).waitFor();
  await look(seen, 'refused-fr');
  assert.equal(await stateOf(made.id), 'refused');
  await seen.context.close();
});

test('a payer who leaves the code comes back to his payment, and cancels it', async () => {
  const seen = await visit('cancelled');
  const made = await order();
  await seen.page.goto(made.page);
  await seen.page.getByLabel('Who are you?').fill('alice');
  await typeCard(seen);
  const arriving = world.handsets.next(ALICE_NUMBER);
  await payButton(seen).click();
  await seen.page.waitForURL(/\/c\/cnf_/);
  // The way to the code ends here, and no step of it interrupts the next.
  await seen.page.locator('input[name=code]').waitFor();
  await arriving;
  await seen.page.goto(`${origin}/p/${made.id}`);
  await seen.page.getByRole('link', { name: 'Enter the code' }).waitFor();
  await look(seen, 'confirming');
  await seen.page.getByRole('button', { name: 'Cancel' }).click();
  await seen.page.getByRole('heading', { name: 'Cancelled' }).waitFor();
  await look(seen, 'cancelled');
  assert.equal(await stateOf(made.id), 'cancelled');
  await backAtShop(seen, made, 'cancelled');
  await seen.context.close();
});

test('S21: a silent bank is said to be silent; nothing is debited, and it is tried again', async () => {
  const seen = await visit('silent', PHONE);
  const made = await order();
  await seen.page.goto(made.page);
  await seen.page.getByLabel('Who are you?').fill('alice');
  world.host.behave({ behaviour: 'silent', mti: '0100', times: 1 });
  await typeCard(seen);
  await payButton(seen).click();
  await seen.page.getByText('Your bank did not answer').waitFor();
  await look(seen, 'said');
  assert.equal(await stateOf(made.id), 'created');
  await typeCard(seen);
  await payAndConfirm(seen);
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();
  assert.equal(await stateOf(made.id), 'completed');
  await seen.context.close();
});

test('P10: who ticks it with a right code is asked for no code at this merchant the next time', async () => {
  const admin = { authorization: `Bearer ${world.adminKey}` };
  const written = await world.call('PUT', '/v1/payment-policy', { rules: { trustedPayees: true } }, admin);
  assert.equal(written.status, 200, written.text);
  const seen = await visit('trusted');
  const pay = async () => {
    const made = await order({ payer: { id: world.alice }, payee: 'Trusted Acme' });
    await seen.page.goto(made.page);
    await seen.page.getByLabel('Another card').check();
    await typeCard(seen);
    return made;
  };
  const tick = 'Ask me for no code at Trusted Acme from now on';
  await pay();
  for (let tries = 0; !(await seen.page.getByLabel(tick).isVisible()) && tries < 20; tries++) await pay();
  await seen.page.getByLabel(tick).check();
  await payAndConfirm(seen);
  await seen.page.getByRole('heading', { name: 'Paid' }).waitFor();
  const second = await pay();
  await payButton(seen).click();
  await seen.page.getByText('No code was needed for this payment.').waitFor();
  await look(seen, 'exempt');
  const view = await world.call('GET', `/v1/payments/${second.id}`);
  assert.deepEqual([view.body['state'], view.body['exemption']], ['completed', 'trusted_payee']);
  await seen.context.close();
});

test('S18, S19: without its secret, with another token, or from another site, the page does nothing', async () => {
  const made = await order();
  const bare = await fetch(`${origin}/p/${made.id}`);
  assert.equal(bare.status, 404);
  assert.equal((await fetch(`${origin}/p/${made.id}?session=guessed`)).status, 404);
  const opened = await fetch(made.page, { redirect: 'manual' });
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const page = await (await fetch(`${origin}/p/${made.id}`, { headers: { cookie } })).text();
  const token = /name="form_token"\s+value="([^"]+)"/.exec(page)?.[1];
  assert.ok(token);
  const post = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${origin}/p/${made.id}/cancellation`, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { cookie, ...headers },
      redirect: 'manual',
    });
    return answer.status;
  };
  assert.equal(await post({}), 404);
  assert.equal(await post({ form_token: `${token}x` }), 404);
  assert.equal(await post({ form_token: token }, { 'sec-fetch-site': 'cross-site' }), 404);
  assert.equal(await post({ form_token: token }, { cookie: '' }), 404);
  assert.equal(await stateOf(made.id), 'created');
  assert.equal(await post({ form_token: token }), 303);
  assert.equal(await stateOf(made.id), 'cancelled');
});
