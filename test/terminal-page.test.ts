/** Figure 9 in a browser: the terminal on the counter, the code on the telephone, the ticket of paper. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser, Page } from 'playwright-core';
import { createTerminalPages } from '../sim/terminal-pages.ts';
import { must } from '../src/std/assert.ts';
import { systemClock } from '../src/std/clock.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import { inGroupsOfFour } from '../src/web/components.ts';
import { openWebAssets } from '../src/web/assets.ts';
import { findBarriers, openBrowser, openSite, type Site } from './browser.ts';
import { ALICE_NUMBER, ALICE_PAN, untilQuiet } from './payment-kit.ts';
import { nextCode, until } from './security-kit.ts';
import { aliceLeftMinor, clearCounter, openCounter, TERMINAL, type TerminalWorld } from './terminal-kit.ts';

let world: TerminalWorld;
let browser: Browser;
let site: Site;
let page: Page;

before(async () => {
  browser = await openBrowser();
  world = await openCounter();
  const assets = openWebAssets();
  const app = new Hono();
  app.route('/', assets.routes);
  app.route(
    '/',
    createTerminalPages({
      ...TERMINAL,
      port: () => must(world.server.terminals, 'terminals may connect').port,
      key: new Secret(world.key),
      cards: () => world.host.books.cards(),
      handset: '/handset',
      assets,
      https: false,
      random: systemRandom,
      clock: systemClock,
      answerWithinMs: 2_000,
    }),
  );
  site = await openSite(app);
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${site.origin}/terminal`);
});

afterEach(() => clearCounter(world));

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function looksWell(): Promise<void> {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    assert.deepEqual(await findBarriers(page), []);
    assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'));
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

async function charge(amount: string): Promise<void> {
  await page.getByLabel('Amount in euros').fill(amount);
  await page.getByRole('button', { name: 'Charge this amount' }).click();
  await page.getByText('Insert your card').waitFor();
}

async function insert(): Promise<void> {
  await page.getByRole('button', { name: inGroupsOfFour(ALICE_PAN) }).click();
}

/** Card in, and the code that came. */
async function sell(amount: string): Promise<string> {
  await charge(amount);
  const arriving = nextCode(world, ALICE_NUMBER);
  await insert();
  await page.getByText('Code sent to +33 6').waitFor();
  return arriving;
}

async function keyIn(code: string): Promise<void> {
  await page.getByLabel('Code from the phone').fill(code);
  await page.getByRole('button', { name: 'OK' }).click();
}

async function says(text: string): Promise<void> {
  await page.getByRole('status').getByText(text).waitFor();
}

async function nextCustomer(): Promise<void> {
  await page.getByRole('button', { name: 'Next customer' }).click();
  await says('Ready');
}

async function countPayments(): Promise<number> {
  const [row] = await world.database.store.sql<{ n: number }[]>`select count(*)::int as n from payment`;
  return must(row, 'a count').n;
}

const leftMinor = (): bigint => aliceLeftMinor(world);

test('B3, fig. 9: the merchant keys the amount, the card goes in, the code is keyed digit by digit, the ticket comes out', async () => {
  await looksWell();
  await page.getByLabel('Amount in euros').fill('nothing');
  await page.getByRole('button', { name: 'Charge this amount' }).click();
  await says('Amount?');
  const code = await sell('312.40');
  await looksWell();
  await page.getByRole('button', { name: '7', exact: true }).click();
  await page.getByRole('button', { name: 'Correct' }).click();
  for (const digit of code) await page.getByRole('button', { name: digit, exact: true }).click();
  assert.equal(await page.getByLabel('Code from the phone').inputValue(), code);
  await page.getByRole('button', { name: 'OK' }).click();
  await says('Approved');
  const ticket = must(await page.getByRole('region', { name: 'Ticket' }).textContent(), 'a ticket');
  assert.match(ticket, /Acme Bakery/);
  assert.match(ticket, /AMOUNT +EUR 312\.40/);
  assert.match(ticket, /CONFIRMED BY CODE/);
  await looksWell();
  assert.ok(!(await page.content()).includes(code), 'the code is on no page any more');
  await nextCustomer();
});

test('the PIN is asked for where the merchant wants it, and the code all the same', async () => {
  const before = leftMinor();
  await page.getByLabel('It asks for the PIN as well').check();
  await page.getByRole('button', { name: 'Set' }).click();
  await charge('20,00');
  await insert();
  await says('Your PIN');
  await looksWell();
  const arriving = nextCode(world, ALICE_NUMBER);
  await page.getByLabel('PIN', { exact: true }).fill('4321');
  await page.getByRole('button', { name: 'OK' }).click();
  await keyIn(await arriving);
  await says('Approved');
  await nextCustomer();
  await untilQuiet(world);
  assert.equal(leftMinor(), before - 2_000n);
  await page.getByLabel('It asks for the PIN as well').uncheck();
  await page.getByRole('button', { name: 'Set' }).click();
});

test('the bank declines: no code is asked for', async () => {
  const sent = world.handsets.messages(ALICE_NUMBER).length;
  must(world.host.books.card(ALICE_PAN), 'Alice has a card').refusal = '51';
  await charge('15');
  await insert();
  await says('Not enough money');
  assert.equal(world.handsets.messages(ALICE_NUMBER).length, sent);
  await nextCustomer();
});

test('a wrong code may be mended; five of them end the sale, and nothing is paid', async () => {
  const before = leftMinor();
  const code = await sell('40.00');
  const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
  await keyIn(wrong);
  await says('Wrong code. 4 tries left.');
  await looksWell();
  for (const left of [3, 2, 1]) {
    await keyIn(wrong);
    await says(`${left} tries left.`);
  }
  await keyIn(wrong);
  await says('Too many wrong codes');
  await nextCustomer();
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
  await world.database.store.sql`delete from guard`;
});

test('the customer walks away, or the paper is out: nobody pays for nothing', async () => {
  const before = leftMinor();
  await sell('50.00');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await says('Cancelled');
  await nextCustomer();
  await page.getByLabel('There is paper in it').uncheck();
  await page.getByRole('button', { name: 'Set' }).click();
  await keyIn(await sell('60.00'));
  await says('No paper. The payment was undone');
  await nextCustomer();
  await page.getByLabel('There is paper in it').check();
  await page.getByRole('button', { name: 'Set' }).click();
  await untilQuiet(world);
  assert.equal(leftMinor(), before);
});

test('an answer is lost on its way: the terminal asks again, and there is one code and one payment', async () => {
  const before = leftMinor();
  const sent = world.handsets.messages(ALICE_NUMBER).length;
  await page.getByLabel('The next answer gets lost').check();
  await page.getByRole('button', { name: 'Set' }).click();
  await keyIn(await sell('80.00'));
  await says('Approved');
  assert.equal(world.handsets.messages(ALICE_NUMBER).length, sent + 1);
  await nextCustomer();
  await untilQuiet(world);
  assert.equal(leftMinor(), before - 8_000n);
});

test('too late: the code pays nothing', async () => {
  const before = leftMinor();
  const code = await sell('70.00');
  await world.database.advanceClock(11 * 60_000);
  await keyIn(code);
  await says('Too late. Start again');
  await nextCustomer();
  await until('the bank gives it back', () => (leftMinor() === before ? true : null));
  await untilQuiet(world);
  assert.equal(leftMinor(), before, 'and nothing is taken again');
});

test('S18: another site cannot press its keys', async () => {
  const payments = await countPayments();
  for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }]) {
    const pressed = await fetch(`${site.origin}/terminal/amount`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: 'amount=1.00',
    });
    await pressed.body?.cancel();
  }
  await page.reload();
  await says('Ready');
  assert.equal(await page.getByText('Insert your card').count(), 0);
  assert.equal(await countPayments(), payments);
});
