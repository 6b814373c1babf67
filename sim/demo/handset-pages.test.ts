import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { findBarriers, openBrowser, openSite, type Site } from '../../test/browser.ts';
import { systemRandom } from '../../src/std/random.ts';
import { openWebAssets } from '../../src/web/assets.ts';
import { createHandsets } from '../handset.ts';
import { createDemo, type DemoClient } from './app.ts';
import { openDemoAssets } from './assets.ts';
import { DOORS } from './doors.ts';
import { createHandsetPages } from './handset-pages.ts';
import { intranetPage, refusedPage, transferPage } from './views.ts';

const NUMBER = '+33612345612';
const TEXT = 'Sign in to Acme intranet. Code 482913, for localhost only.\n@localhost #482913';

const handsets = createHandsets();
const assets = openWebAssets();
const app = new Hono();
app.route('/', assets.routes);
app.route('/', createHandsetPages({ handsets, assets, https: false, known: [NUMBER] }));

let browser: Browser;
let site: Site;

before(async () => {
  [browser, site] = await Promise.all([openBrowser(), openSite(app)]);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

const receive = (to: string, text: string) =>
  handsets.receive({ from: 'Acme', to, text, at: 1_760_000_000_000 });

test('P4: a message appears on the open phone as it arrives, in clear, with its code', async () => {
  const page = await browser.newPage();
  await page.goto(`${site.origin}/handset`);
  await page.getByText('No messages yet').waitFor();
  receive(NUMBER, TEXT);
  await page.getByText('Sign in to Acme intranet').waitFor();
  assert.equal(await page.locator('.sms-code').innerText(), '482913');
  assert.equal(await page.locator('.sms-origin').innerText(), '@localhost #482913');
  receive(NUMBER, 'Without a code.');
  await page.getByText('Without a code.').waitFor();
  assert.equal(await page.locator('.sms').count(), 2);
  assert.deepEqual(await findBarriers(page), []);
  await page.close();
});

test('P4: without a script the messages are there on loading, and each number has its own', async () => {
  receive('+447700900123', 'Hello <b>Bob</b>');
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${site.origin}/handset`);
  assert.equal(await page.getByText('Hello').count(), 0);
  await page.getByRole('link', { name: '+447700900123' }).click();
  assert.equal(await page.locator('.sms-text').innerText(), 'Hello <b>Bob</b>');
  await context.close();
});

test('a code is copied by one press', async () => {
  receive(NUMBER, TEXT);
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await page.goto(`${site.origin}/handset`);
  await page.getByRole('button', { name: 'Copy the code' }).last().click();
  await page.getByText('Copied').waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), '482913');
  await context.close();
});

test('axe finds nothing on the pages of the demo, light and dark, on a phone and on a desktop', async () => {
  const look = { web: assets, demo: openDemoAssets() };
  const granted = { confirmation: 'cnf_1', identifier: 'alice', formToken: 'token' };
  const demo = new Hono();
  const client: DemoClient = { open: unused, get: unused, receipt: unused };
  demo.route('/', assets.routes);
  demo.get('/intranet', (c) => c.html(intranetPage(look, granted)));
  demo.get('/transfer', (c) => c.html(transferPage(look, granted)));
  demo.get('/refused', (c) => c.html(refusedPage(look, DOORS.intranet, 'locked', '/c/1')));
  demo.route(
    '/',
    createDemo({
      client,
      publicUrl: 'http://127.0.0.1',
      assets,
      random: systemRandom,
      identifier: 'alice',
      number: null,
      mailbox: '/mail/cli_1',
      form: '/declare/frm_1',
      shop: null,
    }),
  );
  await using served = await openSite(demo);
  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 390],
  ] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 844 } });
    const page = await context.newPage();
    for (const path of ['/demo', '/intranet', '/transfer', '/refused']) {
      await page.goto(served.origin + path);
      assert.deepEqual(await findBarriers(page), [], `${path} ${colorScheme}`);
      assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), path);
    }
    await context.close();
  }
});

function unused(): never {
  throw new Error('this test opens nothing');
}
