import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { openDemo } from '../sim/demo/open.ts';
import { createHandsets, type Handsets } from '../sim/handset.ts';
import { openSmsc } from '../sim/smsc.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { createSmppChannel } from '../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../src/gateway/smpp/url.ts';
import { openServer } from '../src/main.ts';
import { ROLES } from '../src/roles.ts';
import { createLog } from '../src/std/log.ts';
import { freePort } from './free-port.ts';
import { findBarriers, openBrowser } from './browser.ts';
import { openTestDatabase } from './database.ts';
import { worldConfig } from './world.ts';

/** The main job as a person does it: a browser, the demonstration, a phone; as `npm start` brings them up. */
const NUMBER = '+33639980112';
/** Where to keep pictures of every page, for a person to look at. */
const PICTURES = process.env['PICTURES'];

let stack: AsyncDisposableStack;
let browser: Browser;
let origin: string;
let handsets: Handsets;

before(async () => {
  stack = new AsyncDisposableStack();
  const port = await freePort();
  origin = `http://localhost:${port}`;
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-demo-'));
  stack.defer(() => rm(dataFolder, { recursive: true, force: true }));
  const config = worldConfig({ PORT: String(port), PUBLIC_URL: origin, COUNTERSIGN_DATA: dataFolder });
  const database = stack.use(await openTestDatabase());
  handsets = createHandsets();
  const smsc = stack.use(await openSmsc({ port: 0, accounts: [{ systemId: 'demo', password: 'secret' }] }));
  smsc.onMessage(handsets.receive);
  const url = parseSmppUrl(`smpp://demo:secret@127.0.0.1:${smsc.port}`);
  assert.ok(url.ok);
  const log = createLog({ level: 'silent' });
  const demo = await openDemo({ sql: database.store.sql, config, handsets });
  stack.use(
    await openServer({
      config,
      database: database.address,
      roles: ROLES,
      log,
      channels: [createSmppChannel({ urls: [url.value], log })],
      mount: demo.mount,
    }),
  );
  browser = await openBrowser();
  stack.defer(() => browser.close());
});

after(() => stack.disposeAsync());

type Visit = { context: BrowserContext; page: Page; name: string };

async function visit(name: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  return { context, page: await context.newPage(), name };
}

/** Looks at the page as axe does, and keeps a picture where one was asked for. */
async function look({ page, name }: Visit, what: string): Promise<void> {
  assert.deepEqual(await findBarriers(page), [], `${name}, ${what}`);
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}-${what}.png`), fullPage: true });
}

/** The demonstration's policy leaves two seconds between two codes to one phone. */
async function waitForSpacing(): Promise<void> {
  const last = handsets.messages(NUMBER).at(-1)?.at ?? 0;
  await setTimeout(Math.max(0, last + 2_200 - Date.now()));
}

async function begin(seen: Visit, door: string, button: string): Promise<string> {
  await seen.page.goto(`${origin}/demo`);
  await look(seen, 'landing');
  await waitForSpacing();
  const arriving = handsets.next(NUMBER);
  await seen.page.locator(`.door--${door}`).getByRole('button', { name: button }).click();
  await seen.page.waitForURL(/\/c\/cnf_[0-9a-z]+$/);
  await arriving;
  const code = handsets.lastCode(NUMBER);
  assert.ok(code);
  return code;
}

const LOOKS = [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  [
    'phone-dark',
    { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const, isMobile: true, hasTouch: true },
  ],
] as const;

for (const [name, options] of LOOKS) {
  test(`A1, M1: from the first click to a receipt that verifies offline (${name})`, async () => {
    const seen = await visit(name, options);
    const { page } = seen;
    const code = await begin(seen, 'transfer', 'Order the transfer');
    await look(seen, 'confirm');
    const shown = await page.locator('main').innerText();
    assert.match(shown, /312\.40/);
    assert.match(shown, /Acme/);
    const handset = await visit(`${name}-handset`, options);
    await handset.page.goto(`${origin}/handset`);
    await handset.page.getByText('312.40').first().waitFor();
    assert.ok((await handset.page.locator('main').innerText()).includes(code));
    await look(handset, 'handset');

    await page.locator('input[name=code]').fill('00000000');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await look(seen, 'wrong');
    await page.locator('input[name=code]').fill(code);
    await page.keyboard.press('Enter');
    await page
      .getByRole('link', { name: /back|continue|return/i })
      .first()
      .waitFor();
    await look(seen, 'confirmed');
    await page
      .getByRole('link', { name: /back|continue|return/i })
      .first()
      .click();
    await page.getByText('is on its way').waitFor();
    await look(seen, 'done');

    const path = await page.getByRole('link', { name: 'Download receipt.json' }).getAttribute('href');
    const receipt = await page.request.get(`${origin}${path}`);
    assert.equal(receipt.status(), 200);
    const verification = await verifyReceipt(await receipt.text());
    assert.ok(verification.ok, JSON.stringify(verification.lines));
    await seen.context.close();
    await handset.context.close();
  });
}

test('A1: signing in to a protected page works without JavaScript', async () => {
  const seen = await visit('plain', { javaScriptEnabled: false });
  const { page } = seen;
  await page.goto(`${origin}/demo/intranet`);
  assert.ok(!(await page.content()).includes('Welcome,'), 'the protected page is closed to strangers');
  await page.goto(`${origin}/demo`);
  await waitForSpacing();
  const arriving = handsets.next(NUMBER);
  await page.locator('.door--intranet').getByRole('button', { name: 'Sign in' }).click();
  await arriving;
  await page.locator('input[name=code]').fill(handsets.lastCode(NUMBER) ?? '');
  await page.keyboard.press('Enter');
  await page
    .getByRole('link', { name: /back|continue|return/i })
    .first()
    .click();
  await page.getByText('Welcome, alice').waitFor();
  await seen.context.close();
});

test('U2: the demonstration leads to the mailbox, where both its people can sign in', async () => {
  const seen = await visit('mailbox');
  const { page } = seen;
  for (const [username, number] of [
    ['alice', NUMBER],
    ['bruno', '+33639980113'],
  ] as const) {
    await page.goto(`${origin}/demo`);
    await page.getByRole('link', { name: 'Open the mailbox' }).click();
    await page.getByLabel('Who are you?').fill(username);
    await waitForSpacing();
    const arriving = handsets.next(number);
    await page.getByRole('button', { name: 'Send me a code' }).click();
    await arriving;
    await page.locator('input[name=code]').fill(handsets.lastCode(number) ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Back to Acme Bank' }).click();
    await page.getByText('Nothing is waiting for you').waitFor();
    assert.match(new URL(page.url()).pathname, /^\/mail\/cli_/, username);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Who are you?').waitFor();
  }
  await seen.context.close();
});

test('P7, S19: "this was not me" ends it; looking at the link changes nothing; a stranger sees nothing', async () => {
  const seen = await visit('not-me', { locale: 'fr-FR' });
  const { page } = seen;
  await page.goto(`${origin}/demo`);
  await page.locator('.door--transfer select').selectOption('fr');
  await waitForSpacing();
  const arriving = handsets.next(NUMBER);
  await page.locator('.door--transfer').getByRole('button').click();
  await arriving;
  assert.match(handsets.messages(NUMBER).at(-1)?.text ?? '', /312,40/);
  const address = page.url();
  for (let i = 0; i < 3; i++) await page.request.get(address);
  const stranger = await visit('stranger');
  const answer = await stranger.page.goto(address);
  assert.equal(answer?.status(), 404);
  await look(stranger, 'stranger');
  await look(seen, 'french');
  await page.locator('form[action*="/not-me"] button').click();
  await page.locator('form[action*="/verification"]').waitFor({ state: 'detached' });
  await look(seen, 'cancelled');
  await seen.context.close();
  await stranger.context.close();
});

test('S18: the hosted page sends a strict policy and no inline script, and a foreign post is refused', async () => {
  const seen = await visit('headers');
  await begin(seen, 'transfer', 'Order the transfer');
  // Asked for beside the page, which shows itself anew when its text was taken by the network.
  const headers = (await seen.page.request.get(seen.page.url())).headers();
  assert.match(headers['content-security-policy'] ?? '', /default-src 'none'; script-src 'self'/);
  assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'/);
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  const forged = await seen.page.request.post(`${seen.page.url()}/verification`, {
    form: { code: '12345678' },
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  assert.equal(forged.status(), 404);
  const cookies = await seen.context.cookies(seen.page.url());
  const cookie = cookies.find(({ name }) => name.startsWith('cs_'));
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Lax']);
  await seen.context.close();
});
