/**
 * The shop as `npm start` brings it up, for tests that buy in it with a browser: the demonstration, its
 * banks, its phones and the server, on a database of its own.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Order } from '../examples/shop/order.ts';
import type { BankEntry, SimCard } from '../sim/bank-books.ts';
import { openDemo } from '../sim/demo/open.ts';
import { openDemoPayments, type DemoPayments } from '../sim/demo/payments.ts';
import { ALICE } from '../sim/demo/people.ts';
import { createHandsets, type Handsets } from '../sim/handset.ts';
import { openSmsc } from '../sim/smsc.ts';
import { writePolicy } from '../src/confirmation/policy-store.ts';
import { createSmppChannel } from '../src/gateway/smpp/channel.ts';
import { parseSmppUrl } from '../src/gateway/smpp/url.ts';
import { openServer } from '../src/main.ts';
import { ROLES } from '../src/roles.ts';
import { createLog } from '../src/std/log.ts';
import { sleep } from '../src/std/timer.ts';
import { freePort } from './free-port.ts';
import { FAST_BANK, FAST_LINK } from './bank-pair.ts';
import { findBarriers, openBrowser } from './browser.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { GENEROUS, worldConfig } from './world.ts';

export type ShopWorld = AsyncDisposable & {
  readonly origin: string;
  readonly database: TestDatabase;
  readonly handsets: Handsets;
  readonly payments: DemoPayments;
  readonly browser: Browser;
};

/** The shop asks so seldom by itself that what it knows came by webhook, or when its page was shown. */
const POLL_MS = 600_000;
const BANK_TIMEOUT_MS = 2_000;
/** Of a browser that waits for something to appear. */
const TIMEOUT_MS = 20_000;

export async function openShopWorld(): Promise<ShopWorld> {
  await using stack = new AsyncDisposableStack();
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-shop-'));
  stack.defer(() => rm(dataFolder, { recursive: true, force: true }));
  const config = worldConfig({
    PORT: String(port),
    PUBLIC_URL: origin,
    COUNTERSIGN_DATA: dataFolder,
    ALLOW_PRIVATE_ADDRESSES: 'true',
  });
  const database = stack.use(await openTestDatabase());
  const { sql } = database.store;
  const handsets = createHandsets();
  const smsc = stack.use(await openSmsc({ port: 0, accounts: [{ systemId: 'shop', password: 'secret' }] }));
  smsc.onMessage(handsets.receive);
  const url = parseSmppUrl(`smpp://shop:secret@127.0.0.1:${smsc.port}`);
  assert.ok(url.ok);
  const log = createLog({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  const demo = await openDemo({ sql, config, handsets, shop: '/shop' });
  const { tenantId } = demo;
  assert.ok((await writePolicy(sql, tenantId, GENEROUS)).ok);
  const payments = stack.use(
    await openDemoPayments({ sql, config, tenantId, log, pollMs: POLL_MS, bankTimeoutMs: BANK_TIMEOUT_MS }),
  );
  stack.use(
    await openServer({
      config,
      database: database.address,
      roles: ROLES,
      log,
      channels: [createSmppChannel({ urls: [url.value], log })],
      bank: { timing: FAST_BANK, linkTiming: FAST_LINK },
      mount: (app, assets) => {
        demo.mount(app, assets);
        payments.mount(app, assets);
      },
    }),
  );
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const open = stack.move();
  return { origin, database, handsets, payments, browser, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

/** Where to keep pictures of every page, for a person to look at. */
const PICTURES = process.env['PICTURES'];

export type Customer = {
  readonly page: Page;
  readonly context: BrowserContext;
  /** As axe sees the page: nothing found, nothing wider than the screen. */
  readonly look: (what: string) => Promise<void>;
};

type Looks = Parameters<Browser['newContext']>[0];

export const LOOKS = [
  ['desktop', { viewport: { width: 1280, height: 900 } }],
  [
    'phone-dark',
    { viewport: { width: 390, height: 844 }, colorScheme: 'dark' as const, isMobile: true, hasTouch: true },
  ],
] as const satisfies readonly (readonly [string, Looks])[];

export async function enter(world: ShopWorld, name: string, looks: Looks = {}): Promise<Customer> {
  const context = await world.browser.newContext({ locale: 'en-GB', ...looks });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  return {
    page,
    context,
    look: async (what) => {
      if (looks.javaScriptEnabled !== false) {
        assert.deepEqual(await findBarriers(page), [], `${name}, ${what}`);
        const over = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(over <= 0, `${name}, ${what}: ${over} px too wide`);
      }
      if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}-${what}.png`), fullPage: true });
    },
  };
}

export async function fillBasket({ origin }: ShopWorld, { page }: Customer, goods: readonly string[]) {
  for (const good of goods) {
    await page.goto(`${origin}/shop/goods/${good}`);
    await page.getByRole('button', { name: 'Add to basket' }).click();
    await page.waitForURL(/added=/);
  }
}

/** From the basket to the hosted page; `account` is the customer number of who pays with his account. */
export async function checkOut(
  { origin }: ShopWorld,
  customer: Customer,
  account: string | null = null,
): Promise<void> {
  const { page } = customer;
  await page.goto(`${origin}/shop/basket`);
  await customer.look('basket');
  await page.getByRole('link', { name: 'Go to checkout' }).click();
  await page.getByLabel('Name').fill('Alice Martin');
  await page.getByLabel('Address').fill('12 rue des Lilas\n75020 Paris');
  if (account !== null) {
    await page.getByLabel('With my account').check();
    await page.getByLabel('Customer number').fill(account);
  }
  await customer.look('checkout');
  await page.getByRole('button', { name: 'Order and pay' }).click();
  await page.waitForURL(/\/p\/pay_[0-9a-z]+/);
}

/** Types a card on the hosted page and pays. */
export async function payWith(customer: Customer, card: SimCard, who = ALICE.username): Promise<void> {
  const { page } = customer;
  await page.getByLabel('Who are you?').fill(who);
  await page.getByLabel('Card number').fill(card.pan);
  await page.getByLabel('Expiry date').fill(`${card.expiry.slice(2)}/${card.expiry.slice(0, 2)}`);
  await page.getByLabel('Security code').fill(card.securityCode);
  await customer.look('pay');
  await page.getByRole('button', { name: /^Pay / }).click();
}

/** Does what makes a code come, and gives it. */
export async function codeAfter(
  world: ShopWorld,
  number: string,
  act: () => Promise<unknown>,
): Promise<string> {
  const arriving = world.handsets.next(number);
  await act();
  await arriving;
  const code = world.handsets.lastCode(number);
  assert.ok(code);
  return code;
}

export async function typeCode({ page }: Customer, code: string): Promise<void> {
  await page.locator('input[name=code]').fill(code);
  await page.keyboard.press('Enter');
}

/** By the links that the pages give; from a code that was not brought, first to the payment. */
export async function backToShop({ page }: Customer): Promise<void> {
  for (let n = 0; n < 2 && !page.url().includes('/shop/'); n++) {
    const from = page.url();
    await page.getByRole('link', { name: 'Back to Marginalia' }).click();
    await page.waitForURL((url) => url.href !== from);
  }
  await page.waitForURL(/\/shop\/orders\//);
}

export function orderOf({ payments }: ShopWorld): Order {
  const [newest] = payments.shop.shop.orders.all();
  assert.ok(newest, 'something was ordered');
  return newest;
}

/** What the bank has of the newest question. */
export function lastEntry({ payments }: ShopWorld): BankEntry {
  const entry = payments.banks.acme.books.entries().at(-1);
  assert.ok(entry, 'the bank was asked');
  return entry;
}

export async function until(what: string, is: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !is(); i++) await sleep(20);
  assert.ok(is(), `it never came to this: ${what}`);
}
