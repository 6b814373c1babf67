import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createCountersign, type Countersign } from './countersign.ts';
import { CountersignProblem, CountersignUnreachable } from './problem.ts';
import type { TransportOptions } from './transport.ts';
import type { OpenConfirmation } from './types.ts';

type Seen = { method: string; url: string; headers: IncomingMessage['headers']; body: string };
type Answer = (response: ServerResponse, seen: Seen) => void;

/** A server that gives the answers in their order, the last one for ever, and keeps what it was asked. */
async function world(t: TestContext, answers: Answer[], options: Partial<TransportOptions> = {}) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(parts).toString() };
      seen.push(one);
      const answer = answers[Math.min(seen.length, answers.length) - 1];
      answer?.(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/base/`;
  return { seen, server, countersign: createCountersign({ baseUrl, apiKey: 'csk_test', ...options }) };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const problem = (status: number, refusal: string, retryAfter?: string): Answer =>
  json(
    status,
    { type: `/problems/${refusal}`, title: refusal, status, detail: 'Why.' },
    retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
  );
const page: Answer = (response) =>
  response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad</h1>');
const drop: Answer = (response) => response.destroy();

const TRANSFER: OpenConfirmation = {
  subscriber: { identifier: { value: 'alice' } },
  act: { purpose: 'transfer', amount: { value: '312.40', currency: 'EUR' }, payee: { name: 'Acme' } },
};

async function problemOf(call: Promise<unknown>): Promise<CountersignProblem> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof CountersignProblem, String(error));
  return error;
}

test('opening sends the act with the key of the API and a key of its own, and gives the answer back', async (t) => {
  const opened = {
    id: 'cnf_1',
    state: 'opened',
    session: { number: '1', secret: 's' },
    page: 'http://x/c/1',
  };
  const { seen, countersign } = await world(t, [json(201, opened)]);
  assert.deepEqual(await countersign.confirmations.open(TRANSFER), opened);
  await countersign.confirmations.open(TRANSFER);
  await countersign.confirmations.open(TRANSFER, { idempotencyKey: 'order-17' });
  const [first, second, third] = seen;
  assert.equal(`${first?.method} ${first?.url}`, 'POST /base/v1/confirmations');
  assert.equal(first?.headers.authorization, 'Bearer csk_test');
  assert.equal(first?.headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(first?.body ?? ''), TRANSFER);
  assert.match(String(first?.headers['idempotency-key']), /^[0-9a-f-]{36}$/);
  assert.notEqual(first?.headers['idempotency-key'], second?.headers['idempotency-key']);
  assert.equal(third?.headers['idempotency-key'], 'order-17');
});

const CALLS: [string, unknown, (countersign: Countersign) => Promise<unknown>][] = [
  ['GET /base/v1/confirmations/cnf_1', null, (c) => c.confirmations.get('cnf_1')],
  [
    'POST /base/v1/confirmations/cnf_1/verification',
    { code: '12345678', session: 's' },
    (c) => c.confirmations.verify('cnf_1', { code: '12345678', session: 's' }),
  ],
  [
    'POST /base/v1/confirmations/cnf_1/resend',
    { session: 's' },
    (c) => c.confirmations.resend('cnf_1', { session: 's' }),
  ],
  ['POST /base/v1/confirmations/cnf_1/cancellation', {}, (c) => c.confirmations.cancel('cnf_1')],
  ['GET /base/v1/confirmations/cnf_1/receipt', null, (c) => c.confirmations.receipt('cnf_1')],
  ['POST /base/v1/subscribers', { name: 'Ada' }, (c) => c.subscribers.create({ name: 'Ada' })],
  [
    'GET /base/v1/subscribers?limit=2&identifier=a%40b.example',
    null,
    (c) => c.subscribers.list({ limit: 2, identifier: 'a@b.example' }),
  ],
  [
    'PATCH /base/v1/subscribers/sub_1',
    { language: 'fr' },
    (c) => c.subscribers.change('sub_1', { language: 'fr' }),
  ],
  ['DELETE /base/v1/subscribers/sub_1', null, (c) => c.subscribers.erase('sub_1')],
  [
    'POST /base/v1/subscribers/sub_1/addresses',
    { channel: 'sms', value: '+33612345678' },
    (c) => c.subscribers.addresses.add('sub_1', { channel: 'sms', value: '+33612345678' }),
  ],
  ['GET /base/v1/subscribers/sub_1/addresses', null, (c) => c.subscribers.addresses.list('sub_1')],
  [
    'DELETE /base/v1/subscribers/sub_1/addresses/adr_1',
    null,
    (c) => c.subscribers.addresses.remove('sub_1', 'adr_1'),
  ],
  ['GET /base/v1/clients', null, (c) => c.clients.list()],
  ['POST /base/v1/clients/cli_1/keys', {}, (c) => c.clients.keys.create('cli_1')],
  ['DELETE /base/v1/clients/cli_1/keys/key_1', null, (c) => c.clients.keys.revoke('cli_1', 'key_1')],
  [
    'POST /base/v1/webhook-endpoints',
    { url: 'https://shop.example/' },
    (c) => c.webhooks.create({ url: 'https://shop.example/' }),
  ],
  ['POST /base/v1/webhook-endpoints/whk_1/secret', {}, (c) => c.webhooks.rotateSecret('whk_1')],
  ['POST /base/v1/webhook-endpoints/whk_1/test', null, (c) => c.webhooks.test('whk_1')],
  [
    'GET /base/v1/webhook-endpoints/whk_1/attempts?limit=5',
    null,
    (c) => c.webhooks.attempts('whk_1', { limit: 5 }),
  ],
  ['POST /base/v1/webhook-deliveries/whd_1/retry', null, (c) => c.webhooks.retry('whd_1')],
  ['GET /base/v1/confirmations/..%2Fclients%3Fa', null, (c) => c.confirmations.get('../clients?a')],
];

test('every call reaches its own path, with its body and nothing else', async (t) => {
  const { seen, countersign } = await world(t, [json(200, {})]);
  for (const [, , call] of CALLS) await call(countersign);
  assert.deepEqual(
    seen.map(({ method, url, body }) => [
      `${method} ${url}`,
      body === '' ? null : (JSON.parse(body) as unknown),
    ]),
    CALLS.map(([line, body]) => [line, body]),
  );
  for (const { method, headers } of seen)
    assert.equal(headers['idempotency-key'] !== undefined, method === 'POST');
  for (const id of ['', '.', '..']) assert.throws(() => countersign.confirmations.get(id), TypeError);
});

test('an answer without content is undefined', async (t) => {
  const { countersign } = await world(t, [(response) => response.writeHead(204).end()]);
  assert.equal(await countersign.clients.disable('cli_1'), undefined);
});

test('a refusal is thrown once, with the fields of RFC 9457', async (t) => {
  const body = {
    type: '/problems/malformed_request',
    title: 'The request is malformed',
    status: 400,
    detail: '/act: a transfer needs it',
    errors: [{ pointer: '/act', detail: 'a transfer needs it' }],
  };
  const { seen, countersign } = await world(t, [json(400, body)]);
  const thrown = await problemOf(countersign.confirmations.open(TRANSFER));
  assert.equal(thrown.refusal, 'malformed_request');
  assert.equal(thrown.message, 'The request is malformed: /act: a transfer needs it');
  assert.deepEqual(thrown.errors, body.errors);
  assert.deepEqual([thrown.status, thrown.retryAfterMs, thrown.instance], [400, null, null]);
  assert.equal(seen.length, 1);
});

test('an answer that is no problem document is a problem all the same', async (t) => {
  const { countersign } = await world(t, [page]);
  const thrown = await problemOf(countersign.confirmations.get('cnf_1'));
  assert.deepEqual([thrown.type, thrown.status, thrown.title], ['about:blank', 502, 'Bad Gateway']);
});

test('503, 429, a passing conflict and a lost answer are tried again with the same Idempotency-Key', async (t) => {
  const answers = [
    problem(503, 'outage', '0'),
    problem(409, 'idempotency_conflict', '0'),
    drop,
    json(201, { id: 'cnf_1' }),
  ];
  const { seen, countersign } = await world(t, answers);
  assert.equal((await countersign.confirmations.open(TRANSFER)).id, 'cnf_1');
  assert.equal(seen.length, 4);
  assert.equal(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size, 1);
});

test('what will not pass, or not soon enough, is not waited for', async (t) => {
  const limited = await world(t, [problem(429, 'sending_limit', '60')]);
  const thrown = await problemOf(limited.countersign.confirmations.open(TRANSFER));
  assert.deepEqual([thrown.retryAfterMs, limited.seen.length], [60_000, 1]);
  const ended = await world(t, [problem(409, 'ended')]);
  assert.equal((await problemOf(ended.countersign.confirmations.cancel('cnf_1'))).refusal, 'ended');
  assert.equal(ended.seen.length, 1);
  const busy = await world(t, [problem(503, 'outage', '0')], { retriesMax: 2 });
  assert.equal((await problemOf(busy.countersign.confirmations.get('cnf_1'))).status, 503);
  assert.equal(busy.seen.length, 3);
});

test('a server that never answers is unreachable after the last try, and says why', async (t) => {
  const { seen, countersign } = await world(t, [drop], { retriesMax: 1 });
  await assert.rejects(countersign.confirmations.get('cnf_1'), (error: unknown) => {
    assert.ok(error instanceof CountersignUnreachable && error.cause instanceof Error);
    return true;
  });
  assert.equal(seen.length, 2);
});

test('a redirect is not followed, so that the key goes nowhere else', async (t) => {
  const { seen, countersign } = await world(
    t,
    [(response) => response.writeHead(302, { Location: '/elsewhere' }).end()],
    { retriesMax: 0 },
  );
  await assert.rejects(countersign.confirmations.get('cnf_1'), CountersignUnreachable);
  assert.equal(seen.length, 1);
});

test('the caller can give up, and nothing is tried again', async (t) => {
  const stop = new AbortController();
  const { seen, countersign } = await world(t, [() => stop.abort(new Error('enough'))]);
  await assert.rejects(countersign.confirmations.get('cnf_1', { signal: stop.signal }), /enough/);
  assert.equal(seen.length, 1);
});

const stream =
  (...chunks: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const next = () => {
      const chunk = chunks.shift();
      if (chunk === undefined) return response.end();
      response.write(chunk, () => setImmediate(next));
      return undefined;
    };
    next();
  };
const state = (name: string) => `event: state\ndata: {"state":"${name}"}\n\n`;

async function statesOf(countersign: Countersign): Promise<string[]> {
  const states: string[] = [];
  for await (const event of countersign.confirmations.events('cnf_1')) states.push(event.state);
  return states;
}

test('events are read whatever the chunks and line ends are, until the confirmation is over', async (t) => {
  const { seen, countersign } = await world(t, [
    stream(
      ': heartbeat\n\nevent: st',
      'ate\r',
      '\ndata:{"state":\r\ndata: "opened"}\r\n\r\nevent: other\ndata: {}\n\nid: 7\n\n',
      `event: state\rdata: {"state":"sent"}\r\r${state('confirmed')}${state('opened')}`,
    ),
  ]);
  assert.deepEqual(await statesOf(countersign), ['opened', 'sent', 'confirmed']);
  assert.equal(seen[0]?.headers.accept, 'text/event-stream');
  assert.equal(seen[0]?.url, '/base/v1/confirmations/cnf_1/events');
});

test('a broken event stream is opened again, and a state that was seen is not told twice', async (t) => {
  const { seen, countersign } = await world(t, [
    stream(state('opened')),
    problem(503, 'outage', '0'),
    stream(state('opened'), state('sent')),
    drop,
    stream(state('sent'), state('expired')),
  ]);
  assert.deepEqual(await statesOf(countersign), ['opened', 'sent', 'expired']);
  assert.equal(seen.length, 5);
});

test('events of a confirmation that is not there, or of a server that hangs up each time, end with an error', async (t) => {
  const absent = await world(t, [problem(404, 'not_found')]);
  assert.equal((await problemOf(statesOf(absent.countersign))).refusal, 'not_found');
  const { seen, countersign } = await world(t, [stream()], { retriesMax: 1 });
  await assert.rejects(statesOf(countersign), CountersignUnreachable);
  assert.equal(seen.length, 2);
});

test('leaving the loop closes the connection', async (t) => {
  const closed = Promise.withResolvers<string>();
  const { countersign } = await world(t, [
    (response) => {
      response.on('close', () => closed.resolve('closed'));
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(state('opened'));
    },
  ]);
  for await (const event of countersign.confirmations.events('cnf_1')) {
    assert.equal(event.state, 'opened');
    break;
  }
  assert.equal(await closed.promise, 'closed');
});

test('a base URL that is none is refused at once', () => {
  assert.throws(() => createCountersign({ baseUrl: 'countersign.example', apiKey: 'k' }), /baseUrl/);
});
