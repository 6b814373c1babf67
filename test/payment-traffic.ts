/**
 * Payments of every kind through the whole server, by many payers at once, each with the data of a card of
 * his own: on the hosted page, from the card on file, at a terminal; right, mistyped, refused and broken
 * off. Every answer that anybody gets is handed to a scanner (S8).
 */
import assert from 'node:assert/strict';
import type { BankHost } from '../sim/bank-host.ts';
import type { SimCard } from '../sim/bank-books.ts';
import { createDevice, type Device } from '../sim/terminal.ts';
import { createDeviceLine } from '../sim/terminal-line.ts';
import { must } from '../src/std/assert.ts';
import { systemClock } from '../src/std/clock.ts';
import { systemRandom } from '../src/std/random.ts';
import { Secret } from '../src/std/secret.ts';
import type { CardCanaries, Scanner } from './card-canary.ts';
import { addPerson, type PaymentWorld } from './payment-kit.ts';
import { inParallel, nextCode, numberOf, verify, wrongFor } from './security-kit.ts';
import type { Answer } from './world.ts';

export type Traffic = {
  readonly world: PaymentWorld;
  readonly canaries: CardCanaries;
  readonly scanner: Scanner;
  readonly payers: number;
};

type Payer = {
  readonly id: string;
  readonly number: string;
  readonly device: Device;
};

const EXPIRY = '3012';
const TYPED_EXPIRY = '12/30';
/** The bank says no to it. */
const REFUSED_MINOR = 66_600n;

export function payerNumber(n: number): string {
  return numberOf(80_000 + n);
}

/** What the bank knows: a card for each payment, held by whoever makes it. */
export function canaryCards(canaries: CardCanaries, count: number, payers: number): SimCard[] {
  return Array.from({ length: count }, (_, n) => ({
    pan: canaries.pan(n),
    expiry: EXPIRY,
    securityCode: canaries.securityCode(n),
    holder: { name: 'ALICE SMITH', mobile: payerNumber(n % payers) },
    limitMinor: 10_000_000n,
    currency: '978',
    refusal: null,
  }));
}

/** What came of so many payments, by the name of what each of them was. */
export type Tally = Map<string, number>;

export async function runTraffic(
  traffic: Traffic,
  count: number,
  onDone: (done: number) => void = () => undefined,
): Promise<Tally> {
  const { world, payers } = traffic;
  const people = await inParallel(payers, 8, (n) => makePayer(traffic, n));
  world.host.books.refuseAmount(REFUSED_MINOR, '51');
  const tally: Tally = new Map();
  let done = 0;
  // Each payer has one telephone, so that he pays one thing after the other.
  await Promise.all(
    people.map(async (payer, first) => {
      for (let n = first; n < count; n += payers) {
        const outcome = await payOnce(traffic, payer, n);
        tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
        onDone(++done);
      }
    }),
  );
  return tally;
}

async function makePayer({ world }: Traffic, n: number): Promise<Payer> {
  const number = payerNumber(n);
  const id = await addPerson(world, `payer${n}`, number);
  const code = `CNRY${String(n).padStart(4, '0')}`;
  const merchant = '4711';
  const made = await world.call(
    'POST',
    '/v1/terminals',
    { code, merchant, clientId: world.clientId, name: 'Acme' },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  const line = createDeviceLine({
    port: must(world.server.terminals, 'terminals may connect').port,
    code,
    key: new Secret(Buffer.from(String(made.body['key']), 'hex')),
    clock: systemClock,
    random: systemRandom,
    answerWithinMs: 20_000,
  });
  return {
    id,
    number,
    device: createDevice({ line, clock: systemClock, code, merchant, repeatAfterMs: 200 }),
  };
}

type Kind = (traffic: Traffic, payer: Payer, n: number) => Promise<string>;

/** One after the other, ten for each payer. */
const KINDS: readonly Kind[] = [
  (traffic, payer, n) => onPage(traffic, payer, n, {}),
  (traffic, payer, n) => onPage(traffic, payer, n, { keep: '1' }),
  onFile,
  atTerminal,
  (traffic, payer, n) => onPage(traffic, payer, n, {}, { bankAsked: 'after' }),
  mistyped,
  (traffic, payer, n) => onPage(traffic, payer, n, {}, { capture: 'manual' }),
  refusedByBank,
  inWrongPlaces,
  (traffic, payer, n) => onPage(traffic, payer, n, {}, {}, 'wrong'),
];

function payOnce(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const turn = Math.floor(n / traffic.payers);
  const kind = must(KINDS[turn % KINDS.length], 'there is one for each digit');
  // What makes a dozen requests for one payment is done often enough in every fifth round.
  const isLong = kind === mistyped || kind === inWrongPlaces;
  const isLeftOut = isLong && Math.floor(turn / KINDS.length) % 5 !== 0;
  return isLeftOut ? atTerminal(traffic, payer, n) : kind(traffic, payer, n);
}

async function say(
  { world, scanner }: Traffic,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer> {
  const answer = await world.call(method, path, body, headers);
  const said = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  scanner.text(`answer of ${method} ${path.split('?')[0]}`, `${said}\n\n${answer.text}`);
  return answer;
}

async function create(traffic: Traffic, payer: Payer, more: object): Promise<{ id: string; url: URL }> {
  const made = await say(traffic, 'POST', '/v1/payments', {
    amount: { value: '312.40', currency: 'EUR' },
    reference: 'order 4711',
    payer: { id: payer.id },
    ...more,
  });
  assert.equal(made.status, 201, made.text);
  return { id: String(made.body['id']), url: new URL(String(made.body['page'])) };
}

type Page = { readonly path: string; readonly cookie: string; readonly token: string };

/** As a browser opens the hosted page: the cookie, then the form with its token. */
async function openPage(traffic: Traffic, url: URL): Promise<Page> {
  const entered = await say(traffic, 'GET', `${url.pathname}${url.search}`);
  assert.equal(entered.status, 303, entered.text);
  const cookie = cookieOf(entered);
  const shown = await say(traffic, 'GET', url.pathname, undefined, { cookie });
  assert.equal(shown.status, 200, shown.text);
  return { path: url.pathname, cookie, token: tokenIn(shown) };
}

function cookieOf(answer: Answer): string {
  return must(answer.headers.getSetCookie()[0]?.split(';')[0], 'a cookie was set');
}

function tokenIn(answer: Answer): string {
  return must(/name="form_token" value="([^"]+)"/.exec(answer.text)?.[1], 'a form has its token');
}

function postForm(traffic: Traffic, page: Page, fields: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams({ form_token: page.token, ...fields }).toString();
  const { cookie } = page;
  const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  return say(traffic, 'POST', `${page.path}/begin`, body, headers);
}

/** As it stands on the card, or otherwise. */
function spelled(pan: string, n: number): string {
  const separator = ['', ' ', '-', '\u00a0'][n % 4] ?? '';
  return pan.replace(/(\d{4})(?=\d)/g, `$1${separator}`);
}

function cardFields({ canaries }: Traffic, n: number): Record<string, string> {
  return {
    means: 'card',
    card_number: spelled(canaries.pan(n), n),
    card_expiry: TYPED_EXPIRY,
    card_code: canaries.securityCode(n),
  };
}

/** The session of the confirmation that the page leads to. */
function sessionOf(answer: Answer): { id: string; secret: string } {
  const id = must(
    /\/c\/(cnf_\w+)/.exec(answer.headers.get('location') ?? '')?.[1],
    'the page leads to a code',
  );
  return { id, secret: cookieOf(answer).split('=')[1] ?? '' };
}

async function bringBack(traffic: Traffic, id: string, secret: string, code: string): Promise<Answer> {
  const answer = await verify(traffic.world, { id, secret, code });
  traffic.scanner.text('answer of a verification', answer.text);
  return answer;
}

async function stateOf(traffic: Traffic, id: string): Promise<string> {
  return String((await say(traffic, 'GET', `/v1/payments/${id}`)).body['state']);
}

async function cancelled(traffic: Traffic, id: string): Promise<string> {
  await say(traffic, 'POST', `/v1/payments/${id}/cancellation`, {});
  return stateOf(traffic, id);
}

async function onPage(
  traffic: Traffic,
  payer: Payer,
  n: number,
  fields: Record<string, string>,
  more: object = {},
  code: 'right' | 'wrong' = 'right',
): Promise<string> {
  const { id, url } = await create(traffic, payer, more);
  const page = await openPage(traffic, url);
  return finish(traffic, payer, { id, page, code, fields: { ...cardFields(traffic, n), ...fields } });
}

type Finish = {
  readonly id: string;
  readonly page: Page;
  readonly code: 'right' | 'wrong';
  readonly fields: Record<string, string>;
};

async function finish(traffic: Traffic, payer: Payer, { id, page, code, fields }: Finish): Promise<string> {
  const arriving = nextCode(traffic.world, payer.number);
  const begun = await postForm(traffic, page, fields);
  // The bank was made to be silent, or said no.
  if (begun.status !== 303) return `${await cancelled(traffic, id)} after ${begun.status}`;
  const { id: confirmation, secret } = sessionOf(begun);
  const sms = await arriving;
  if (code === 'wrong') {
    await bringBack(traffic, confirmation, secret, wrongFor(sms));
    return `${await cancelled(traffic, id)} after a wrong code`;
  }
  const verified = await bringBack(traffic, confirmation, secret, sms);
  assert.equal(verified.status, 200, verified.text);
  if (fields['keep'] === '1') await say(traffic, 'GET', page.path, undefined, { cookie: page.cookie });
  const state = await stateOf(traffic, id);
  if (state !== 'authorised') return state;
  const part = { amount: { value: '100.00', currency: 'EUR' } };
  const completed = await say(traffic, 'POST', `/v1/payments/${id}/completion`, part);
  assert.equal(completed.status, 200, completed.text);
  const refund = await say(traffic, 'POST', `/v1/payments/${id}/refunds`, {
    amount: { value: '1.00', currency: 'EUR' },
  });
  return `completed, refund ${refund.status}`;
}

/** From the card that he let be kept; put there by API where there is none yet. */
async function onFile(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const path = `/v1/subscribers/${payer.id}/cards`;
  const listed = await say(traffic, 'GET', path);
  const [known] = listed.body['items'] as { token: string }[];
  const token = known?.token ?? (await addByApi(traffic, payer, n));
  const { id } = await create(traffic, payer, {});
  const arriving = nextCode(traffic.world, payer.number);
  const begun = await say(traffic, 'POST', `/v1/payments/${id}/begin`, {
    means: { kind: 'card_on_file', token },
  });
  if (begun.status !== 200) return `${await cancelled(traffic, id)} after ${begun.status}`;
  const opened = begun.body['confirmation'] as { id: string; session: { secret: string } };
  const verified = await bringBack(traffic, opened.id, opened.session.secret, await arriving);
  assert.equal(verified.status, 200, verified.text);
  return `${await stateOf(traffic, id)} from the card on file`;
}

async function addByApi(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const arriving = nextCode(traffic.world, payer.number);
  const body = { number: spelled(traffic.canaries.pan(n), n), expiry: TYPED_EXPIRY };
  const key = { 'idempotency-key': `card ${n}` };
  const added = await say(traffic, 'POST', `/v1/subscribers/${payer.id}/cards`, body, key);
  assert.equal(added.status, 201, added.text);
  const { card, confirmation } = added.body as {
    card: { token: string };
    confirmation: { id: string; session: { secret: string } };
  };
  await say(traffic, 'POST', `/v1/subscribers/${payer.id}/cards`, body, key);
  const { id, session } = confirmation;
  const verified = await bringBack(traffic, id, session.secret, await arriving);
  assert.equal(verified.status, 200, verified.text);
  return card.token;
}

async function atTerminal(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const { world, canaries, scanner } = traffic;
  const card = must(world.host.books.card(canaries.pan(n)), 'the bank knows the card');
  const amount = { minor: 31_240n, currency: 'EUR' };
  const entry = (['chip', 'stripe', 'keyed'] as const)[Math.floor(n / 10) % 3] ?? 'chip';
  const arriving = nextCode(world, payer.number);
  const asked = await payer.device.sell(amount, {
    card,
    entry,
    ...(entry === 'chip' ? { pin: '1234' } : {}),
  });
  scanner.text('answer to a terminal', JSON.stringify(asked));
  if (asked.code !== '1A') return `terminal: ${asked.code}`;
  const reference = asked.elements['10'] ?? '';
  const sms = await arriving;
  // A hundred wrong codes in all would end the payer's number (S4).
  if (n < 10 * traffic.payers) {
    const wrong = await payer.device.bringCode(reference, wrongFor(sms), amount);
    scanner.text('answer to a terminal', JSON.stringify(wrong));
  }
  const paid = await payer.device.bringCode(reference, sms, amount);
  scanner.text('answer to a terminal', JSON.stringify(paid));
  return `terminal: ${paid.code}`;
}

/** Mistakes in every field, which the page tells beside them; then all is right. */
async function mistyped(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const { canaries } = traffic;
  const { id, url } = await create(traffic, payer, {});
  const page = await openPage(traffic, url);
  const right = cardFields(traffic, n);
  const pan = canaries.pan(n);
  const mistakes: Record<string, string>[] = [
    { card_number: `${pan.slice(0, -1)}${(Number(pan.at(-1)) + 1) % 10}` },
    { card_number: `${pan}0` },
    { card_number: pan.slice(0, -1) },
    { card_number: `${pan}x` },
    { card_expiry: '01/20' },
    { card_expiry: pan },
    { card_code: canaries.wrongCode },
    { card_code: pan },
    { means: pan, card_number: '' },
  ];
  for (const mistake of mistakes) {
    const told = await postForm(traffic, page, { ...right, ...mistake });
    assert.equal(told.status, 422, `${Object.keys(mistake).join()}: ${told.text}`);
  }
  const late = await postForm(traffic, { ...page, token: 'not the token' }, right);
  assert.equal(late.status, 404);
  return finish(traffic, payer, { id, page, code: 'right', fields: right });
}

async function refusedByBank(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const amount = { value: '666.00', currency: 'EUR' };
  const { id, url } = await create(traffic, payer, { amount });
  const page = await openPage(traffic, url);
  const told = await postForm(traffic, page, cardFields(traffic, n));
  // While the bank cannot be reached nobody hears its no.
  assert([402, 503, 504].includes(told.status), told.text);
  return `${await cancelled(traffic, id)} after a no`;
}

/** Where no card belongs: what is malformed is told with its place, and without what stood there. */
async function inWrongPlaces(traffic: Traffic, payer: Payer, n: number): Promise<string> {
  const { canaries } = traffic;
  const pan = canaries.pan(n);
  const { id, url } = await create(traffic, payer, {});
  const cards = `/v1/subscribers/${payer.id}/cards`;
  const card = { kind: 'card', card: { pan, expiry: EXPIRY, securityCode: canaries.wrongCode } };
  const answers = [
    await say(traffic, 'POST', `/v1/payments/${id}/begin`, { means: card }),
    await say(traffic, 'POST', `/v1/payments/${id}/begin`, { means: { kind: 'card_on_file', token: pan } }),
    await say(traffic, 'POST', cards, { number: pan, expiry: TYPED_EXPIRY, cvc: canaries.wrongCode }),
    await say(traffic, 'POST', cards, { number: `${pan}1`, expiry: TYPED_EXPIRY }),
    await say(traffic, 'POST', cards, { number: pan, expiry: '01/20' }),
    await say(traffic, 'POST', cards, { number: Number(pan), expiry: TYPED_EXPIRY }),
    await say(traffic, 'POST', cards, `{"number":"${pan}","expiry":"${TYPED_EXPIRY}", oops`),
    await say(traffic, 'POST', cards, `{"number":"${pan}"`, { 'content-type': 'text/plain' }),
  ];
  for (const answer of answers) assert(answer.status >= 400 && answer.status < 500, answer.text);
  const page = await openPage(traffic, url);
  return finish(traffic, payer, { id, page, code: 'right', fields: cardFields(traffic, n) });
}

/** Now and then the bank does not answer, or talks nonsense. */
export function misbehaveNowAndThen(host: BankHost, done: number): void {
  if (done % 500 === 499) host.behave({ behaviour: 'silent', mti: '0100', times: 1 });
  if (done % 500 === 250) host.behave({ behaviour: 'garbage', mti: '0100', times: 1 });
}
