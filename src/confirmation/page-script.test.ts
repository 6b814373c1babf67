import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Hono } from 'hono';
import { streamSSE, type SSEStreamingApi } from 'hono/streaming';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { hasFocus, openBrowser, openSite, type Site } from '../../test/browser.ts';
import { openWebAssets } from '../web/assets.ts';
import { securityHeaders } from '../web/security-headers.ts';
import { confirmationPage } from './page-view.ts';
import type { ConfirmationView } from './view.ts';

/**
 * The page's script in a real browser, and the page without it. The site behind answers from these variables.
 */
let view: ConfirmationView;
let posts: { path: string; lang: string | undefined; fields: Record<string, unknown> }[];
let streams: SSEStreamingApi[];
let browser: Browser;
let site: Site;

const VIEW: ConfirmationView = {
  id: 'cnf_1',
  language: 'en',
  state: 'sent',
  act: { purpose: 'access', resource: 'Acme intranet' },
  clientName: 'Acme',
  sentTo: '+33 6 •• •• •• 12',
  digits: 6,
  nowMs: 1_760_000_000_000,
  expiresAtMs: 1_760_000_300_000,
  resendAtMs: 1_760_000_000_000,
  notice: null,
  waitSeconds: null,
  returnUrl: null,
  formToken: 'token',
};

before(async () => {
  browser = await openBrowser();
  const assets = openWebAssets();
  const app = new Hono();
  app.route('/', assets.routes);
  app.use(securityHeaders({ https: false }));
  app.get('/c/cnf_1', (c) => c.html(confirmationPage(view, assets)));
  app.get('/c/cnf_1/events', (c) =>
    streamSSE(c, async (stream) => {
      streams.push(stream);
      await new Promise<void>((resolve) => stream.onAbort(resolve));
    }),
  );
  app.post('/c/cnf_1/:name', async (c) => {
    posts.push({
      path: c.req.param('name'),
      lang: c.req.query('lang'),
      fields: { ...(await c.req.parseBody()) },
    });
    // As the server does: a refusal is the answer to the post itself.
    return view.notice === null ? c.redirect('/c/cnf_1', 303) : c.html(confirmationPage(view, assets), 422);
  });
  site = await openSite(app);
});

after(async () => {
  await browser.close();
  await site[Symbol.asyncDispose]();
});

beforeEach(() => {
  view = VIEW;
  posts = [];
  streams = [];
});

async function open(
  javaScriptEnabled = true,
  prepare: (context: BrowserContext) => Promise<unknown> = () => Promise.resolve(),
): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled });
  await prepare(context);
  const page = await context.newPage();
  await page.goto(`${site.origin}/c/cnf_1`);
  return page;
}

/** As one types who sees the cursor in the field. */
async function type(page: Page, keys: string): Promise<void> {
  await hasFocus(page, 'code');
  await page.keyboard.type(keys);
}

const posted = (page: Page) => page.waitForResponse((response) => response.request().method() === 'POST');

test('P5: without a script the code is typed and sent, and each button has its form', async () => {
  const page = await open(false);
  await page.getByLabel('Code of 6 digits').fill('123456');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('button', { name: 'Send a new code' }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'This was not me' }).click();
  assert.deepEqual(
    posts.map(({ path }) => path),
    ['verification', 'resend', 'cancellation', 'not-me'],
  );
  assert.deepEqual(posts[0]?.fields, { form_token: 'token', code: '123456' });
  await page.context().close();
});

test('P5: the last digit typed by hand sends the code, once', async () => {
  const page = await open();
  const answered = posted(page);
  await type(page, '123456');
  await answered;
  await page.waitForLoadState();
  assert.deepEqual(posts, [
    { path: 'verification', lang: 'en', fields: { form_token: 'token', code: '123456' } },
  ]);
  await page.context().close();
});

test('P5: a pasted code is cleaned of what surrounds its digits, and sent', async () => {
  const page = await open();
  const answered = posted(page);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate("navigator.clipboard.writeText(' 123 456\\n')");
  await hasFocus(page, 'code');
  await page.keyboard.press('ControlOrMeta+v');
  await answered;
  assert.equal(posts[0]?.fields['code'], '123456');
  await page.context().close();
});

test('P5: a code that the browser fills in by itself waits for the person', async () => {
  const page = await open();
  await page.locator('#code').fill('123456');
  await page.evaluate(
    "document.querySelector('#code').dispatchEvent(new InputEvent('input', { data: '123456' }))",
  );
  assert.equal(posts.length, 0);
  const answered = posted(page);
  await page.keyboard.press('Enter');
  await answered;
  assert.equal(posts.length, 1);
  await page.context().close();
});

test('P5: a code offered by WebOTP fills the field, and the button takes the focus', async () => {
  const page = await open(true, (context) =>
    context.addInitScript(() => {
      Object.assign(globalThis, { OTPCredential: true });
      Object.defineProperty(navigator, 'credentials', {
        value: { get: () => Promise.resolve({ code: '123456' }) },
      });
    }),
  );
  await page.waitForFunction("document.activeElement.textContent.trim() === 'Confirm'");
  assert.equal(await page.inputValue('#code'), '123456');
  assert.equal(posts.length, 0);
  await page.context().close();
});

test('a change of state shows the page anew; a state that is no news does not', async () => {
  const page = await open();
  await page.waitForFunction("document.querySelector('.countdown--running') !== null");
  while (streams.length === 0) await page.waitForTimeout(10);
  await streams[0]?.writeSSE({ event: 'state', data: '{"state":"sent"}' });
  await streams[0]?.writeSSE({ event: 'state', data: 'not JSON' });
  view = { ...VIEW, state: 'confirmed', returnUrl: 'https://acme.example/' };
  await streams[0]?.writeSSE({ event: 'state', data: '{"state":"confirmed"}' });
  await page.getByRole('heading', { name: 'Confirmed' }).waitFor();
  assert.equal(
    await page.getByRole('link', { name: 'Back to Acme' }).getAttribute('href'),
    'https://acme.example/',
  );
  assert.equal(streams.length, 1);
  await page.context().close();
});

test('when the code goes out, the page says where to and keeps the digits that are typed already', async () => {
  view = { ...VIEW, state: 'opened' };
  const page = await open();
  while (streams.length === 0) await page.waitForTimeout(10);
  await type(page, '123');
  await page.getByText('Your code is on its way').waitFor();
  view = VIEW;
  await streams[0]?.writeSSE({ event: 'state', data: '{"state":"sent"}' });
  await page.locator('#code-sent', { hasText: '+33 6 •• •• •• 12' }).waitFor();
  assert.match(await page.getByRole('status').innerText(), /12/, 'it is announced');
  assert.equal(await page.inputValue('#code'), '123');
  await hasFocus(page, 'code');
  view = { ...VIEW, state: 'cancelled' };
  await streams[0]?.writeSSE({ event: 'state', data: '{"state":"cancelled"}' });
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor();
  assert.equal(streams.length, 1, 'the page was loaded anew once');
  await page.context().close();
});

test('the page counts down what is left, holds the resend back, and asks again when time is up', async () => {
  view = { ...VIEW, expiresAtMs: VIEW.nowMs + 272_000, resendAtMs: VIEW.nowMs + 1_000 };
  const page = await open();
  await page.getByText(/^The code works for another 4:3\d$/).waitFor();
  const resend = page.locator('.resend button');
  assert.equal(await resend.isDisabled(), true);
  await page.getByRole('button', { name: 'Send a new code', exact: true, disabled: false }).waitFor();
  view = { ...VIEW, expiresAtMs: VIEW.nowMs + 500 };
  await page.reload();
  view = { ...VIEW, state: 'expired' };
  await page.getByRole('heading', { name: 'Time is up' }).waitFor();
  assert.equal(posts.length, 0);
  await page.context().close();
});

test('after a refusal the field has the focus, is marked, and says what happened', async () => {
  view = { ...VIEW, notice: 'refused' };
  const page = await open();
  const field = page.locator('#code');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await hasFocus(page, 'code');
  const described = ((await field.getAttribute('aria-describedby')) ?? '').split(' ');
  const texts = await Promise.all(described.map((id) => page.locator(`#${id}`).innerText()));
  assert.match(texts.join(' '), /Acme intranet/);
  assert.match(texts.join(' '), /That did not work/);
  await page.context().close();
});

test('from the answer to a post, a language or a change of state leads back to the page itself', async () => {
  const page = await open();
  view = { ...VIEW, notice: 'refused' };
  await type(page, '123456');
  await page.getByRole('alert').waitFor();
  assert.equal(new URL(page.url()).pathname, '/c/cnf_1/verification');
  view = { ...VIEW, state: 'locked' };
  while (streams.length < 2) await page.waitForTimeout(10);
  await streams[1]?.writeSSE({ event: 'state', data: '{"state":"locked"}' });
  await page.getByRole('heading', { name: 'Too many wrong codes' }).waitFor();
  assert.equal(page.url(), `${site.origin}/c/cnf_1?lang=en`);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  assert.equal(page.url(), `${site.origin}/c/cnf_1?lang=de`);
  assert.equal(posts.length, 1);
  await page.context().close();
});
