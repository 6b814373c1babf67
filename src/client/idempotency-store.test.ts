import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { z } from 'zod';
import { createCall } from '../../test/call.ts';
import { openTestDatabase } from '../../test/database.ts';
import { createApp } from '../http/app.ts';
import type { Principal } from '../http/client-auth.ts';
import { idempotency, type IdempotentRequest } from '../http/idempotency.ts';
import { KERNEL_PROBLEMS, problem } from '../http/problem.ts';
import { parseKeyRing } from '../std/key-ring.ts';
import { createLog } from '../std/log.ts';
import { Outage } from '../std/outage.ts';
import { asOutage } from '../store/connection.ts';
import { createIdempotencyStore, purgeIdempotency } from './idempotency-store.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;

const ring = parseKeyRing(
  `k1:${Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)).toString('base64')}`,
);
assert(ring.ok);
const keyRing = ring.value;
const store = createIdempotencyStore({ store: database.store, keyRing });

const lost: unknown[] = [];
const principal: Principal = { tenantId: 'ten_a', clientId: 'cli_a', scope: 'client', keyId: 'key_a' };
const scopeOf = z.enum(['admin', 'client']).catch('client');

/** Every call that gets through counts; the path says how it is answered. */
let runs = 0;
const gate = Promise.withResolvers<undefined>();
const app = createApp({ log: createLog({ level: 'silent' }), trustedHops: 0, asOutage });
app.use(async (c, next) => {
  const clientId = c.req.header('x-client') ?? principal.clientId;
  c.set('principal', { ...principal, clientId, scope: scopeOf.parse(c.req.header('x-scope')) });
  await next();
});
app.use(idempotency({ store, onLost: (error) => lost.push(error) }));
app.post('/made', async (c) => {
  const body: unknown = await c.req.json();
  return c.json({ run: ++runs, secret: 'sess_canary', body }, 201, { Location: `/made/${runs}` });
});
app.post('/empty', (c) => (runs++, c.body(null, 204)));
app.post('/refused', (c) => (runs++, problem(c, KERNEL_PROBLEMS, 'not_found')));
app.post('/limited', (c) => (runs++, problem(c, KERNEL_PROBLEMS, 'rate_limited')));
app.post('/outage', () => {
  runs++;
  throw new Outage('the peer is away');
});
app.post('/fault', () => {
  runs++;
  throw new TypeError('a bug');
});
app.post('/slow', async (c) => {
  runs++;
  await gate.promise;
  return c.json({ done: true });
});

const call = createCall(app);

async function post(path: string, body: unknown, key?: string, headers: Record<string, string> = {}) {
  const before = runs;
  const answer = await call(null, 'POST', path, body, {
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...headers,
  });
  return { ...answer, ran: runs > before };
}

test('without the header every call runs', async () => {
  assert.equal((await post('/made', {})).ran, true);
  assert.equal((await post('/made', {})).ran, true);
  assert.equal((await sql`select 1 from idempotency`).length, 0);
});

test('the same request again is answered the same, and done once', async () => {
  const first = await post('/made', { a: 1 }, 'again');
  const second = await post('/made', { a: 1 }, 'again');
  assert.equal(first.status, 201);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(second.ran, false);
  assert.equal(second.status, 201);
  assert.equal(second.text, first.text);
  assert.equal(second.headers.get('location'), first.headers.get('location'));
  assert.equal(second.headers.get('content-type'), first.headers.get('content-type'));
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  const empty = [await post('/empty', {}, 'empty'), await post('/empty', {}, 'empty')];
  assert.deepEqual(
    empty.map((answer) => [answer.status, answer.text, answer.ran]),
    [
      [204, '', true],
      [204, '', false],
    ],
  );
});

test('a malformed key is 400, and nothing runs', async () => {
  for (const key of ['', 'x'.repeat(256), 'tab\tinside', 'é']) {
    const answer = await post('/made', {}, key);
    assert.deepEqual([answer.status, answer.ran], [400, false], JSON.stringify(key));
    assert.equal(answer.json['type'], '/problems/malformed_idempotency_key');
  }
});

test('the key with another body or path is 422', async () => {
  await post('/made', { a: 1 }, 'mismatch');
  const body = await post('/made', { a: 2 }, 'mismatch');
  assert.deepEqual([body.status, body.ran], [422, false]);
  assert.equal(body.json['type'], '/problems/idempotency_mismatch');
  assert.equal((await post('/refused', { a: 1 }, 'mismatch')).status, 422);
  assert.equal((await post('/made?b=1', { a: 1 }, 'mismatch')).status, 422);
});

test('the same request while it still runs is 409 with Retry-After, and later the answer', async () => {
  const before = runs;
  const running = post('/slow', {}, 'slow');
  // The claim is in the database a moment before the handler begins to run, and only then nothing else may.
  while (runs === before) await sql`select 1`;
  assert.equal((await sql`select 1 from idempotency where status is null`).length, 1);
  const second = await post('/slow', {}, 'slow');
  assert.deepEqual([second.status, second.ran], [409, false]);
  assert.equal(second.headers.get('retry-after'), '1');
  gate.resolve(undefined);
  assert.equal((await running).status, 200);
  assert.equal((await post('/slow', {}, 'slow')).headers.get('idempotent-replayed'), 'true');
});

test('of 100 equal requests at once exactly one runs', async () => {
  const before = runs;
  const answers = await Promise.all(Array.from({ length: 100 }, () => post('/made', { b: 1 }, 'race')));
  assert.equal(runs - before, 1);
  assert(answers.every((answer) => answer.status === 201 || answer.status === 409));
});

test('a 4xx is kept; limits, outages and faults are not, so the request runs again', async () => {
  assert.equal((await post('/refused', {}, 'kept')).status, 404);
  const kept = await post('/refused', {}, 'kept');
  assert.deepEqual(
    [kept.status, kept.ran, kept.headers.get('content-type')],
    [404, false, 'application/problem+json'],
  );
  for (const [path, status] of [
    ['/limited', 429],
    ['/outage', 503],
    ['/fault', 500],
  ] as const) {
    assert.equal((await post(path, {}, path)).status, status);
    const again = await post(path, {}, path);
    assert.deepEqual([again.status, again.ran], [status, true], path);
  }
});

test('S9: another client, and another scope of the same client, share no keys', async () => {
  const first = await post('/made', {}, 'shared');
  const other = await post('/made', {}, 'shared', { 'x-client': 'cli_b' });
  const admin = await post('/made', {}, 'shared', { 'x-scope': 'admin' });
  assert.deepEqual([first.ran, other.ran, admin.ran], [true, true, true]);
});

test('a server that died between claim and answer blocks the key for 60 s, for that request only', async () => {
  const request: IdempotentRequest = { principal, key: 'crash', requestHash: new Uint8Array(32).fill(1) };
  const dead = await store.claim(request);
  assert(dead.kind === 'claimed');
  assert.equal((await store.claim(request)).kind, 'running');
  await database.advanceClock(61_000);
  const other = { ...request, requestHash: new Uint8Array(32).fill(2) };
  assert.equal((await store.claim(other)).kind, 'mismatch');
  const taken = await store.claim(request);
  assert(taken.kind === 'claimed');
  // The dead one wakes up after all: its answer and its release come too late to matter.
  await store.complete(request, dead.claimId, {
    status: 201,
    contentType: null,
    location: null,
    body: 'late',
  });
  await store.release(request, dead.claimId);
  assert.equal((await store.claim(request)).kind, 'running');
  await store.complete(request, taken.claimId, {
    status: 201,
    contentType: null,
    location: null,
    body: 'mine',
  });
  const answered = await store.claim(request);
  assert(answered.kind === 'answered');
  assert.equal(answered.answer.body, 'mine');
});

test('S8: the database holds no secret of an answer and no key, and a rotated ring still opens it', async () => {
  await post('/made', { canary: 'body_canary' }, 'key_canary');
  const rows = await sql`select * from idempotency`;
  const dump = rows
    .map((row) =>
      Object.values(row)
        .map((value) => (value instanceof Buffer ? value.toString('latin1') : String(value)))
        .join(),
    )
    .join();
  for (const canary of ['sess_canary', 'body_canary', 'key_canary']) assert(!dump.includes(canary), canary);
  const newer = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 5)).toString('base64');
  const older = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7)).toString('base64');
  const rotated = parseKeyRing(`k2:${newer},k1:${older}`);
  assert(rotated.ok);
  const request: IdempotentRequest = { principal, key: 'rotate', requestHash: new Uint8Array(32).fill(3) };
  const claim = await store.claim(request);
  assert(claim.kind === 'claimed');
  await store.complete(request, claim.claimId, {
    status: 200,
    contentType: null,
    location: null,
    body: 'old key',
  });
  const after = createIdempotencyStore({ store: database.store, keyRing: rotated.value });
  const answered = await after.claim(request);
  assert(answered.kind === 'answered');
  assert.equal(answered.answer.body, 'old key');
});

test('answers are forgotten after 24 hours, and purged', async () => {
  await post('/made', {}, 'old');
  await database.advanceClock(23 * 3_600_000);
  assert.equal((await post('/made', {}, 'old')).ran, false);
  await post('/made', {}, 'new');
  await database.advanceClock(3_600_001);
  const held = (await sql`select 1 from idempotency`).length;
  assert.equal(await purgeIdempotency(sql, 1), 1);
  assert.equal(await purgeIdempotency(sql), held - 2);
  assert.equal((await post('/made', {}, 'new')).ran, false);
  assert.equal((await post('/made', {}, 'old')).ran, true);
  assert.deepEqual(lost, []);
});

test('an expired answer that was not purged yet is not given any more', async () => {
  await post('/made', { c: 1 }, 'expired');
  await database.advanceClock(24 * 3_600_000 + 1);
  assert.equal((await post('/made', { c: 2 }, 'expired')).ran, true);
});
