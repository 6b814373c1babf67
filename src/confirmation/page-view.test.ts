import { LANGUAGES, type Language } from '../std/language.ts';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { findBarriers, openBrowser, openSite, type Site } from '../../test/browser.ts';
import { openWebAssets } from '../web/assets.ts';
import { securityHeaders } from '../web/security-headers.ts';
import type { Act } from './act.ts';
import { actLine, amountText } from './act-view.ts';
import { confirmationPage } from './page-view.ts';
import { type ConfirmationState, type ConfirmationView } from './view.ts';

const STATES: readonly ConfirmationState[] = [
  'opened',
  'sent',
  'confirmed',
  'locked',
  'expired',
  'cancelled',
];
const NOTICES = ['refused', 'wait', 'resent'] as const;
const DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
const ACCOUNT = 'FR7630006000011234567890189';

const ACTS: readonly Act[] = [
  {
    purpose: 'transfer',
    amount: { value: '312.40', currency: 'EUR' },
    payee: { name: 'Acme', account: ACCOUNT },
    debtorAccount: 'DE89370400440532013000',
  },
  { purpose: 'access', resource: 'Acme intranet' },
  { purpose: 'payment', amount: { value: '1200', currency: 'JPY' }, payee: { name: 'Sakura & Söhne' } },
  {
    purpose: 'order',
    amount: { value: '123456789012.34', currency: 'EUR' },
    payee: { name: 'Lamp House' },
    items: [
      { name: 'Lamp, brass', quantity: 2 },
      { name: 'Oak shelf 120 cm', quantity: 12 },
    ],
  },
  { purpose: 'order', items: [{ name: 'Lamp, brass', quantity: 1 }], text: 'On Friday' },
  {
    purpose: 'send_message',
    contentDigest: DIGEST,
    text: 'Notice of termination',
    payee: { name: 'Bob Berger' },
  },
  { purpose: 'message', contentDigest: DIGEST, text: 'The tax office' },
  { purpose: 'declaration', contentDigest: DIGEST },
  { purpose: 'bind_address' },
];

function viewOf(part: Partial<ConfirmationView>): ConfirmationView {
  return {
    id: 'cnf_00abc',
    language: 'en',
    state: 'sent',
    act: ACTS[0] ?? { purpose: 'bind_address' },
    clientName: 'Acme Bank',
    sentTo: '+33 6 •• •• •• 12',
    digits: 8,
    nowMs: 1_760_000_000_000,
    expiresAtMs: 1_760_000_272_000,
    resendAtMs: 1_760_000_041_000,
    notice: null,
    waitSeconds: null,
    returnUrl: 'https://bank.example/back',
    formToken: 'a-form-token',
    ...part,
  };
}

const assets = openWebAssets();
const render = (part: Partial<ConfirmationView>) => confirmationPage(viewOf(part), assets).toString();

test('M1: every detail of every act is on the page, in every language', () => {
  for (const language of LANGUAGES) {
    for (const act of ACTS) {
      const text = textOf(render({ act, language }));
      const parts = [
        act.amount ? amountText(act.amount, language) : '',
        act.payee?.name ?? '',
        act.payee?.account ? 'FR76 3000 6000 0112 3456 7890 189' : '',
        act.debtorAccount ? 'DE89 3704 0044 0532 0130 00' : '',
        act.resource ?? '',
        act.text ?? '',
        act.contentDigest ? '9f86 d081 884c 7d65 9a2f eaa0' : '',
        ...(act.items ?? []).flatMap(({ name, quantity }) => [name, `${quantity} ×`]),
      ];
      for (const part of parts) assert.ok(text.includes(part), `${language} ${act.purpose}: ${part}`);
    }
  }
});

test('M1: an amount is written by the rules of the language, with all its decimals and its code', () => {
  const rows = [
    ['en', '312.40', 'EUR', 'EUR 312.40'],
    ['fr', '312.40', 'EUR', '312,40 EUR'],
    ['de', '1234567.00', 'EUR', '1.234.567,00 EUR'],
    ['es', '0.05', 'USD', '0,05 USD'],
    ['en', '1200', 'JPY', 'JPY 1,200'],
    ['en', '1.125', 'IQD', 'IQD 1.125'],
    ['en', '999999999999999.99', 'EUR', 'EUR 999,999,999,999,999.99'],
  ] as const;
  for (const [language, value, currency, expected] of rows)
    assert.equal(amountText({ value, currency }, language), expected);
});

test('the title says the act, who asks, and when something went wrong', () => {
  assert.equal(actLine(viewOf({}).act, 'de'), 'Überweisung 312,40 EUR an Acme');
  assert.match(render({}), /<title>Transfer EUR 312\.40 to Acme · Acme Bank<\/title>/);
  assert.match(render({ notice: 'refused' }), /<title>Not accepted: Transfer/);
  assert.match(render({ state: 'confirmed' }), /<title>Confirmed · Transfer/);
});

test('S18: what comes from outside is escaped, and a way back is a web address or nothing', () => {
  const act: Act = { purpose: 'access', resource: '<script>alert(1)</script>"' };
  const page = render({ act, clientName: '"><b>x</b>', sentTo: '<i>+33' });
  assert.doesNotMatch(page, /<script>|<b>x|<i>\+/);
  const end = render({ state: 'confirmed', returnUrl: 'javascript:alert(1)' });
  assert.doesNotMatch(end, /javascript:/);
  assert.match(render({ state: 'confirmed' }), /href="https:\/\/bank\.example\/back"/);
});

test('S18: nothing inline, and every form carries its token', () => {
  for (const state of STATES) {
    const page = render({ state });
    assert.doesNotMatch(page, /<style|style=|\son\w+=|<script(?! type="module" src="\/assets\/)/, state);
    const forms = page.match(/<form[^]*?<\/form>/g) ?? [];
    assert.equal(forms.length, state === 'opened' || state === 'sent' ? 4 : 0, state);
    for (const form of forms) {
      assert.match(form, /method="post"/);
      assert.match(form, /name="form_token" value="a-form-token"/);
    }
  }
});

test('S5: the notice of a refusal says the same whatever was wrong', () => {
  const text = textOf(render({ notice: 'refused' }));
  assert.match(text, /That did not work/);
  assert.doesNotMatch(text, /wrong code|too late|expired|session|blocked|unknown/i);
});

test('without a script the page says until when the code works, and when a new one may be asked for', () => {
  const text = textOf(render({}));
  assert.match(text, /The code works until 08:57:52 UTC/);
  assert.match(text, /Possible in 41 s/);
  assert.match(textOf(render({ resendAtMs: null })), /No further code can be sent/);
});

let browser: Browser;
let site: Site;

before(async () => {
  browser = await openBrowser();
  const app = new Hono();
  app.route('/', assets.routes);
  app.use(securityHeaders({ https: false }));
  app.get('/c/:id/events', (c) => c.body('retry: 600000\n\n', 200, { 'Content-Type': 'text/event-stream' }));
  app.get('/page', (c) => c.html(render({})));
  site = await openSite(app);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

/**
 * Opens the first of the views as a page, and then puts the others in its place, as axe takes long to load.
 */
async function lookAtAll(
  parts: readonly Partial<ConfirmationView>[],
  colorScheme: 'light' | 'dark',
  width: number,
): Promise<void> {
  const context = await browser.newContext({
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width, height: 844 },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${site.origin}/page`);
  for (const part of parts) {
    await page.evaluate(SHOW, render(part));
    const name = `${part.language} ${part.state} ${part.notice} ${part.act?.purpose} ${colorScheme} ${width}`;
    assert.deepEqual(await findBarriers(page), [], name);
    assert.ok(
      await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth'),
      `${name}: too wide`,
    );
  }
  assert.deepEqual(complaints, []);
  await context.close();
}

const SHOW = `(text) => {
  const shown = new DOMParser().parseFromString(text, 'text/html');
  document.documentElement.lang = shown.documentElement.lang;
  document.title = shown.title;
  document.body.replaceWith(shown.body);
}`;

function everyState(language: Language): Partial<ConfirmationView>[] {
  return [
    ...STATES.map((state) => ({ language, state })),
    ...NOTICES.map((notice) => ({ language, state: 'sent' as const, notice, waitSeconds: 30 })),
  ];
}

for (const language of LANGUAGES) {
  test(`axe finds nothing in any state, in ${language}, and nothing is wider than the screen`, async () => {
    await lookAtAll(everyState(language), language === 'en' || language === 'de' ? 'light' : 'dark', 390);
  });
}

test('axe finds nothing for any act, in the dark, on a small phone', async () => {
  await lookAtAll(
    ACTS.map((act, i) => ({ act, digits: 6 + (i % 5), resendAtMs: null })),
    'dark',
    320,
  );
});

test('axe finds nothing on a desktop, light', async () => {
  await lookAtAll([{}, { state: 'confirmed', sentTo: null, returnUrl: null }], 'light', 1280);
});

function textOf(page: string): string {
  return page
    .slice(page.indexOf('<main'))
    .replace(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .replace(/[^\S\u00a0\u202f]+/g, ' ');
}
