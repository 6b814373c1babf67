import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser, Page } from 'playwright-core';
import { findBarriers, hasFocus, openBrowser, openSite, type Site } from '../../../test/browser.ts';
import { LANGUAGES } from '../../std/language.ts';
import { openWebAssets } from '../../web/assets.ts';
import { securityHeaders } from '../../web/security-headers.ts';
import { payPage } from './page-view.ts';
import { NOTHING_TYPED, type PayForm, type PayView } from './view.ts';

/** The page's script in a real browser. The site behind it shows this view, and keeps what is posted. */
let view: PayView;
let posts: Record<string, unknown>[];
let browser: Browser;
let site: Site;
let page: Page;

const FORM: PayForm = {
  payer: 'named',
  cards: [],
  bill: false,
  trust: false,
  mayBeExempt: false,
  typed: NOTHING_TYPED,
  errors: {},
  notice: null,
};
const VIEW: PayView = {
  id: 'pay_1',
  language: 'en',
  state: 'created',
  reason: null,
  clientName: 'Acme',
  payee: 'Acme',
  amount: { value: '312.40', currency: 'EUR' },
  completed: null,
  refunded: null,
  description: null,
  reference: null,
  card: null,
  onBill: false,
  authCode: null,
  exemption: null,
  codePath: null,
  returnUrl: null,
  form: FORM,
  formToken: 'token',
};

before(async () => {
  browser = await openBrowser();
  const assets = openWebAssets();
  const app = new Hono();
  app.route('/', assets.routes);
  app.use(securityHeaders({ https: false }));
  app.get('/p/pay_1', (c) => c.html(payPage(view, assets)));
  app.post('/p/pay_1/:name', async (c) => {
    posts.push({ ...(await c.req.parseBody()) });
    return c.redirect('/p/pay_1', 303);
  });
  site = await openSite(app);
  page = await browser.newPage();
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

beforeEach(() => {
  view = VIEW;
  posts = [];
});

const open = () => page.goto(`${site.origin}/p/pay_1`);
const number = () => page.inputValue('#number');

test('B1: a number is set in groups while it is typed, in those of its brand, and keeps its caret', async () => {
  await open();
  await page.locator('#number').pressSequentially('4111-1111 11111111');
  assert.equal(await number(), '4111 1111 1111 1111');
  await page.getByText('Visa', { exact: true }).waitFor();
  await page.locator('#number').fill('');
  await page.locator('#number').pressSequentially('378282246310005');
  assert.equal(await number(), '3782 822463 10005');
  await page.getByText('American Express', { exact: true }).waitFor();
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('7');
  assert.equal(await number(), '3782 822467 10005', 'what is mended in the middle stays in the middle');
});

test('B1: month and year are spread out, however they are typed; deleting is let be', async () => {
  for (const [typed, shown] of [
    ['0329', '03 / 29'],
    ['3/29', '03 / 29'],
    ['03/2029', '03 / 2029'],
    ['1230', '12 / 30'],
  ] as const) {
    await open();
    await page.locator('#expiry').pressSequentially(typed);
    assert.equal(await page.inputValue('#expiry'), shown);
  }
  for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace');
  assert.equal(await page.inputValue('#expiry'), '12 ');
});

test('what is wrong is said beside its field, taken back when mended, and nothing is sent meanwhile', async () => {
  await open();
  await page.locator('#number').pressSequentially('4111111111111112');
  await page.locator('#expiry').pressSequentially('0120');
  await page.locator('#code').pressSequentially('12');
  await page.getByRole('button', { name: 'Pay EUR 312.40' }).click();
  await page.getByText('This is no card number: look for a digit that is wrong or missing.').waitFor();
  await page.getByText('This card has expired. Use another one.').waitFor();
  await page.getByText('It has 3 digits, or 4 on American Express.').waitFor();
  await hasFocus(page, 'number');
  assert.equal(await page.getAttribute('#number', 'aria-describedby'), 'number-error');
  assert.equal(await page.getAttribute('#code', 'aria-describedby'), 'code-error code-hint');
  assert.deepEqual(await findBarriers(page), []);
  assert.equal(posts.length, 0);
  await page.locator('#number').fill('4111 1111 1111 1111');
  await page.locator('#expiry').fill('01 / 40');
  await page.locator('#code').fill('123');
  assert.equal(await page.locator('.field-error').count(), 0);
  assert.equal(await page.getAttribute('#number', 'aria-invalid'), null);
});

test('the form is sent once, however often the button is pressed; what it waits for is said', async () => {
  await open();
  await page.locator('#number').fill('4111111111111111');
  await page.locator('#expiry').fill('01/40');
  await page.locator('#code').fill('123');
  const shownAnew = page.waitForEvent('load');
  await page.evaluate(`(() => {
    const button = document.querySelector('.pay-go button');
    button.click();
    button.click();
  })()`);
  await shownAnew;
  assert.deepEqual(posts, [
    {
      form_token: 'token',
      means: 'card',
      card_number: '4111 1111 1111 1111',
      card_expiry: '01 / 40',
      card_code: '123',
    },
  ]);
  assert.equal(await number(), '', 'S8: the page that follows has none of it');
});

test('B2: a card on file is sent without looking at fields that are not asked', async () => {
  view = {
    ...VIEW,
    form: { ...FORM, cards: [{ token: 'crd_1', text: 'Visa ···· 1234', expires: '03/29' }] },
  };
  await open();
  assert.equal(await page.locator('#number').isVisible(), false);
  await page.getByLabel('Another card').check();
  await hasFocus(page, 'number');
  await page.getByLabel(/1234/).check();
  const shownAnew = page.waitForEvent('load');
  await page.getByRole('button', { name: 'Pay EUR 312.40' }).click();
  await shownAnew;
  assert.equal(posts[0]?.['means'], 'crd_1');
});

test('U2: the page holds for everybody, in each language and state', async () => {
  const card = { token: 'crd_1', text: 'Visa ···· 1234', expires: '03/29' };
  const form: PayForm = {
    ...FORM,
    payer: 'asked',
    cards: [card],
    bill: true,
    trust: true,
    mayBeExempt: false,
    typed: { ...NOTHING_TYPED, means: 'card' },
    errors: { who: 'unknown', number: 'malformed', expiry: 'expired', code: 'missing' },
    notice: 'check_fields',
  };
  const views: Partial<PayView>[] = [
    { form },
    { state: 'executing' },
    { state: 'completed', card: card.text, authCode: '482913', completed: VIEW.amount },
    { state: 'refused', reason: 'time_passed', returnUrl: 'https://acme.example/' },
  ];
  await page.setViewportSize({ width: 360, height: 700 });
  for (const language of LANGUAGES) {
    for (const more of language === 'en' ? views : views.slice(0, 1)) {
      view = { ...VIEW, ...more, language };
      await open();
      const what = `${language} ${view.state}`;
      assert.deepEqual(await findBarriers(page), [], what);
      const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(spill <= 0, `${what}: ${spill} px too wide`);
    }
  }
});

test('U2: while a bank is asked, a browser without scripts looks again by itself', async () => {
  view = { ...VIEW, state: 'executing' };
  const text = await (await fetch(`${site.origin}/p/pay_1`)).text();
  assert.match(text, /<noscript\s*><meta http-equiv="refresh" content="3; url=\/p\/pay_1\?lang=en"\s*\/>/);
  view = { ...VIEW, state: 'completed' };
  assert.doesNotMatch(await (await fetch(`${site.origin}/p/pay_1`)).text(), /http-equiv="refresh"/);
});
