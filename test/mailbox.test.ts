import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createSubscriber } from '../src/directory/manage.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { findBarriers, openBrowser } from './browser.ts';
import { openWorld, type World } from './world.ts';

/** Registered messages as people have them: two persons, two browsers, two phones. */
const ALICE = { username: 'alice', name: 'Alice Martin', number: '+33639980112' };
const BRUNO = { username: 'bruno', name: 'Bruno Keller', number: '+33639980113' };
/** Under no contract; known by his number only. */
const CARL = { number: '+33639980114' };
const TEXT_WITHIN_MS = 20_000;

type Somebody = { readonly number: string };

/** Where to keep pictures of every page, for a person to look at. */
const PICTURES = process.env['PICTURES'];

const SUBJECT = 'Termination of the lease, 12 Rue des Lilas';
const TEXT = 'Dear Bruno,\n\nI give notice of the lease to the end of February.\n\nAlice';
const PDF = { name: 'lease.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n% a lease\n') };
/** A picture of 2 by 2 pixels. */
const PNG = {
  name: 'balcony.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGNgaGBgYPj////////xAgAnqgZ5ySgKNgAAAABJRU5ErkJggg==',
    'base64',
  ),
};

let world: World;
let browser: Browser;
let origin: string;
let mail: string;

before(async () => {
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
  browser = await openBrowser();
});

after(async () => {
  await browser.close();
  await world[Symbol.asyncDispose]();
});

type Visit = { readonly context: BrowserContext; readonly page: Page; readonly name: string };

async function visit(name: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => assert.fail(`${name}: ${error.message}`));
  return { context, page, name };
}

/** Looks at the page as axe does, and keeps a picture where one was asked for. */
async function look({ page, name }: Visit, what: string): Promise<void> {
  assert.deepEqual(await findBarriers(page), [], `${name}, ${what}`);
  const spill = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  assert.ok(spill <= 0, `${name}, ${what}: ${spill} px too wide`);
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `mail-${name}-${what}.png`), fullPage: true });
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

type Letter = {
  readonly to?: string;
  readonly number?: string;
  readonly subject?: string;
  readonly acceptance?: boolean;
  readonly files?: readonly (typeof PDF)[];
};

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

const proceed = ({ page }: Visit) => page.getByRole('button', { name: 'Continue to my code' }).click();

/** Writes and sends; the sender is then on the page of his message. Gives its id. */
async function send(seen: Visit, letter: Letter = {}, addressee: Somebody = BRUNO): Promise<string> {
  await write(seen, letter);
  await textAfter(ALICE, () => proceed(seen));
  await textAfter(addressee, () => bringCode(seen, ALICE));
  return idIn(seen.page.url());
}

function idIn(url: string): string {
  return /msg_[0-9a-z]{26}/.exec(url)?.[0] ?? assert.fail(`${url} names no message`);
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

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = {
  viewport: { width: 390, height: 844 },
  colorScheme: 'dark' as const,
  isMobile: true,
  hasTouch: true,
};

for (const [device, ofAlice, ofBruno] of [
  ['desktop', DESKTOP, PHONE],
  ['phone', PHONE, DESKTOP],
] as const) {
  test(`M2 to M8, U2: written, confirmed, announced, accepted, read, proved (sender at a ${device})`, async () => {
    const alice = await visit(`alice-${device}`, ofAlice);
    const bruno = await visit(`bruno-of-${device}`, ofBruno);
    const subject = `${SUBJECT} (${device})`;

    await alice.page.goto(mail);
    await look(alice, 'sign-in');
    await signIn(alice, 'alice', ALICE);
    await look(alice, 'mailbox-before');
    await write(alice, { acceptance: true, files: [PDF, PNG], subject });
    await look(alice, 'compose');
    const asked = await textAfter(ALICE, () => proceed(alice));
    assert.match(asked, /bruno/i, 'M4: her code is for this addressee');
    assert.match(asked, /Termination/, 'and for this subject');
    await alice.page.waitForURL(/\/c\//);
    await look(alice, 'code');
    const notice = await textAfter(BRUNO, () => bringCode(alice, ALICE));
    const id = idIn(alice.page.url());
    await alice.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
    await look(alice, 'waiting');
    assert.match(notice, /Alice Martin/, 'M8: he is told from whom');
    assert.doesNotMatch(notice, /Termination|lease/i, 'and not what');

    await signIn(bruno, 'bruno', BRUNO, /https?:\S+/.exec(notice)?.[0]);
    await bruno.page
      .getByRole('link', { name: /Alice Martin/ })
      .first()
      .waitFor();
    assert.doesNotMatch(await bruno.page.locator('main').innerText(), /Termination/);
    await look(bruno, 'mailbox');
    await bruno.page.goto(`${mail}/messages/${id}`);
    await look(bruno, 'message');
    await prove(bruno, id, BRUNO);
    await bruno.page.getByRole('heading', { name: 'Do you accept this message?' }).waitFor();
    await look(bruno, 'answer');
    const reading = bruno.page.url();
    for (let i = 0; i < 3; i++) assert.equal((await bruno.page.request.get(reading)).status(), 200);
    assert.equal(await stateOf(id), 'waiting', 'S19: looking at it reads nothing');
    await alice.page.getByText('The addressee proved who they are with a code').waitFor();

    await textAfter(ALICE, () => bruno.page.getByRole('button', { name: 'Accept and read' }).click());
    await bruno.page.getByRole('heading', { name: subject }).waitFor();
    await bruno.page.getByText('I give notice of the lease to the end of February.').waitFor();
    const decoded = 'document.querySelector(".picture img").decode()';
    await bruno.page.evaluate(decoded);
    const width = await bruno.page.evaluate('document.querySelector(".picture img").naturalWidth');
    assert.equal(width, 2, 'the picture is in the page');
    await look(bruno, 'content');
    const link = await bruno.page.getByRole('link', { name: 'Download lease.pdf' }).getAttribute('href');
    const file = await bruno.page.request.get(`${origin}${link}`);
    assert.deepEqual(await file.body(), PDF.buffer);
    assert.match(file.headers()['content-disposition'] ?? '', /^attachment/);

    await alice.page.getByRole('heading', { name: 'Handed over' }).waitFor();
    await alice.page.getByText('It was handed over to the addressee').waitFor();
    await look(alice, 'handed-over');
    for (const seen of [alice, bruno]) await proofsHold(seen, id);
    await bruno.page.goto(reading);
    await bruno.page.getByText('I give notice of the lease').waitFor();
    await bruno.page.goto(`${mail}?box=read`);
    await bruno.page.getByText(subject).waitFor();
    await look(bruno, 'read');
    await bruno.page.getByRole('searchbox').fill('termination');
    await bruno.page.keyboard.press('Enter');
    await bruno.page.getByText(subject).waitFor();
    await alice.page.goto(`${mail}?box=sent`);
    await look(alice, 'sent');
    await alice.context.close();
    await bruno.context.close();
  });
}

/** M5, M6: both sides fetch a receipt that verifies offline, and a certificate. */
async function proofsHold({ page, name }: Visit, id: string): Promise<void> {
  const at = `${mail}/messages/${id}`;
  const receipt = await untilLogged(() => page.request.get(`${at}/receipt`));
  const verification = await verifyReceipt(await receipt.text());
  assert.ok(verification.ok, `${name}: ${JSON.stringify(verification.lines)}`);
  const certificate = await untilLogged(() => page.request.get(`${at}/certificate`));
  assert.equal(certificate.headers()['content-type'], 'application/pdf');
  assert.equal((await certificate.body()).subarray(0, 5).toString(), '%PDF-');
}

type ApiResponse = Awaited<ReturnType<Page['request']['get']>>;

/** The page says "in a moment" until the log has taken the last entry in. */
async function untilLogged(ask: () => Promise<ApiResponse>): Promise<ApiResponse> {
  for (;;) {
    const answer = await ask();
    if (answer.status() !== 409) return answer;
  }
}

test('U2, M4: all of it without JavaScript, to somebody known by his number only, who refuses', async () => {
  const alice = await visit('alice-plain', { javaScriptEnabled: false });
  const carl = await visit('carl-plain', { javaScriptEnabled: false, viewport: PHONE.viewport });
  await signIn(alice, 'alice', ALICE);
  await write(alice, { to: 'carl@example.org', number: CARL.number, acceptance: true, files: [PDF, PNG] });
  await textAfter(ALICE, () => proceed(alice));
  const notice = await textAfter(CARL, () => bringCode(alice, ALICE));
  assert.match(notice, /Alice Martin/);
  const id = idIn(alice.page.url());
  await alice.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
  assert.deepEqual(await alice.page.locator('.file-name').allInnerTexts(), [
    'Text of the message',
    'lease.pdf',
    'balcony.png',
  ]);

  await signIn(carl, CARL.number, CARL);
  await prove(carl, id, CARL);
  await textAfter(ALICE, () => carl.page.getByRole('button', { name: 'Refuse it' }).click());
  await carl.page.getByRole('heading', { name: 'You refused it' }).waitFor();
  assert.doesNotMatch(await carl.page.content(), /notice of the lease|Termination/);
  await alice.page.reload();
  await alice.page.getByRole('heading', { name: 'Refused' }).waitFor();
  await alice.page.getByRole('button', { name: 'Sign out' }).click();
  await alice.page.goto(`${mail}/messages/${id}`);
  await alice.page.getByLabel('Who are you?').waitFor();
  await alice.context.close();
  await carl.context.close();
});

test('what is wrong is said, and what was typed stays, with a script and without', async () => {
  const exe = { name: 'tool.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ no document') };
  const seen = await visit('wrong');
  await signIn(seen, 'alice', ALICE);
  const plain = await visit('wrong-plain', {
    javaScriptEnabled: false,
    storageState: await seen.context.storageState(),
  });
  for (const { page } of [seen, plain]) {
    const problem = page.getByRole('alert');
    await write({ ...seen, page }, { to: 'nobody here', files: [exe] });
    await proceed({ ...seen, page });
    await problem.getByText('We know nobody by that name').waitFor();
    assert.equal(await page.getByLabel('Message', { exact: true }).inputValue(), TEXT);
    assert.equal(await page.getByLabel('Subject').inputValue(), SUBJECT);
    await page.getByLabel('To', { exact: true }).fill('bruno');
    if (page === plain.page) await page.locator('input[type=file]').setInputFiles(exe);
    await proceed({ ...seen, page });
    await problem.getByText('This kind of file cannot be sent').waitFor();
    assert.match(await problem.innerText(), /tool\.pdf/);
  }
  await look(seen, 'file-refused');
  await seen.page.getByRole('button', { name: 'Remove: tool.pdf' }).click();
  await textAfter(ALICE, () => proceed(seen));
  await seen.page.waitForURL(/\/c\//);
  await seen.page.getByRole('button', { name: 'This was not me' }).click();
  await seen.page.getByRole('link', { name: 'Back to Acme Bank' }).click();
  await seen.page.getByRole('heading', { name: 'Not sent' }).waitFor();
  await look(seen, 'rejected');
  await textAfter(ALICE, () => seen.page.getByRole('button', { name: 'Send it: get my code' }).click());
  await textAfter(BRUNO, () => bringCode(seen, ALICE));
  await seen.page.getByRole('heading', { name: 'Waiting for the addressee' }).waitFor();
  await seen.context.close();
  await plain.context.close();
});

test('S14, S19: no link reads, answers or recalls; no other person and no other browser reads', async () => {
  const alice = await visit('alice-recalls');
  const bruno = await visit('bruno-other');
  await signIn(alice, 'alice', ALICE);
  await signIn(bruno, 'bruno', BRUNO);
  const id = await send(alice);
  await prove(bruno, id, BRUNO);
  await bruno.page.getByRole('button', { name: 'Open the message' }).waitFor();
  await look(bruno, 'open');
  const reading = bruno.page.url();
  const message = `${mail}/messages/${id}`;
  const tails = ['acceptance', 'refusal', 'handover', 'files/0', 'files/1'];
  const posts = [`${message}/recall`, `${message}/readings`, `${message}/submission`];
  for (const url of [...tails.map((tail) => `${reading}/${tail}`), ...posts]) {
    for (const { page } of [alice, bruno]) await page.request.get(url, { maxRedirects: 0 });
    // A form of another site, and one without its token.
    const headers = { 'sec-fetch-site': 'cross-site' };
    assert.ok([403, 404].includes((await bruno.page.request.post(url, { headers })).status()), url);
    assert.ok([403, 404].includes((await bruno.page.request.post(url)).status()), url);
  }
  assert.equal(await stateOf(id), 'waiting');

  // Alice holds the link but is not the addressee; Bruno's second browser has his sign-in but not this session.
  assert.equal((await alice.page.request.get(reading)).status(), 404);
  const second = await visit('bruno-second');
  await signIn(second, 'bruno', BRUNO);
  assert.equal((await second.page.request.get(reading)).status(), 404);
  await second.page.goto(message);
  assert.doesNotMatch(await second.page.content(), /Termination/);

  await alice.page.goto(message);
  await alice.page.getByRole('link', { name: 'Recall it' }).click();
  await look(alice, 'recall');
  assert.equal(await stateOf(id), 'waiting', 'to be asked is not to do');
  await alice.page.getByRole('button', { name: 'Recall it' }).click();
  await alice.page.getByRole('heading', { name: 'Recalled' }).waitFor();
  await bruno.page.getByRole('button', { name: 'Open the message' }).click();
  await bruno.page.getByRole('heading', { name: 'This reading is over' }).waitFor();
  await look(bruno, 'over');
  assert.equal(await stateOf(id), 'recalled');
  for (const { context } of [alice, bruno, second]) await context.close();
});

test('M2, S2: a reading lasts a quarter of an hour; afterwards a new code opens it, and both are on record', async () => {
  const alice = await visit('alice-again');
  const bruno = await visit('bruno-again');
  await signIn(alice, 'alice', ALICE);
  await signIn(bruno, 'bruno', BRUNO);
  const id = await send(alice);
  await prove(bruno, id, BRUNO);
  await textAfter(ALICE, () => bruno.page.getByRole('button', { name: 'Open the message' }).click());
  await bruno.page.getByText('I give notice of the lease').waitFor();
  const reading = bruno.page.url();
  const { sql } = world.database.store;
  await sql`update message_reading set proved_at = proved_at - interval '16 minutes' where message_id = ${id}`;
  await bruno.page.goto(reading);
  await bruno.page.getByRole('heading', { name: 'This reading is over' }).waitFor();
  assert.equal((await bruno.page.request.get(`${reading}/files/0`)).status(), 404);
  await prove(bruno, id, BRUNO);
  await bruno.page.getByRole('button', { name: 'Open the message' }).click();
  await bruno.page.getByText('I give notice of the lease').waitFor();
  await bruno.page.goto(`${mail}/messages/${id}`);
  await bruno.page.getByText('You opened it again with a new code').waitFor();
  await look(bruno, 'twice');
  await alice.page.goto(`${mail}/messages/${id}`);
  assert.equal(await alice.page.getByText('It was handed over to the addressee').count(), 1);
  await alice.context.close();
  await bruno.context.close();
});

test('S18: strict headers on every page, none kept in a cache, and a cookie that scripts cannot read', async () => {
  const seen = await visit('headers');
  await signIn(seen, 'alice', ALICE);
  for (const path of ['', '?box=sent', '/new', '/messages/msg_00000000000000000000000000']) {
    const headers = (await seen.page.request.get(`${mail}${path}`)).headers();
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'/, path);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers['cache-control'], 'no-store', path);
    assert.equal(headers['referrer-policy'], 'no-referrer', path);
  }
  assert.equal((await seen.page.request.get(`${origin}/mail/cli_unknown`)).status(), 404);
  const cookies = await seen.context.cookies();
  const cookie = cookies.find(({ name }) => name.startsWith('cs_mail_'));
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Lax']);
  await seen.context.close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
