import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { card, openBankPair, simCard, type BankPair } from '../test/bank-pair.ts';
import { findBarriers, openBrowser, openSite, type Site } from '../test/browser.ts';
import { systemRandom } from '../src/std/random.ts';
import { openWebAssets } from '../src/web/assets.ts';
import { createBankPages } from './bank-pages.ts';

let pair: BankPair;
let browser: Browser;
let site: Site;

before(async () => {
  pair = await openBankPair({ host: { cards: [simCard(), simCard({ pan: '4000000000000002' })] } });
  const assets = openWebAssets();
  const app = new Hono();
  app.route('/', assets.routes);
  app.route('/', createBankPages({ host: pair.host, assets, https: false, random: systemRandom }));
  [browser, site] = await Promise.all([openBrowser(), openSite(app)]);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
  await pair[Symbol.asyncDispose]();
});

test('the bank is looked at and steered: a card is refused, the next message is lost, and all is well again', async () => {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/bank`);
  await page.getByText('It behaves well.').waitFor();
  const row = page.getByRole('row').filter({ hasText: '4000 0000 0000 0002' });
  await row.getByLabel('It is').selectOption('43');
  await row.getByRole('button', { name: 'Set' }).click();
  await page.waitForLoadState();
  const stolen = await pair.bank.authorise(pair.request({ card: card('4000000000000002') }));
  assert.ok(stolen.outcome === 'declined' && stolen.code === '43');
  await page.getByLabel('The bank', { exact: true }).selectOption('lost');
  await page.getByLabel('Of messages').selectOption('01');
  await page.getByRole('button', { name: 'Do so' }).click();
  await page.getByText('The bank never gets the message: authorisations, 1 times.').waitFor();
  assert.equal((await pair.bank.authorise(pair.request())).outcome, 'unknown');
  await page.getByLabel('Of messages').selectOption('04');
  await page.getByRole('button', { name: 'Do so' }).click();
  await page.getByRole('button', { name: 'Behave well again' }).click();
  await page.getByText('It behaves well.').waitFor();
  assert.equal((await pair.bank.authorise(pair.request())).outcome, 'approved');
  await page.getByRole('link', { name: 'Look again' }).click();
  await page.getByRole('cell', { name: 'authorised' }).waitFor();
  await page.getByText('0100 2=497010******7890').first().waitFor();
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 });
    assert.deepEqual(await findBarriers(page), []);
    assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'));
  }
  await page.close();
});

test('S18: another site cannot steer it', async () => {
  const steer = (headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(`${site.origin}/bank/rules`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
  const page = await (await fetch(`${site.origin}/bank`)).text();
  const token = /name="form_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
  const wish = 'behaviour=silent&mti=01&times=';
  await steer({}, wish);
  await steer({ 'sec-fetch-site': 'cross-site' }, `${wish}&form_token=${token}`);
  await steer({ 'sec-fetch-site': 'same-origin' }, `behaviour=constructor&mti=01&times=&form_token=${token}`);
  assert.deepEqual(pair.host.rules, []);
  await steer({ 'sec-fetch-site': 'same-origin' }, `${wish}&form_token=${token}`);
  assert.deepEqual(pair.host.rules, [{ behaviour: 'silent', mti: '01' }]);
  pair.host.behaveWell();
});
