/** A declaration as a citizen makes it and an office reads it: two browsers, two phones, no script needed. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createSubscriber } from '../src/directory/manage.ts';
import { receiptInPdf } from '../src/evidence/attached.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { LANGUAGES } from '../src/std/language.ts';
import { freePort } from './free-port.ts';
import { findBarriers, hasFocus, openBrowser } from './browser.ts';
import { CHANGE_OF_ADDRESS } from './declaration-form.ts';
import { openWorld, type World } from './world.ts';

const ALICE = { username: 'alice', name: 'Alice Martin', number: '+33639980112' };
const CLERK = { username: 'clerk', name: 'Carla Amtmann', number: '+33639980113' };
const MALLORY = { username: 'mallory', name: 'Mallory', number: '+33639980115' };
type Somebody = { readonly username: string; readonly number: string };

/** Where to keep pictures of every page, for a person to look at. */
const PICTURES = process.env['PICTURES'];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

let world: World;
let browser: Browser;
let origin: string;
let formId: string;
let form: string;

before(async () => {
  browser = await openBrowser();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  world = await openWorld({ environment: { PORT: String(port), PUBLIC_URL: origin } });
  const ids: string[] = [];
  for (const { username, name, number } of [ALICE, CLERK, MALLORY]) {
    const made = await createSubscriber(
      { sql: world.server.store.sql },
      world.tenantId,
      {
        name,
        language: 'en',
        identifiers: [{ kind: 'username', value: username }],
        addresses: [{ channel: 'sms', value: number, vouched: true }],
      },
      'test',
    );
    assert.ok(made.ok, JSON.stringify(made));
    ids.push(made.value.id);
  }
  const staff = [ids[1] ?? ''];
  const made = await world.call(
    'POST',
    '/v1/forms',
    { ...CHANGE_OF_ADDRESS, staff },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  formId = String(made.body['id']);
  form = `${origin}/declare/${formId}`;
  assert.equal(made.body['page'], form);
});

after(async () => {
  await browser.close();
  await world[Symbol.asyncDispose]();
});

type Visit = { readonly context: BrowserContext; readonly page: Page; readonly name: string };

async function visit(name: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  return { context, page: await context.newPage(), name };
}

async function look({ page, name }: Visit, what: string): Promise<void> {
  assert.deepEqual(await findBarriers(page), [], `${name}, ${what}`);
  const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  assert.ok(spill <= 0, `${name}, ${what}: ${spill} px too wide`);
  if (PICTURES)
    await page.screenshot({ path: join(PICTURES, `declare-${name}-${what}.png`), fullPage: true });
}

async function fill({ page }: Visit): Promise<void> {
  await page.getByLabel('Full name').fill('Alice Martin');
  await page.getByLabel('New street and number').fill('12 Rue des Lilas');
  await page.getByLabel('New postcode').fill('75011');
  await page.getByLabel('Living there since').fill('2026-11-01');
  await page.getByLabel('For family').check();
  await page.getByLabel('All this is true.').check();
}

const next = ({ page }: Visit) => page.getByRole('button', { name: 'Check my answers' }).click();

/** From the review to the receipt. */
async function confirm(seen: Visit, somebody: Somebody): Promise<string> {
  const { page } = seen;
  const fingerprint = (await page.locator('.fingerprint').innerText()).replaceAll(' ', '-');
  await page.getByLabel('Who are you?').fill(somebody.username);
  const arriving = world.handsets.next(somebody.number);
  await page.getByRole('button', { name: 'Send me the code' }).click();
  const { text } = await arriving;
  assert.match(text, /^Submit the declaration "Change of address", fingerprint /);
  assert.ok(text.includes(fingerprint), `${text} has ${fingerprint}`);
  await bringCode(seen, somebody);
  await page.waitForURL(/\/receipts\/dcl_/);
  return text;
}

async function bringCode({ page }: Visit, somebody: Somebody): Promise<void> {
  await page.waitForURL(/\/c\/cnf_[0-9a-z]{26}/);
  const code = world.handsets.lastCode(somebody.number);
  assert.ok(code);
  await page.locator('input[name=code]').fill(code);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Back to Acme Bank' }).click();
}

async function signIn({ page }: Visit, somebody: Somebody): Promise<void> {
  await page.getByLabel('Who are you?').fill(somebody.username);
  const arriving = world.handsets.next(somebody.number);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await arriving;
}

/** Says all that is wrong, keeps what was typed, and leads to each field. */
async function makeErrors(seen: Visit): Promise<void> {
  const { page } = seen;
  await page.getByLabel('Full name').fill('Alice "Ali" <Martin>');
  await page.getByLabel('New postcode').fill('7501');
  await page.getByLabel('Mail address').fill('alice');
  for (const service of ['Water', 'Waste', 'School']) await page.getByLabel(service).check();
  await next(seen);
  const summary = page.getByRole('alert');
  await summary.waitFor();
  await look(seen, 'errors');
  assert.match(await page.title(), /^7 answers need your attention/);
  await hasFocus(page, 'problems');
  assert.equal(await page.getByLabel('Full name').inputValue(), 'Alice "Ali" <Martin>');
  assert.equal(await page.getByLabel('School').isChecked(), true);
  const postcode = page.getByLabel('New postcode');
  const told = (await postcode.getAttribute('aria-describedby'))?.split(' ') ?? [];
  const texts = await Promise.all(told.map((id) => page.locator(`#${id}`).innerText()));
  assert.match(texts.join(' '), /Five digits\..*not written in the form that is asked for/s);
  await summary.getByRole('link', { name: /^New postcode/ }).click();
  await hasFocus(page, 'field-postcode');
  await summary.getByRole('link', { name: /Why do you move/ }).click();
  await hasFocus(page, 'field-reason-0');
}

async function checkProofs(seen: Visit): Promise<void> {
  const { page } = seen;
  const [json, pdf] = await Promise.all([
    seen.context.request.get(page.url().replace(/\?.*/, '/receipt.json')),
    seen.context.request.get(page.url().replace(/\?.*/, '/certificate.pdf')),
  ]);
  const verified = await verifyReceipt(await json.text(), {});
  assert.ok(verified.ok, JSON.stringify(verified));
  assert.match(await json.text(), /12 Rue des Lilas/);
  const inside = await receiptInPdf(await pdf.body());
  assert.ok(inside.ok);
  assert.equal(JSON.parse(inside.value).subject, JSON.parse(await json.text()).subject);
}

/** In another browser the link alone shows nothing. */
async function openElsewhere(
  { page, name }: Visit,
  options: Parameters<Browser['newContext']>[0],
): Promise<void> {
  const other = await visit(`${name}-other`, options);
  await other.page.goto(page.url());
  await look(other, 'receipt-sign-in');
  assert.doesNotMatch(await other.page.content(), /Lilas/);
  await signIn(other, MALLORY);
  await bringCode(other, MALLORY);
  await other.page.getByLabel('Who are you?').waitFor();
  assert.doesNotMatch(await other.page.content(), /Lilas/);
  await signIn(other, ALICE);
  await bringCode(other, ALICE);
  await other.page.getByText('12 Rue des Lilas').waitFor();
  await other.context.close();
}

for (const [name, options] of [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' as const }],
] as const) {
  test(`M9 U3: from an empty form, over its errors, to a numbered receipt that verifies offline (${name})`, async () => {
    const seen = await visit(name, { ...options, javaScriptEnabled: true });
    const { page } = seen;
    await page.goto(form);
    await look(seen, 'form');
    assert.equal(await page.getByLabel('How many people move').inputValue(), '1');
    assert.equal(await page.getByLabel('New postcode').getAttribute('autocomplete'), 'postal-code');

    await makeErrors(seen);
    await fill(seen);
    await page.getByLabel('Mail address').fill('alice@example.org');
    await page.getByLabel('Surface in square metres').fill('64,5');
    await page.getByLabel('Anything else').fill('Thank you.\n  <b>Two</b> lines.');
    await page.getByLabel('School').uncheck();
    await next(seen);
    await page.locator('.fingerprint').waitFor();
    await look(seen, 'review');
    const shown = await page.locator('main').innerText();
    for (const part of [
      '12 Rue des Lilas',
      '64.5',
      'For family',
      'Water',
      '<b>Two</b> lines.',
      'not answered',
    ])
      assert.ok(shown.includes(part), part);

    // Nothing is lost on the way back.
    await page.getByRole('button', { name: 'Change my answers' }).click();
    assert.equal(await page.getByLabel('New street and number').inputValue(), '12 Rue des Lilas');
    assert.equal(await page.getByLabel('For family').isChecked(), true);
    await next(seen);

    await page.getByLabel('Who are you?').fill('nobody');
    await page.getByRole('button', { name: 'Send me the code' }).click();
    await page.getByRole('alert').waitFor();
    await look(seen, 'nobody');
    await confirm(seen, ALICE);
    await look(seen, 'receipt');
    const receipt = await page.locator('main').innerText();
    assert.match(receipt, /Your declaration was received/);
    assert.match(receipt, name === 'desktop' ? /2\d{3}-000001/ : /2\d{3}-000002/);

    await checkProofs(seen);
    await openElsewhere(seen, options);
    await seen.context.close();
  });
}

test('M9: without a script, in four languages, light and dark', async () => {
  for (const language of LANGUAGES) {
    for (const colorScheme of language === 'fr' ? (['light', 'dark'] as const) : (['light'] as const)) {
      const seen = await visit(`${language}-${colorScheme}`, { colorScheme, locale: language });
      const { page } = seen;
      await page.goto(form);
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      const titles = { en: 'Change of address', fr: 'Changement', de: 'Adressänderung', es: 'Cambio' };
      assert.ok((await page.locator('h1').innerText()).includes(titles[language]));
      await look(seen, 'form');
      await page.locator('form.declare-form button').click();
      await page.locator('#problems').waitFor();
      await look(seen, 'errors');
      await page.locator('#field-name').fill('Álvaro Müller');
      await page.locator('#field-street').fill('Straße 1');
      await page.locator('#field-postcode').fill('75011');
      await page.locator('#field-since').fill('2026-11-01');
      await page.locator('#field-reason-0').check();
      await page.locator('#field-truth').check();
      await page.locator('form.declare-form button').click();
      await page.locator('.fingerprint').waitFor();
      await look(seen, 'review');
      await seen.context.close();
    }
  }
  const still = await visit('no-script', { javaScriptEnabled: false });
  await still.page.goto(form);
  await fill(still);
  await next(still);
  await confirm(still, ALICE);
  assert.match(await still.page.locator('main').innerText(), /-000003/);
  await still.context.close();
});

test('M9: the staff of a form reads what was declared, and nobody else does', async () => {
  for (const [name, options] of [
    ['inbox', {}],
    ['inbox-phone', { ...PHONE, colorScheme: 'dark' as const }],
  ] as const) {
    const seen = await visit(name, options);
    const { page } = seen;
    await page.goto(`${form}/inbox`);
    await look(seen, 'sign-in');
    await signIn(seen, CLERK);
    await bringCode(seen, CLERK);
    const newest = page.locator('.declare-list a').first();
    await newest.waitFor();
    await look(seen, 'list');
    assert.match(await newest.innerText(), /-000003$/);
    await page.getByRole('link', { name: /-000002$/ }).click();
    await page.getByText('12 Rue des Lilas').waitFor();
    await look(seen, 'declaration');
    const certificate = page.url().replace(/\?.*/, '/certificate.pdf');
    const pdf = await seen.context.request.get(certificate);
    assert.equal(pdf.headers()['content-type'], 'application/pdf');
    await page.getByRole('link', { name: 'All declarations' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Who are you?').waitFor();
    await seen.context.close();
  }
  const stranger = await visit('inbox-stranger');
  await stranger.page.goto(`${form}/inbox`);
  await signIn(stranger, MALLORY);
  await bringCode(stranger, MALLORY);
  await stranger.page.getByText('This is not for you').waitFor();
  await look(stranger, 'refused');
  await stranger.context.close();
});
