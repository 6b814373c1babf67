import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCheckDigit } from '../sim/card-number.ts';
import { must } from '../src/std/assert.ts';
import { SHORT } from './declaration-form.ts';
import { checkInvariants } from './invariants.ts';
import { addClient, numberOf, open, openBody, openedOf, openPolicy, TRANSFER } from './security-kit.ts';
import { makeTenant, type TestTenant } from './tenant.ts';
import { BUYER_TERMS, makeOwnedPayments, PAYMENT, PERIOD, type OwnedPayments } from './tenant-payments.ts';
import { writePolicy } from '../src/confirmation/policy-store.ts';
import { openWorld, type Answer, type World } from './world.ts';

type Path = Record<string, { requestBody?: unknown } | undefined>;
type Route = { method: string; path: string; hasBody: boolean };
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/**
 * Every route of the API that the document lists, so that a new one is tried here without being named here.
 */
async function readRoutes(world: World): Promise<Route[]> {
  const { body } = await world.call('GET', '/openapi.json');
  return Object.entries(body['paths'] as Record<string, Path>).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const found = item[method];
      return found ? [{ method: method.toUpperCase(), path, hasBody: found.requestBody !== undefined }] : [];
    }),
  );
}

/** Bodies that are right, so that nothing but whose the object is can be wrong. */
function bodyOf({ method, path }: Route, secret: string): Record<string, unknown> {
  if (path.endsWith('/verification')) return { code: '0123456789', session: secret };
  if (path.endsWith('/resend')) return { session: secret };
  if (path.endsWith('/addresses')) return { channel: 'sms', value: '+33612345699' };
  if (path === '/v1/confirmations') return { ...openBody('+33612345678') };
  if (path === '/v1/payments') return { ...PAYMENT };
  if (path.includes('/trustee/buyers/')) return { ...BUYER_TERMS };
  if (path.endsWith('/cards')) return { number: withCheckDigit('497010123456789'), expiry: '12/49' };
  if (path.endsWith('/trusted-payees')) return { payee: 'Acme' };
  if (path.endsWith('/begin')) return { means: { kind: 'trustee' } };
  if (path === '/v1/clients') return { name: 'A', domain: 'a.example' };
  if (path === '/v1/forms') return { ...SHORT };
  if (path.startsWith('/v1/messages/') && path.includes('{reading}')) return { session: secret };
  if (method === 'PATCH' && path.startsWith('/v1/forms')) return { title: 'Changed' };
  if (method === 'PATCH' && path.startsWith('/v1/webhook')) return { description: 'Changed' };
  return method === 'PATCH' ? { name: 'Changed' } : {};
}

type Owned = OwnedPayments & {
  confirmation: string;
  secret: string;
  subscriber: string;
  address: string;
  client: string;
  key: string;
  form: string;
  endpoint: string;
  delivery: string;
  message: string;
  account: string;
};

/** Where nobody listens. */
const NOBODY = 'http://127.0.0.1:9/';
const PRIVATE = { ALLOW_PRIVATE_ADDRESSES: 'true' };

/** One of each object of a tenant, made over the API by its administrator, or by the client whose it is. */
async function makeOwned(world: World, keys: TestTenant, number: string): Promise<Owned> {
  const call = async (path: string, body?: object, key = keys.admin): Promise<Answer> => {
    const answer = await world.call('POST', path, body, { authorization: `Bearer ${key}` });
    assert(answer.status === 201 || answer.status === 202, answer.text);
    return answer;
  };
  const made = await call('/v1/subscribers', {
    identifiers: [{ kind: 'email', value: 'marie@example.com' }],
    addresses: [{ channel: 'sms', value: number, vouched: true }],
  });
  const confirmation = openedOf(
    await call('/v1/confirmations', {
      subscriber: { identifier: { value: 'marie@example.com' } },
      act: TRANSFER,
    }),
  );
  const client = await call('/v1/clients', { name: 'Victim', domain: 'victim.example' });
  const key = await call(`/v1/clients/${String(client.body['id'])}/keys`, {});
  const form = await call('/v1/forms', SHORT);
  const endpoint = await call('/v1/webhook-endpoints', { url: NOBODY, types: ['none.such'] });
  const sent = await call(`/v1/webhook-endpoints/${String(endpoint.body['id'])}/test`);
  const marie = { identifier: { value: 'marie@example.com' } };
  const draft = { sender: marie, addressee: marie, subject: 'A notice', text: 'Of Marie.' };
  const message = await call('/v1/messages', draft, keys.client);
  const account = await call('/v1/accounts', {
    code: 'marie',
    kind: 'customer',
    currency: 'EUR',
    normalSide: 'credit',
  });
  const [address] = made.body['addresses'] as { id: string }[];
  const subscriber = String(made.body['id']);
  return {
    ...(await makeOwnedPayments(world, keys, subscriber)),
    confirmation: confirmation.id,
    secret: confirmation.secret,
    subscriber,
    address: must(address, 'the subscriber was made with an address').id,
    client: String(client.body['id']),
    key: String(key.body['id']),
    form: String(form.body['id']),
    endpoint: String(endpoint.body['id']),
    delivery: String(sent.body['deliveryId']),
    message: String(message.body['id']),
    account: String(account.body['id']),
  };
}

function fill(path: string, owned: Owned): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const byName: Record<string, string> = {
      clientId: owned.client,
      keyId: owned.key,
      subscriberId: owned.subscriber,
      addressId: owned.address,
      endpointId: owned.endpoint,
      deliveryId: owned.delivery,
      reading: owned.confirmation,
      terminalId: owned.terminal,
      token: owned.card,
      currency: 'EUR',
      period: PERIOD,
      n: '1',
      id: idOf(path, owned),
    };
    return must(byName[name], `the parameter ${name} of ${path} has an object in this test`);
  });
}

/** Declarations have a test of their own: only a person makes one (declaration-api.test.ts). */
function idOf(path: string, owned: Owned): string {
  if (path.startsWith('/v1/subscribers')) return owned.subscriber;
  if (path.startsWith('/v1/messages')) return owned.message;
  if (path.startsWith('/v1/accounts')) return owned.account;
  if (path.startsWith('/v1/payments')) return owned.payment;
  if (path.startsWith('/v1/bank-routes')) return owned.bankRoute;
  if (path.startsWith('/v1/trustee/bills')) return owned.bill;
  if (path.startsWith('/v1/trustee/payouts')) return owned.payout;
  return path.startsWith('/v1/forms') ? owned.form : owned.confirmation;
}

async function tenantRows(world: World, tenantId: string): Promise<string> {
  const { sql } = world.database.store;
  const rows = await Promise.all(
    [
      'confirmation',
      'subscriber',
      'address',
      'identifier',
      'client',
      'api_key',
      'webhook_endpoint',
      'form',
      'message',
      'account',
      'payment',
      'terminal',
      'bank_route',
      'card',
      'trustee_buyer',
      'trustee_merchant',
      'trustee_bill',
      'trustee_payout',
    ].map(
      (table) =>
        sql`select to_jsonb(t) - 'state' - 'failing_since' as row from ${sql(table)} t where tenant_id = ${tenantId} order by 1`,
    ),
  );
  return JSON.stringify(rows);
}

test("S14: another tenant's objects are not there, on any route, for a client or an administrator", async () => {
  await using world = await openWorld({ policy: openPolicy(), environment: PRIVATE });
  const { sql } = world.database.store;
  const victim: TestTenant = await makeTenant(sql, 'Victim Bank');
  assert((await writePolicy(sql, victim.tenantId, openPolicy())).ok);
  const owned = await makeOwned(world, victim, numberOf(1));
  const own = await makeOwned(world, tenantOf(world), numberOf(2));
  const before = await tenantRows(world, victim.tenantId);
  const routes = (await readRoutes(world)).filter(
    // A period is a month of one's own tenant, not an object of anybody's.
    ({ path }) => path.startsWith('/v1/') && path.includes('{') && !path.includes('{period}'),
  );
  assert(routes.length >= 15, `${routes.length} routes have an object in their path`);
  for (const route of routes) {
    // All of it another's; and another's address or key beneath an object of one's own.
    const mixed: Owned = { ...own, address: owned.address, key: owned.key };
    const targets = /\{(addressId|keyId)\}/.test(route.path) ? [owned, mixed] : [owned];
    for (const target of targets) {
      for (const key of [world.adminKey, world.apiKey]) {
        const answer = await callRoute(world, route, target, key);
        const face = `${route.method} ${route.path}: ${answer.status} ${answer.text}`;
        // Some routes are for administrators only, and those of messages for clients only, whosever it is.
        const isForbidden = answer.status === 403 && key !== keyFor(world, route);
        const isRefusal = /\/(verification|resend)$/.test(route.path) && answer.status === 422;
        assert(answer.status === 404 || isForbidden || isRefusal, face);
        assert(!answer.text.includes('Victim') && !answer.text.includes('marie'), face);
      }
    }
  }
  assert.equal(await tenantRows(world, victim.tenantId), before, 'nothing of the other tenant has changed');
  for (const list of [
    '/v1/clients',
    '/v1/forms',
    '/v1/subscribers',
    '/v1/subscribers?identifier=marie@example.com',
  ]) {
    const answer = await world.call('GET', list, undefined, { authorization: `Bearer ${world.adminKey}` });
    assert.equal(answer.status, 200);
    assert(!answer.text.includes(owned.client) && !answer.text.includes(owned.subscriber), list);
    assert(!answer.text.includes(owned.form), list);
  }
  await checkInvariants(world);
});

test("S14: another client's confirmation is not there, and its subscribers' ids lead nowhere from another tenant", async () => {
  await using world = await openWorld({ policy: openPolicy() });
  const opened = await open(world);
  const other = await addClient(world);
  const authorization = `Bearer ${other.key}`;
  const path = `/v1/confirmations/${opened.id}`;
  const routes = (await readRoutes(world)).filter((route) => route.path.startsWith('/v1/confirmations/{id}'));
  assert(routes.length >= 5);
  for (const route of routes) {
    const body = route.hasBody ? bodyOf(route, opened.secret) : undefined;
    const answer = await world.call(route.method, route.path.replace('{id}', opened.id), body, {
      authorization,
    });
    const expected = /\/(verification|resend)$/.test(route.path) ? 422 : 404;
    assert.equal(answer.status, expected, `${route.method} ${route.path}: ${answer.text}`);
  }
  assert.equal((await world.call('GET', path)).body['state'], 'sent');
  const stranger = await makeTenant(world.database.store.sql, 'Another Bank');
  const made = await world.call(
    'POST',
    '/v1/subscribers',
    { addresses: [{ channel: 'sms', value: numberOf(1), vouched: true }] },
    { authorization: `Bearer ${world.adminKey}` },
  );
  const answer = await world.call(
    'POST',
    '/v1/confirmations',
    { subscriber: { id: String(made.body['id']) }, act: TRANSFER },
    { authorization: `Bearer ${stranger.client}` },
  );
  assert.deepEqual([answer.status, answer.body['type']], [422, '/problems/unknown_subscriber']);
  await checkInvariants(world);
});

test('S14: fields that nobody may write are refused on every route, at every depth', async () => {
  await using world = await openWorld({ policy: openPolicy(), environment: PRIVATE });
  const own = await makeOwned(world, tenantOf(world), numberOf(2));
  const routes = (await readRoutes(world)).filter(({ hasBody, path }) => hasBody && path.startsWith('/v1/'));
  assert(routes.length >= 10);
  const extras = {
    state: 'confirmed',
    verified: true,
    balance: '1',
    tenantId: 'x',
    attempts: 0,
    __proto__x: 1,
  };
  for (const route of routes.filter((each) => !isFile(each))) {
    for (const [name, value] of Object.entries(extras)) {
      const body = { ...bodyOf(route, own.secret), [name]: value };
      const answer = await callRoute(world, route, own, keyFor(world, route), body);
      assert(
        [400, 422].includes(answer.status) && answer.body['type'] !== '/problems/refused',
        `${route.method} ${route.path} with ${name}: ${answer.status} ${answer.text}`,
      );
    }
  }
  const nested: object[] = [
    { ...openBody(numberOf(3)), act: { ...TRANSFER, state: 'confirmed' } },
    { ...openBody(numberOf(3)), act: { ...TRANSFER, amount: { ...TRANSFER.amount, minor: 1 } } },
    { ...openBody(numberOf(3)), act: { ...TRANSFER, payee: { ...TRANSFER.payee, verified: true } } },
    { subscriber: { address: { channel: 'sms', value: numberOf(3), state: 'bound' } }, act: TRANSFER },
    { subscriber: { id: own.subscriber, address: { channel: 'sms', value: numberOf(3) } }, act: TRANSFER },
  ];
  for (const body of nested) {
    const answer = await world.call('POST', '/v1/confirmations', body);
    assert.equal(answer.status, 400, JSON.stringify(body));
  }
  await checkInvariants(world);
});

function tenantOf({ tenantId, clientId, adminKey, apiKey }: World): TestTenant {
  return { tenantId, clientId, admin: adminKey, client: apiKey };
}

/** Who may call it at all, and so is told of an object that is not his that it is not there. */
function keyFor(world: World, { path }: Route): string {
  return /^\/v1\/(messages|payments)\b/.test(path) ? world.apiKey : world.adminKey;
}

/** Takes the bytes of a file and no fields. */
function isFile({ method, path }: Route): boolean {
  return method === 'PUT' && path.endsWith('/files/{n}');
}

function callRoute(world: World, route: Route, owned: Owned, key: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}` };
  const path = fill(route.path, owned);
  if (isFile(route))
    return world.call('PUT', path, 'Of Marie.', { ...headers, 'content-type': 'text/plain' });
  const sent = body ?? (route.hasBody ? bodyOf(route, owned.secret) : undefined);
  const query = path.endsWith('/statement') ? '?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z' : '';
  const session = { 'countersign-session': owned.secret };
  return world.call(route.method, `${path}${query}`, sent, { ...headers, ...session });
}
