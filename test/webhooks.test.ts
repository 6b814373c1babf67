/**
 * Webhooks over the whole server, to a receiver on loopback: what happened is told, signed, tried again, and
 * given up, whatever dies on the way.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openServer } from '../src/main.ts';
import { verifyWebhook } from '../src/sdk/webhooks.ts';
import { must } from '../src/std/assert.ts';
import { createLog } from '../src/std/log.ts';
import type { JobsArguments } from './jobs-process.ts';
import { addClient, NUMBER, open, openPolicy, until, verify } from './security-kit.ts';
import { answering, openReceiver, signaturesBy, type Receiver } from './webhook-receiver.ts';
import { openWorld, type Answer, type World, type WorldOptions } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** More than any wait of the schedule. */
const LONG = 30 * HOUR;

function openHookWorld(options: WorldOptions = {}): Promise<World> {
  const environment = { ALLOW_PRIVATE_ADDRESSES: 'true' };
  return openWorld({ policy: openPolicy(), environment, ...options });
}

function admin(world: World, method: string, path: string, body?: unknown): Promise<Answer> {
  return world.call(method, path, body, { authorization: `Bearer ${world.adminKey}` });
}

async function addEndpoint(world: World, receiver: Receiver, more: object = {}) {
  const made = await admin(world, 'POST', '/v1/webhook-endpoints', { url: receiver.url, ...more });
  assert.equal(made.status, 201, made.text);
  const id = String(made.body['id']);
  return { id, path: `/v1/webhook-endpoints/${id}`, secret: String(made.body['secret']) };
}

type Attempt = Record<string, unknown>;

async function attemptsOf(world: World, path: string): Promise<Attempt[]> {
  const page = await admin(world, 'GET', `${path}/attempts`);
  assert.equal(page.status, 200, page.text);
  return page.body['items'] as Attempt[];
}

/** The attempts when there are so many, the latest first. */
function recorded(world: World, path: string, count: number): Promise<Attempt[]> {
  return until(`${count} recorded attempts`, async () => {
    const attempts = await attemptsOf(world, path);
    return attempts.length >= count ? attempts : null;
  });
}

async function endpointIs(world: World, path: string, state: string): Promise<Record<string, unknown>> {
  return until(`the endpoint is ${state}`, async () => {
    const { body } = await admin(world, 'GET', path);
    return body['state'] === state ? body : null;
  });
}

test('P13: confirmations are told as they open and end, signed as Standard Webhooks says', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { secret } = await addEndpoint(world, receiver, { types: ['confirmation.*'] });
  const opened = await open(world);
  assert.equal((await verify(world, opened)).status, 200);
  const cancelled = await open(world);
  await world.call('POST', `/v1/confirmations/${cancelled.id}/cancellation`, { reason: 'not_me' });
  const late = await open(world);
  await receiver.waitFor(5);
  await world.database.advanceClock(301 * SECOND);
  const received = await receiver.waitFor(6);

  // Several are under way at once, so that they come in any order.
  const told = (id: string) =>
    new Set(
      received
        .filter(({ event }) => event.data['id'] === id)
        .map(({ event }) => `${event.type} ${String(event.data['reason'])}`),
    );
  assert.deepEqual(
    told(opened.id),
    new Set(['confirmation.opened null', 'confirmation.confirmed right_code']),
  );
  assert.deepEqual(
    told(cancelled.id),
    new Set(['confirmation.opened null', 'confirmation.cancelled not_me']),
  );
  assert.deepEqual(told(late.id), new Set(['confirmation.opened null', 'confirmation.expired time_passed']));
  for (const one of received) {
    assert.deepEqual(signaturesBy(secret, one), [true]);
    const { body, headers } = one;
    const event = await verifyWebhook({ body, headers, secret });
    assert.equal(event.id, headers['webhook-id']);
    assert.deepEqual(event.data, one.event.data);
    assert.match(event.id, /^evt_[0-9a-z]{26}$/);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(one.event.data['client'], world.clientId);
    assert.equal(one.event.data['purpose'], 'transfer');
  }
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 6);
});

test('S8: events hold no code, no number in clear, no act; the secret is in no row, and is shown once', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { path, secret } = await addEndpoint(world, receiver);
  const opened = await open(world);
  await verify(world, opened);
  const received = await receiver.waitFor(2);
  const { sql } = world.database.store;
  const rows = await sql`
    select row_to_json(e)::text as text from webhook_event e
    union all select row_to_json(p)::text from webhook_endpoint p
    union all select row_to_json(a)::text from webhook_attempt a`;
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const shown = [
    ...received.map(({ body, headers }) => body + JSON.stringify(headers)),
    ...rows.map(({ text }) => String(text)),
    (await admin(world, 'GET', path)).text,
    (await admin(world, 'GET', '/v1/webhook-endpoints')).text,
    (await admin(world, 'GET', `${path}/attempts`)).text,
  ];
  assert(rows.length >= 4);
  for (const text of shown) {
    for (const canary of [opened.code, opened.secret, NUMBER, NUMBER.slice(4, -2), 'Acme', '312.40']) {
      assert(!text.includes(canary), `${canary} in ${text}`);
    }
    for (const form of [secret.slice('whsec_'.length), key.toString('hex')]) assert(!text.includes(form));
  }
});

test('an event is tried again after a failure, the same bytes under the same id, and is on record', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { path, secret } = await addEndpoint(world, receiver, { types: ['confirmation.opened'] });
  receiver.answerWith(answering(500));
  await open(world);
  await receiver.waitFor(1);
  await recorded(world, path, 1);
  await world.database.advanceClock(7 * SECOND);
  await receiver.waitFor(2);
  const [second] = await recorded(world, path, 2);
  assert.deepEqual(
    [second?.['n'], second?.['status'], second?.['error'], second?.['deliveryState'], second?.['type']],
    [2, 500, 'it answered 500', 'waiting', 'confirmation.opened'],
  );
  assert.match(String(second?.['nextAttemptAt']), /^\d{4}-/);
  assert.notEqual((await admin(world, 'GET', path)).body['failingSince'], null);
  receiver.answerWith(answering(200));
  await world.database.advanceClock(7 * MINUTE);
  const received = await receiver.waitFor(3);
  const [third] = await recorded(world, path, 3);
  assert.deepEqual(
    [third?.['status'], third?.['error'], third?.['deliveryState'], third?.['nextAttemptAt']],
    [200, null, 'delivered', null],
  );
  assert.equal(new Set(received.map(({ body }) => body)).size, 1);
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1);
  for (const one of received) assert.deepEqual(signaturesBy(secret, one), [true]);
  const [row] = await world.database.store.sql`select failing_since from webhook_endpoint`;
  assert.equal(row?.['failing_since'], null);
});

test('S16: a redirect is not followed, and counts as a failure', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  await using other = await openReceiver();
  const { path } = await addEndpoint(world, receiver);
  receiver.answerWith(answering(307, { location: other.url }));
  assert.equal((await admin(world, 'POST', `${path}/test`)).status, 202);
  const [attempt] = await recorded(world, path, 1);
  assert.equal(attempt?.['error'], 'it answered 307: redirects are not followed');
  assert.equal(other.received.length, 0);
});

test('410 disables the endpoint; what happens meanwhile is not told, what waited is sent when it is enabled', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { path } = await addEndpoint(world, receiver, { types: ['confirmation.opened'] });
  receiver.answerWith(answering(503));
  const waiting = await open(world);
  await recorded(world, path, 1);
  receiver.answerWith(answering(410));
  await open(world);
  const disabled = await endpointIs(world, path, 'disabled');
  assert.equal(disabled['reason'], 'gone');
  assert.equal((await admin(world, 'POST', `${path}/test`)).body['type'], '/problems/endpoint_disabled');
  // Every server knows it after a second.
  await until('the server knows', async () => {
    await open(world);
    const [row] = await world.database.store.sql<{ told: number; opened: number }[]>`
      select (select count(*)::int from webhook_event) as told,
        (select count(*)::int from confirmation) as opened`;
    return row && row.opened > row.told ? row : null;
  });
  const before = receiver.received.length;
  receiver.answerWith(answering(200));
  const enabled = await admin(world, 'PATCH', path, { disabled: false });
  assert.deepEqual(
    [enabled.body['state'], enabled.body['reason'], enabled.body['failingSince']],
    ['active', null, null],
  );
  await world.database.advanceClock(10 * SECOND);
  await until('the waiting one', () =>
    receiver.received.slice(before).some(({ event }) => event.data['id'] === waiting.id) ? true : null,
  );
});

test('after a rotation both secrets sign for a day, then the new one alone; a third waits or revokes', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { path, secret: first } = await addEndpoint(world, receiver);
  const rotated = await admin(world, 'POST', `${path}/secret`, {});
  assert.equal(rotated.status, 201, rotated.text);
  const second = String(rotated.body['secret']);
  assert.notEqual(second, first);
  const sendTest = async (count: number) => {
    await admin(world, 'POST', `${path}/test`);
    return must((await receiver.waitFor(count)).at(-1), 'it was received');
  };
  const both = await sendTest(1);
  assert.deepEqual(signaturesBy(second, both), [true, false]);
  assert.deepEqual(signaturesBy(first, both), [false, true]);
  for (const secret of [first, second, [first, second]]) {
    const event = await verifyWebhook({ body: both.body, headers: both.headers, secret });
    assert.equal(event.type, 'webhook.test');
  }
  const third = await admin(world, 'POST', `${path}/secret`, {});
  assert.deepEqual([third.status, third.body['type']], [409, '/problems/two_live_secrets']);
  await world.database.advanceClock(25 * HOUR);
  const later = await sendTest(2);
  assert.deepEqual(signaturesBy(second, later), [true]);
  assert.equal((await admin(world, 'GET', path)).body['oldSecretUntil'], null);
  const leaked = await admin(world, 'POST', `${path}/secret`, { revokeOld: true });
  const last = await sendTest(3);
  assert.deepEqual(signaturesBy(String(leaked.body['secret']), last), [true]);
});

test('I3: a process killed in the middle of a delivery leaves it to another, with the same webhook-id', async () => {
  await using world = await openHookWorld({ roles: ['api', 'gateway', 'log'] });
  await using receiver = await openReceiver();
  const { path } = await addEndpoint(world, receiver, { types: ['confirmation.opened'] });
  const { password, ...address } = world.database.address;
  const given: JobsArguments = { ...address, password: password.reveal() };
  const script = fileURLToPath(new URL('jobs-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  // It has the event, and is never answered.
  receiver.answerWith(() => undefined);
  await open(world);
  await receiver.waitFor(1);
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(await attemptsOf(world, path), []);
  receiver.answerWith(answering(200));
  await using jobs = await openServer({
    config: world.config,
    database: world.database.address,
    roles: ['jobs'],
    log: createLog({ level: 'silent' }),
    channels: [],
  });
  assert.equal(jobs.http, null);
  await world.database.advanceClock(46 * SECOND);
  const [first, second] = await receiver.waitFor(2);
  assert.equal(second?.headers['webhook-id'], first?.headers['webhook-id']);
  assert.equal(second?.body, first?.body);
  const [attempt] = await recorded(world, path, 1);
  assert.deepEqual([attempt?.['n'], attempt?.['deliveryState']], [2, 'delivered']);
});

test('after the tenth failure a delivery is dead; after days of failures the endpoint is disabled', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { path } = await addEndpoint(world, receiver, { types: ['confirmation.opened'] });
  receiver.answerWith(answering(500));
  await open(world);
  // An endpoint that fails for long is disabled before the last try, so it is enabled again to see that one.
  for (let n = 1; n <= 10; n++) {
    await recorded(world, path, n);
    if (n < 10) await world.database.advanceClock(LONG);
    const state = (await admin(world, 'GET', path)).body;
    if (state['state'] === 'disabled') {
      assert.equal(state['reason'], 'failing');
      assert(n >= 5, `disabled after ${n} attempts`);
      await admin(world, 'PATCH', path, { disabled: false });
    }
  }
  const [last] = await attemptsOf(world, path);
  assert.deepEqual([last?.['n'], last?.['deliveryState'], last?.['nextAttemptAt']], [10, 'dead', null]);
  // By hand it is sent once more, and may arrive.
  receiver.answerWith(answering(200));
  const retried = await admin(world, 'POST', `/v1/webhook-deliveries/${String(last?.['deliveryId'])}/retry`);
  assert.equal(retried.status, 202, retried.text);
  const [again] = await recorded(world, path, 11);
  assert.deepEqual([again?.['n'], again?.['deliveryState']], [11, 'delivered']);
});

test('an endpoint that does not answer has few requests at once, and does not hold up another', async () => {
  await using world = await openHookWorld();
  await using slow = await openReceiver();
  await using quick = await openReceiver();
  const held: ServerResponse[] = [];
  slow.answerWith((response) => void held.push(response));
  const { id, path } = await addEndpoint(world, slow);
  const other = await addEndpoint(world, quick);
  for (let n = 0; n < 30; n++) await admin(world, 'POST', `${path}/test`);
  await slow.waitFor(20);
  for (let n = 0; n < 5; n++) await admin(world, 'POST', `${other.path}/test`);
  await quick.waitFor(5);
  const [row] = await world.database.store.sql<{ leased: number }[]>`
    select count(*)::int as leased from webhook_delivery where endpoint_id = ${id} and state = 'leased'`;
  assert.deepEqual([row?.leased, held.length], [20, 20]);
  slow.answerWith(answering(200));
  for (const response of held) response.writeHead(200).end();
  await slow.waitFor(30);
  assert.equal(new Set(slow.received.map(({ headers }) => headers['webhook-id'])).size, 30);
});

test('only what is wanted is written: by type, by client, by endpoint; nothing where nobody listens', async () => {
  await using world = await openHookWorld();
  await using receiver = await openReceiver();
  const { sql } = world.database.store;
  const count = async () => (await sql<{ n: number }[]>`select count(*)::int as n from webhook_event`)[0]?.n;
  await open(world);
  assert.equal(await count(), 0);
  await addEndpoint(world, receiver, { types: ['message.*', 'confirmation.confirmed'] });
  const other = await addClient(world);
  await addEndpoint(world, receiver, { clientId: other.clientId });
  const opened = await open(world);
  assert.equal(await count(), 0);
  await verify(world, opened);
  await receiver.waitFor(1);
  const theirs = await open(world, { key: other.key });
  await receiver.waitFor(2);
  assert.deepEqual(
    receiver.received.map(({ event }) => [event.type, event.data['id']]),
    [
      ['confirmation.confirmed', opened.id],
      ['confirmation.opened', theirs.id],
    ],
  );
  assert.equal(await count(), 2);
});

test('what is older than 30 days is forgotten', async () => {
  await using world = await openHookWorld({ roles: ['api', 'gateway', 'log'] });
  await using receiver = await openReceiver();
  const { path } = await addEndpoint(world, receiver);
  const { sql } = world.database.store;
  const shared = { config: world.config, database: world.database.address, channels: [] };
  const jobs = () => openServer({ ...shared, roles: ['jobs'], log: createLog({ level: 'silent' }) });
  {
    await using first = await jobs();
    assert.equal(first.http, null);
    await admin(world, 'POST', `${path}/test`);
    await recorded(world, path, 1);
  }
  await world.database.advanceClock(31 * 24 * HOUR);
  const sent = await admin(world, 'POST', `${path}/test`);
  await using second = await jobs();
  assert.equal(second.http, null);
  await until('the purge', async () => {
    const rows = await sql<{ id: string }[]>`select id from webhook_event`;
    return rows.length === 1 && rows[0]?.id === sent.body['eventId'] ? rows : null;
  });
  const left = await until('the attempt of today alone', async () => {
    const found = await attemptsOf(world, path);
    return found.length === 1 && found[0]?.['eventId'] === sent.body['eventId'] ? found : null;
  });
  assert.equal(left[0]?.['deliveryState'], 'delivered');
});
