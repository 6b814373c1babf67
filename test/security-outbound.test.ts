/**
 * S16 over the requests that a tenant can make us send: its webhooks. The resolver is ours, the sockets are
 * real, and the receiver counts who so much as connects.
 */
import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { test } from 'node:test';
import { must } from '../src/std/assert.ts';
import { createClientCache } from '../src/client/find.ts';
import { createOutbound, type ResolveName } from '../src/http/outbound.ts';
import { systemClock } from '../src/std/clock.ts';
import { createLog } from '../src/std/log.ts';
import { createMetrics } from '../src/std/metrics.ts';
import { systemRandom } from '../src/std/random.ts';
import { listAttempts } from '../src/webhook/delivery-store.ts';
import { createEndpoint, testEndpoint } from '../src/webhook/manage.ts';
import { createWebhooks, type Webhooks } from '../src/webhook/webhooks.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { until } from './security-kit.ts';
import { makeTenant, type TestTenant } from './tenant.ts';
import { answering, openReceiver } from './webhook-receiver.ts';
import { worldConfig } from './world.ts';

type Place = AsyncDisposable & {
  readonly database: TestDatabase;
  readonly tenant: TestTenant;
  readonly webhooks: Webhooks;
};

/** A tenant whose webhooks are delivered, names resolved as `lookup` says. */
async function openPlace(allowPrivate: boolean, lookup: ResolveName): Promise<Place> {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await openTestDatabase());
  const { sql } = database.store;
  const webhooks = createWebhooks({
    sql,
    keys: worldConfig().keys,
    clientOf: createClientCache(sql),
    allowPrivate,
    outbound: createOutbound({ allowPrivate, lookup }),
    clock: systemClock,
    random: systemRandom,
    metrics: createMetrics(),
    log: createLog({ level: 'silent' }),
  });
  stack.use(webhooks.deliverer).start();
  const tenant = await makeTenant(sql);
  return { database, tenant, webhooks, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Sends a test event to a new endpoint, and gives what came of it. */
async function attempt({ database, tenant, webhooks }: Place, url: string): Promise<string | null> {
  const { tenantId, clientId } = tenant;
  const fields = { url, description: '', types: ['*'], clientId: null };
  const made = await createEndpoint(webhooks.context, tenantId, fields);
  if (!made.ok) return made.refusal;
  const { id } = made.value.endpoint;
  assert((await testEndpoint(webhooks.context, tenantId, clientId, id)).ok);
  webhooks.deliverer.wake();
  return until('the attempt', async () => {
    const [first] = await listAttempts(database.store.sql, id, null, 1);
    return first ? (first.error ?? `delivered ${first.status}`) : null;
  });
}

function resolving(names: Record<string, string[][]>): ResolveName {
  const asked = new Map<string, number>();
  return (hostname, answer) => {
    const answers = names[hostname] ?? [];
    const n = asked.get(hostname) ?? 0;
    asked.set(hostname, n + 1);
    const addresses = answers[Math.min(n, answers.length - 1)] ?? [];
    answer(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

/** Listens on loopback, IPv4 and IPv6 where there is one, and counts connections. */
async function openTrap() {
  let connections = 0;
  const listen = async (host: string, port: number): Promise<Server | null> => {
    const server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    return new Promise((resolve) => {
      server.once('error', () => resolve(null));
      server.listen(port, host, () => resolve(server));
    });
  };
  const first = must(await listen('127.0.0.1', 0), 'a free port on loopback');
  const { port } = first.address() as AddressInfo;
  const servers = [first, await listen('::1', port)];
  return {
    port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) server?.close();
      await Promise.resolve();
    },
  };
}

test('S16: no name that resolves to an inside address is connected to, in whatever form it comes', async () => {
  await using trap = await openTrap();
  const inside: Record<string, string[][]> = {
    'loopback.example': [['127.0.0.1']],
    'loopback6.example': [['::1']],
    'mapped.example': [['::ffff:127.0.0.1']],
    'mapped-hex.example': [['::ffff:7f00:1']],
    'nat64.example': [['64:ff9b::7f00:1']],
    'sixtofour.example': [['2002:7f00:1::']],
    'zero.example': [['0.0.0.0']],
    'unspecified.example': [['::']],
    'private.example': [['10.0.0.1', '192.168.1.1', '172.16.0.1']],
    'cloud.example': [['169.254.169.254']],
    'link-local.example': [['fe80::1']],
    'unique-local.example': [['fd12:3456::1']],
    'shared.example': [['100.64.0.1']],
    // Public when it is asked again (DNS rebinding): what was judged is what is connected to.
    'rebinding.example': [['127.0.0.1'], ['8.8.8.8']],
  };
  await using place = await openPlace(false, resolving(inside));
  const outcomes = await Promise.all(
    Object.keys(inside).map(async (host) => [host, await attempt(place, `https://${host}:${trap.port}/`)]),
  );
  for (const [host, outcome] of outcomes) {
    assert.match(String(outcome), /resolves to no public address/, String(host));
  }
  assert.equal(trap.connections(), 0);
});

test('S16: no inside address is even taken as the URL of an endpoint', async () => {
  await using trap = await openTrap();
  await using place = await openPlace(false, resolving({}));
  const hosts = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '017700000001',
    '2130706433',
    '0',
    'localhost',
    'a.localhost',
  ];
  const hosts6 = ['[::1]', '[::]', '[::ffff:127.0.0.1]', '[0:0:0:0:0:ffff:7f00:1]', '[fe80::1]', '[fc00::1]'];
  for (const host of [...hosts, ...hosts6]) {
    assert.equal(await attempt(place, `https://${host}:${trap.port}/`), 'url_not_allowed', host);
  }
  assert.equal(await attempt(place, `http://shop.example:${trap.port}/`), 'url_not_allowed');
  assert.equal(trap.connections(), 0);
});

test('S16: where private addresses are configured they are reached in clear, public ones are not', async () => {
  await using receiver = await openReceiver();
  const { port } = new URL(receiver.url);
  await using place = await openPlace(
    true,
    resolving({ 'inside.example': [['127.0.0.1']], 'outside.example': [['8.8.8.8']] }),
  );
  assert.equal(await attempt(place, `http://inside.example:${port}/`), 'delivered 204');
  assert.match(
    String(await attempt(place, `http://outside.example:${port}/`)),
    /resolves to no private address/,
  );
  assert.equal(receiver.received.length, 1);
});

test('S16: no redirect is followed, neither inside nor elsewhere', async () => {
  await using receiver = await openReceiver();
  await using target = await openReceiver();
  await using place = await openPlace(true, resolving({}));
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answerWith(answering(status, { location: target.url }));
    assert.equal(await attempt(place, receiver.url), `it answered ${status}: redirects are not followed`);
  }
  assert.equal(target.received.length, 0);
});

test('S20: an endless answer, and an answer that is no HTTP, do no harm', async () => {
  await using receiver = await openReceiver();
  await using place = await openPlace(true, resolving({}));
  receiver.answerWith((response) => {
    response.writeHead(200);
    const pour = (): void => {
      if (!response.destroyed) response.write('x'.repeat(50_000), pour);
    };
    pour();
  });
  assert.equal(await attempt(place, receiver.url), 'delivered 200');
  receiver.answerWith((response) => void response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n'));
  assert.match(String(await attempt(place, receiver.url)), /Parse Error/);
  receiver.answerWith((response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`);
  });
  assert.match(String(await attempt(place, receiver.url)), /overflow/i);
});
