import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { passesLuhn } from '../src/payment/card/number.ts';
import { must } from '../src/std/assert.ts';
import { addClient, isRefused, nextCode, numberOf, verify, wrongFor } from './security-kit.ts';
import { openWorld, type Answer, type World } from './world.ts';

/** Cards on file through the API (B2): kept with the subscriber's own code only, and never shown again. */
let world: World;
let people = 0;
let numbers = 0;

before(async () => {
  world = await openWorld();
});
after(() => world[Symbol.asyncDispose]());

const EXPIRY = '09/28';

/** A Visa number that nobody has had yet. */
function freshPan(): string {
  const body = `400000${String(++numbers).padStart(9, '0')}`;
  return must(
    Array.from({ length: 10 }, (_, last) => `${body}${last}`).find(passesLuhn),
    'one of ten digits always fits',
  );
}

type Person = { readonly id: string; readonly number: string; readonly path: string };

async function person(): Promise<Person> {
  const number = numberOf(70_000 + ++people);
  const made = await world.call(
    'POST',
    '/v1/subscribers',
    { name: 'Ada', addresses: [{ channel: 'sms', value: number, vouched: true }] },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  const id = String(made.body['id']);
  return { id, number, path: `/v1/subscribers/${id}/cards` };
}

type Asked = { readonly id: string; readonly secret: string; readonly code: string; readonly token: string };

async function ask(who: Person, pan: string, more: object = {}): Promise<Asked> {
  const arriving = nextCode(world, who.number);
  const asked = await world.call('POST', who.path, { number: pan, expiry: EXPIRY, ...more });
  assert.equal(asked.status, 201, asked.text);
  assert(!asked.text.includes(pan), 'a number is never shown again');
  const { id, session } = asked.body['confirmation'] as { id: string; session: { secret: string } };
  const { token } = asked.body['card'] as { token: string };
  return { id, secret: session.secret, code: await arriving, token };
}

function add(who: Person, body: object): Promise<Answer> {
  return world.call('POST', who.path, body);
}

async function tokensOf(who: Person): Promise<string[]> {
  const listed = await world.call('GET', who.path);
  assert.equal(listed.status, 200, listed.text);
  return (listed.body['items'] as { token: string }[]).map(({ token }) => token);
}

async function leftIn(who: Person): Promise<number> {
  const [row] = await world.database.store.sql<{ n: number }[]>`
    select count(*)::int as n from card where subscriber_id = ${who.id}`;
  return row?.n ?? 0;
}

function isProblem(answer: Answer, status: number, type: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body['type'], `/problems/${type}`);
}

test('B2: a card is on file once the subscriber’s own code came back, and not before', async () => {
  const ada = await person();
  const pan = freshPan();
  const asked = await ask(ada, pan, { language: 'fr' });
  const text = must(world.handsets.messages(ada.number).at(-1), 'a code came').text;
  assert(text.includes(`carte enregistrée Visa ...${pan.slice(-4)}`), text);
  assert.deepEqual(await tokensOf(ada), [], 'it waits for its code');
  assert(isRefused(await verify(world, { ...asked, code: wrongFor(asked.code) })));
  assert.deepEqual(await tokensOf(ada), []);
  assert.equal((await verify(world, asked)).status, 200);
  const listed = await world.call('GET', ada.path);
  const [card] = listed.body['items'] as Record<string, unknown>[];
  const { createdAt, ...rest } = must(card, 'it is on file');
  assert.equal(typeof createdAt, 'string');
  assert.deepEqual(rest, {
    token: asked.token,
    brand: 'visa',
    lastFour: pan.slice(-4),
    masked: `Visa ···· ${pan.slice(-4)}`,
    expiry: EXPIRY,
  });
  const again = await ask(ada, pan, { expiry: '01/30' });
  assert.equal((await verify(world, again)).status, 200);
  assert.deepEqual(await tokensOf(ada), [asked.token], 'the same card keeps its token');
  assert.equal(await leftIn(ada), 1);
});

test('B2: of a card whose confirmation ends otherwise nothing is left', async () => {
  const [bea, cleo, dora] = [await person(), await person(), await person()];
  const tried = await ask(bea, freshPan());
  for (let n = 0; n < 10 && (await leftIn(bea)) > 0; n++) {
    await verify(world, { ...tried, code: wrongFor(tried.code, n) });
  }
  assert.equal(await leftIn(bea), 0, 'wrong');
  const cancelled = await ask(cleo, freshPan());
  const path = `/v1/confirmations/${cancelled.id}/cancellation`;
  assert.equal((await world.call('POST', path, { reason: 'not_me' })).status, 200);
  assert.equal(await leftIn(cleo), 0, 'not me');
  await ask(dora, freshPan());
  assert.equal(await leftIn(dora), 1);
  await world.call('DELETE', `/v1/subscribers/${dora.id}`, undefined, {
    authorization: `Bearer ${world.adminKey}`,
  });
  assert.equal(await leftIn(dora), 0, 'erased');
});

test('B2: a card belongs to one person, also when two ask for it at once', async () => {
  const [eve, fay] = [await person(), await person()];
  const pan = freshPan();
  const [first, second] = [await ask(eve, pan), await ask(fay, pan)];
  assert.equal((await verify(world, first)).status, 200);
  assert.equal((await verify(world, second)).status, 200, 'her code was right all the same');
  assert.deepEqual([(await tokensOf(eve)).length, (await tokensOf(fay)).length], [1, 0]);
  assert.equal(await leftIn(fay), 0);
  isProblem(await add(fay, { number: pan, expiry: EXPIRY }), 422, 'card_of_another');
  assert.equal((await world.call('DELETE', `${eve.path}/${first.token}`)).status, 204);
  const third = await ask(fay, pan);
  assert.equal((await verify(world, third)).status, 200);
  assert.equal((await tokensOf(fay)).length, 1, 'free again');
});

test('B2: what is no card, or expired, or has a security code is refused without an echo', async () => {
  const gus = await person();
  const pan = freshPan();
  const wrong = `${pan.slice(0, -1)}${(Number(pan.at(-1)) + 1) % 10}`;
  const answers = [
    ['card_malformed', 422, { number: wrong, expiry: EXPIRY }],
    ['card_malformed', 422, { number: '4000', expiry: EXPIRY }],
    ['card_malformed', 422, { number: pan, expiry: '13/28' }],
    ['card_expired', 422, { number: pan, expiry: '01/20' }],
    ['malformed_request', 400, { number: pan, expiry: EXPIRY, securityCode: '737' }],
    ['malformed_request', 400, { number: Number(pan), expiry: EXPIRY }],
    ['return_url_not_allowed', 422, { number: pan, expiry: EXPIRY, returnUrl: 'https://evil.example/' }],
  ] as const;
  for (const [type, status, body] of answers) {
    const answer = await add(gus, body);
    isProblem(answer, status, type);
    assert(!answer.text.includes(pan) && !answer.text.includes(wrong) && !answer.text.includes('737'), type);
  }
  assert.equal(await leftIn(gus), 0);
  const nobody = await world.call('POST', '/v1/subscribers/sub_00000000000000000000000000/cards', {
    number: pan,
    expiry: EXPIRY,
  });
  isProblem(nobody, 404, 'unknown_subscriber');
  isProblem(await world.call('DELETE', `${gus.path}/crd_00000000000000000000000000`), 404, 'unknown_card');
});

test('S14: another client’s key does not bring the code back, and one person’s path does not erase another’s card', async () => {
  const [hal, ida] = [await person(), await person()];
  const asked = await ask(hal, freshPan());
  const other = await addClient(world);
  assert(isRefused(await verify(world, asked, other.key)));
  assert.equal((await verify(world, asked)).status, 200);
  isProblem(await world.call('DELETE', `${ida.path}/${asked.token}`), 404, 'unknown_card');
  assert.deepEqual(await tokensOf(hal), [asked.token]);
});
