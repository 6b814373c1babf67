import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { LANGUAGES } from '../src/std/language.ts';
import { openLogKeys, type LogKeys } from '../src/evidence/key.ts';
import { verifyPages } from '../src/evidence/verify-page/routes.ts';
import { VERIFY_TEXTS } from '../src/evidence/verify-page/texts.ts';
import { createApp } from '../src/http/app.ts';
import { certificatePdf } from '../src/message/certificate.ts';
import { openWebAssets } from '../src/web/assets.ts';
import { findBarriers, openBrowser, openSite, type Site } from './browser.ts';
import { silent, testKeys, testMasterKey } from './evidence.ts';
import { certificateInput, MESSAGE_EVENTS, MESSAGE_ID, receiptFor } from './receipts.ts';

/** The public page in Chromium: what it says of receipts that hold, that do not, and of another log. */
const PICTURES = process.env['PICTURES'];
const MB = 1024 * 1024;
const EN = VERIFY_TEXTS.en;

let browser: Browser;
let site: Site;
let receipt: string;
let pdf: Uint8Array;

before(async () => {
  browser = await openBrowser();
  const keys = await testKeys();
  receipt = await receiptFor(MESSAGE_ID, MESSAGE_EVENTS);
  pdf = await certificatePdf(certificateInput(receipt));
  const assets = openWebAssets();
  const verify = verifyPages({ keys, assets, publicUrl: 'http://localhost', tsaCa: null });
  const app = createApp({
    log: silent,
    trustedHops: 0,
    asOutage: (error) => error,
    bodyLimits: [verify.bodyLimit],
  });
  app.route('/', verify.routes);
  app.route('/', assets.routes);
  site = await openSite(app);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

type Options = Parameters<Browser['newContext']>[0];
const LOOKS: readonly (readonly [name: string, options: Options])[] = [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', isMobile: true }],
];

async function visit(options: Options = {}, query = ''): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${site.origin}/verify${query}`);
  return { context, page };
}

async function hand(page: Page, name: string, content: string | Uint8Array): Promise<void> {
  const mimeType = name.endsWith('pdf') ? 'application/pdf' : 'application/json';
  await page.locator('#file').setInputFiles({ name, mimeType, buffer: Buffer.from(content) });
  await page.locator('.verify-form button').click();
}

async function look(page: Page, name: string): Promise<void> {
  assert.deepEqual(await findBarriers(page), [], name);
  assert.ok(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'), name);
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `verify-${name}.png`), fullPage: true });
}

const heading = (page: Page) => page.locator('h1').innerText();

/** A log of any name, by keys of somebody's own. */
function foreignKeys(origin: string): Promise<LogKeys> {
  return openLogKeys({ origin, masterKeys: [testMasterKey('another')] });
}

for (const [name, options] of LOOKS) {
  test(`M5: a receipt that this log signed is green, and says what happened (${name})`, async () => {
    const { context, page } = await visit(options);
    await look(page, `${name}-form`);
    await hand(page, 'receipt.json', receipt);
    assert.equal(await heading(page), EN.verdict.own[0]);
    assert.equal(await page.locator('.verdict--good').count(), 1);
    assert.equal(await page.locator('.check--fails').count(), 0);
    const said = await page.locator('.records').innerText();
    assert.match(said, /4 March 2026, 14:26:52 UTC/);
    assert.match(said, /The content was handed over to the addressee/);
    assert.match(said, /ContentHandover · entry 5/);
    assert.match(said, /Κωνσταντίνος Παπαδόπουλος/);
    await look(page, `${name}-own`);
    await context.close();
  });

  test(`M5: one that was altered is red, and shows nothing of it as true (${name})`, async () => {
    const { context, page } = await visit(options);
    await hand(page, 'receipt.json', receipt.replace('Ada Lovelace', 'Ada Lovelock'));
    assert.equal(await heading(page), EN.verdict.fails[0]);
    assert.equal(await page.locator('.verdict--bad').count(), 1);
    assert.ok((await page.locator('.check--fails').allInnerTexts()).join().includes(EN.contents.fails));
    assert.equal(await page.locator('.records').count(), 0);
    await look(page, `${name}-altered`);
    await context.close();
  });

  test(`M5: a certificate is taken for the receipt inside of it, and that is said (${name})`, async () => {
    const { context, page } = await visit(options);
    await hand(page, 'certificate.pdf', pdf);
    assert.equal(await heading(page), EN.verdict.own[0]);
    assert.ok((await page.locator('.verdict').innerText()).includes(EN.ofPdf));
    await look(page, `${name}-pdf`);
    await context.close();
  });

  test(`M5: a receipt of another log is neither, and the page says what that means (${name})`, async () => {
    const { context, page } = await visit(options);
    const keys = await foreignKeys('elsewhere.example/log');
    await hand(page, 'receipt.json', await receiptFor(MESSAGE_ID, MESSAGE_EVENTS, { keys }));
    assert.equal(await heading(page), EN.verdict.other[0]);
    assert.equal(await page.locator('.verdict--neither').count(), 1);
    assert.match(await page.locator('.verdict').innerText(), /from the log elsewhere\.example\/log/);
    await look(page, `${name}-other`);
    await context.close();
  });

  test(`what is no receipt is neither, nor is nothing at all (${name})`, async () => {
    const { context, page } = await visit(options);
    await page.locator('.verify-form button').click();
    await page.getByRole('alert').waitFor();
    assert.ok((await page.getByRole('alert').innerText()).includes(EN.verdict.nothing[0]));
    await look(page, `${name}-nothing`);
    await hand(page, 'holiday.pdf', '%PDF-1.7 nothing here');
    assert.equal(await heading(page), EN.verdict.unreadable[0]);
    assert.match(await page.locator('.verdict').innerText(), /No file is attached/);
    await look(page, `${name}-unreadable`);
    await context.close();
  });
}

test('a log that took our name but has not our key is red', async () => {
  const { context, page } = await visit();
  const { origin } = await testKeys();
  const forged = await receiptFor(MESSAGE_ID, MESSAGE_EVENTS, { keys: await foreignKeys(origin) });
  await hand(page, 'receipt.json', forged);
  assert.equal(await page.locator('.verdict--bad').count(), 1);
  assert.match(await page.locator('.verdict').innerText(), /no key of this log signed it/);
  await look(page, 'impostor');
  await context.close();
});

test('M5: it works without a script', async () => {
  const { context, page } = await visit({ javaScriptEnabled: false });
  await hand(page, 'certificate.pdf', pdf);
  assert.equal(await heading(page), EN.verdict.own[0]);
  await context.close();
});

test('a receipt can be pasted, also without a script, and what it says is only text', async () => {
  const { context, page } = await visit({ javaScriptEnabled: false });
  const [first, ...others] = MESSAGE_EVENTS;
  assert.ok(first);
  const subject = '<img src=x onerror=alert(1)>';
  const events = [{ ...first, opened: { subject } }, ...others];
  await page.locator('.paste summary').click();
  await page.locator('#text').fill(await receiptFor(MESSAGE_ID, events));
  await page.locator('.verify-form button').click();
  assert.equal(await heading(page), EN.verdict.own[0]);
  assert.ok((await page.locator('.records').innerText()).includes(subject));
  assert.equal(await page.locator('.records img').count(), 0);
  await context.close();
});

test('in each language, by the switch and by the browser', async () => {
  for (const language of LANGUAGES) {
    const texts = VERIFY_TEXTS[language];
    const { context, page } = await visit({ locale: language, viewport: { width: 390, height: 844 } });
    assert.equal(await heading(page), texts.title);
    await hand(page, 'receipt.json', receipt);
    assert.equal(await heading(page), texts.verdict.own[0]);
    assert.equal(await page.locator('html').getAttribute('lang'), language);
    await look(page, `language-${language}`);
    await page.goto(`${site.origin}/verify?lang=${language === 'de' ? 'fr' : 'de'}`);
    assert.equal(await heading(page), VERIFY_TEXTS[language === 'de' ? 'fr' : 'de'].title);
    await context.close();
  }
});

test('S18: the page is strict, keeps nothing, and looking at it changes nothing (S19)', async () => {
  for (const method of ['GET', 'POST']) {
    const answer = await fetch(`${site.origin}/verify`, { method });
    assert.match(
      answer.headers.get('content-security-policy') ?? '',
      /default-src 'none'; script-src 'self'/,
    );
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(answer.headers.get('set-cookie'), null);
    assert.doesNotMatch(await answer.text(), /<script|style=|onclick/);
  }
});

test('S20: what is too large is answered with the page, at once, and 5 MB are taken', async () => {
  const { context, page } = await visit();
  await hand(page, 'large.json', Buffer.alloc(5 * MB, ' '));
  assert.equal(await heading(page), EN.verdict.unreadable[0]);
  await page.goto(`${site.origin}/verify`);
  await hand(page, 'large.json', Buffer.alloc(6 * MB, ' '));
  await page.getByRole('alert').waitFor();
  assert.ok((await page.getByRole('alert').innerText()).includes(EN.verdict.tooLarge[0]));
  await look(page, 'too-large');
  await context.close();
  const refused = await fetch(`${site.origin}/verify`, { method: 'POST', body: Buffer.alloc(6 * MB) });
  assert.equal(refused.status, 413);
  assert.match(refused.headers.get('content-security-policy') ?? '', /default-src 'none'/);
});

test('S20: bodies that are no form are answered like an empty one', async () => {
  for (const [type, body] of [
    ['multipart/form-data', 'x'],
    ['multipart/form-data; boundary=a', '--a\r\nContent-Disposition: form-data; name="file"\r\n'],
    ['application/json', receipt],
    ['text/plain', 'file=1'],
  ] as const) {
    const answer = await fetch(`${site.origin}/verify`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    assert.equal(answer.status, 422, type);
  }
});
