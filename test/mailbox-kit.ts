import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createSubscriber } from '../src/directory/manage.ts';
import { freePort } from './free-port.ts';
import { findBarriers, openBrowser } from './browser.ts';
import { openWorld, type World } from './world.ts';

/** Registered messages as people have them: persons with browsers and phones, and what they do again and again. */
export const ALICE = { username: 'alice', name: 'Alice Martin', number: '+33639980112' };
export const BRUNO = { username: 'bruno', name: 'Bruno Keller', number: '+33639980113' };
/** Under no contract; known by his number only. */
export const CARL = { number: '+33639980114' };
const TEXT_WITHIN_MS = 20_000;

export type Somebody = { readonly number: string };

/** Where to keep pictures of every page, for a person to look at. */
const PICTURES = process.env['PICTURES'];

export const SUBJECT = 'Termination of the lease, 12 Rue des Lilas';
export const TEXT = 'Dear Bruno,\n\nI give notice of the lease to the end of February.\n\nAlice';
export const PDF = {
  name: 'lease.pdf',
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.7\n% a lease\n'),
};
/** A picture of 2 by 2 pixels. */
export const PNG = {
  name: 'balcony.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGNgaGBgYPj////////xAgAnqgZ5ySgKNgAAAABJRU5ErkJggg==',
    'base64',
  ),
};

export type Visit = { readonly context: BrowserContext; readonly page: Page; readonly name: string };

type Letter = {
  readonly to?: string;
  readonly number?: string;
  readonly subject?: string;
  readonly acceptance?: boolean;
  readonly files?: readonly (typeof PDF)[];
};

export const DESKTOP = { viewport: { width: 1280, height: 900 } };
export const PHONE = {
  viewport: { width: 390, height: 844 },
  colorScheme: 'dark' as const,
  isMobile: true,
  hasTouch: true,
};

/** Looks at the page as axe does, and keeps a picture where one was asked for. */
export async function look({ page, name }: Visit, what: string): Promise<void> {
  assert.deepEqual(await findBarriers(page), [], `${name}, ${what}`);
  const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  assert.ok(spill <= 0, `${name}, ${what}: ${spill} px too wide`);
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `mail-${name}-${what}.png`), fullPage: true });
}

export const proceed = ({ page }: Visit) => page.getByRole('button', { name: 'Continue to my code' }).click();

export function idIn(url: string): string {
  return /msg_[0-9a-z]{26}/.exec(url)?.[0] ?? assert.fail(`${url} names no message`);
}

/** A world for the tests of one file, opened before them and closed after them. */
export function mailScenario() {
  let world: World;
  let browser: Browser;
  let origin: string;
  let mail: string;

  before(async () => {
    browser = await openBrowser();
    const port = await freePort();
    origin = `http://localhost:${port}`;
    world = await openWorld({ environment: { PORT: String(port), PUBLIC_URL: origin } });
    mail = `${origin}/mail/${world.clientId}`;
    for (const { username, name, number } of [ALICE, BRUNO]) {
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
    }
  });

  after(async () => {
    await browser.close();
    await world[Symbol.asyncDispose]();
  });

  async function visit(name: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visit> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => assert.fail(`${name}: ${error.message}`));
    return { context, page, name };
  }

  /** Does what sends a code to a phone, and gives the text in which it came. */
  async function textAfter(somebody: Somebody, act: () => Promise<unknown>): Promise<string> {
    const waiting = new AbortController();
    const arriving = world.handsets.next(somebody.number);
    await act();
    const late = setTimeout(TEXT_WITHIN_MS, null, { signal: waiting.signal }).catch(() => null);
    const text = await Promise.race([arriving, late]);
    waiting.abort();
    return text?.text ?? assert.fail(`no text came to ${somebody.number}`);
  }

  /** Types the newest code of a phone on the page of the code, and goes the way back. */
  async function bringCode({ page }: Visit, somebody: Somebody): Promise<void> {
    await page.waitForURL(/\/c\/cnf_[0-9a-z]{26}/);
    const code = world.handsets.lastCode(somebody.number);
    assert.ok(code);
    await page.locator('input[name=code]').fill(code);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Back to Acme Bank' }).click();
    await page.waitForURL(/\/mail\//);
  }

  async function signIn(seen: Visit, identifier: string, somebody: Somebody, at = mail): Promise<void> {
    await seen.page.goto(at);
    await seen.page.getByLabel('Who are you?').fill(identifier);
    await textAfter(somebody, () => seen.page.getByRole('button', { name: 'Send me a code' }).click());
    await bringCode(seen, somebody);
  }

  async function write({ page }: Visit, letter: Letter = {}): Promise<void> {
    await page.goto(`${mail}/new`);
    await page.getByLabel('To', { exact: true }).fill(letter.to ?? 'bruno');
    if (letter.number) {
      await page.getByText('The addressee is no customer here').click();
      await page.getByLabel('Mobile number of the addressee').fill(letter.number);
    }
    await page.getByLabel('Subject').fill(letter.subject ?? SUBJECT);
    await page.getByLabel('Message', { exact: true }).fill(TEXT);
    if (letter.acceptance) await page.getByLabel('The addressee must accept it first').check();
    if (letter.files) await page.locator('input[type=file]').setInputFiles([...letter.files]);
  }

  /** Writes and sends; the sender is then on the page of his message. Gives its id. */
  async function send(seen: Visit, letter: Letter = {}, addressee: Somebody = BRUNO): Promise<string> {
    await write(seen, letter);
    await textAfter(ALICE, () => proceed(seen));
    await textAfter(addressee, () => bringCode(seen, ALICE));
    return idIn(seen.page.url());
  }

  async function stateOf(id: string): Promise<unknown> {
    return (await world.call('GET', `/v1/messages/${id}`)).body['state'];
  }

  /** Opens a message and goes as far as the code leads. */
  async function prove(seen: Visit, id: string, somebody: Somebody): Promise<void> {
    await seen.page.goto(`${mail}/messages/${id}`);
    await textAfter(somebody, () => seen.page.getByRole('button', { name: /^Read it/ }).click());
    await bringCode(seen, somebody);
  }

  return {
    /** Known once the tests run. */
    at: {
      get world() {
        return world;
      },
      get origin() {
        return origin;
      },
      get mail() {
        return mail;
      },
    },
    visit,
    textAfter,
    bringCode,
    signIn,
    write,
    send,
    stateOf,
    prove,
  };
}
