import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createCall, itemsOf, textOf, type Call } from '../../test/call.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { makeTenant, type TestTenant } from '../../test/tenant.ts';
import { worldConfig } from '../../test/world.ts';
import { createClientCache, createFindPrincipal } from '../client/find.ts';
import { createApp } from '../http/app.ts';
import { clientAuth } from '../http/client-auth.ts';
import { systemClock } from '../std/clock.ts';
import { createLog } from '../std/log.ts';
import { createMetrics } from '../std/metrics.ts';
import { systemRandom } from '../std/random.ts';
import { asOutage } from '../store/connection.ts';
import { ENDPOINTS_MAX } from './endpoint.ts';
import { webhookRoutes } from './routes.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

let database: TestDatabase;
let webhooks: Webhooks;
let acme: TestTenant;
let other: TestTenant;
let call: Call;

before(async () => {
  database = await openTestDatabase();
  const { sql } = database.store;
  acme = await makeTenant(sql);
  other = await makeTenant(sql, 'Other');
  const log = createLog({ level: 'silent' });
  webhooks = createWebhooks({
    sql,
    keys: worldConfig().keys,
    clientOf: createClientCache(sql),
    allowPrivate: false,
    clock: systemClock,
    random: systemRandom,
    metrics: createMetrics(),
    log,
  });
  const app = createApp({ log, trustedHops: 0, asOutage });
  app.use('/v1/*', clientAuth(createFindPrincipal(sql)));
  app.route('/', webhookRoutes(webhooks.context));
  call = createCall(app);
});
after(async () => {
  await webhooks.deliverer[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const ROOT = '/v1/webhook-endpoints';
const URL_OF_SHOP = 'https://shop.example/hooks';

async function make(fields: object = {}, key = acme.admin) {
  const made = await call(key, 'POST', ROOT, { url: URL_OF_SHOP, ...fields });
  assert.equal(made.status, 201, made.text);
  return made;
}

function typeOf({ json }: { json: Readonly<Record<string, unknown>> }): unknown {
  return json['type'];
}

test('an endpoint is created with a secret that is shown this once, changed, listed and deleted', async () => {
  const made = await make({ description: ' the shop ' });
  const id = textOf(made, 'id');
  assert.match(id, /^whk_[0-9a-z]{26}$/);
  assert.equal(made.headers.get('location'), `${ROOT}/${id}`);
  assert.match(textOf(made, 'secret'), /^whsec_/);
  const { secret, ...shown } = made.json;
  assert(secret);
  assert.deepEqual(shown, {
    id,
    url: URL_OF_SHOP,
    description: 'the shop',
    types: ['*'],
    clientId: null,
    state: 'active',
    reason: null,
    failingSince: null,
    oldSecretUntil: null,
    createdAt: shown['createdAt'],
  });
  assert.deepEqual((await call(acme.admin, 'GET', `${ROOT}/${id}`)).json, shown);
  const changed = await call(acme.admin, 'PATCH', `${ROOT}/${id}`, {
    types: ['message.*'],
    clientId: acme.clientId,
    disabled: true,
  });
  const now = {
    ...shown,
    types: ['message.*'],
    clientId: acme.clientId,
    state: 'disabled',
    reason: 'administrator',
  };
  assert.deepEqual(changed.json, now);
  const enabled = await call(acme.admin, 'PATCH', `${ROOT}/${id}`, { disabled: false, clientId: null });
  assert.deepEqual(enabled.json, { ...now, clientId: null, state: 'active', reason: null });
  assert(itemsOf(await call(acme.admin, 'GET', ROOT)).some((item) => item['id'] === id));
  assert.equal((await call(acme.admin, 'DELETE', `${ROOT}/${id}`)).status, 204);
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/attempts'],
    ['POST', '/test'],
  ] as const) {
    assert.equal(
      typeOf(await call(acme.admin, method, `${ROOT}/${id}${path}`)),
      '/problems/unknown_endpoint',
    );
  }
});

test('S14: endpoints and deliveries of another tenant are not there, and a client key manages none', async () => {
  const id = textOf(await make(), 'id');
  const sent = await call(acme.admin, 'POST', `${ROOT}/${id}/test`);
  assert.equal(sent.status, 202);
  const retry = `/v1/webhook-deliveries/${textOf(sent, 'deliveryId')}/retry`;
  const calls: [method: string, path: string, body?: object][] = [
    ['GET', `${ROOT}/${id}`],
    ['PATCH', `${ROOT}/${id}`, { description: 'mine' }],
    ['DELETE', `${ROOT}/${id}`],
    ['POST', `${ROOT}/${id}/secret`, {}],
    ['POST', `${ROOT}/${id}/test`],
    ['GET', `${ROOT}/${id}/attempts`],
    ['POST', retry],
  ];
  for (const [method, path, body] of calls) {
    assert.equal((await call(other.admin, method, path, body)).status, 404, `${method} ${path}`);
    assert.equal((await call(acme.client, method, path, body)).status, 403, `${method} ${path}`);
    assert.equal((await call(null, method, path, body)).status, 401, `${method} ${path}`);
  }
  assert.equal((await call(acme.client, 'GET', ROOT)).status, 403);
  assert.equal((await call(acme.client, 'POST', ROOT, { url: URL_OF_SHOP })).status, 403);
  assert.deepEqual(itemsOf(await call(other.admin, 'GET', ROOT)), []);
  const theirs = await call(acme.admin, 'POST', ROOT, { url: URL_OF_SHOP, clientId: other.clientId });
  assert.equal(typeOf(theirs), '/problems/unknown_client');
  assert.equal((await call(acme.admin, 'POST', retry)).status, 202);
});

test('S14: state, reason and secret cannot be written, and unknown fields are refused', async () => {
  const id = textOf(await make(), 'id');
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  for (const more of [
    { state: 'active' },
    { reason: null },
    { secret },
    { failingSince: null },
    { tenantId: 'x' },
  ]) {
    assert.equal((await call(acme.admin, 'POST', ROOT, { url: URL_OF_SHOP, ...more })).status, 400);
    assert.equal((await call(acme.admin, 'PATCH', `${ROOT}/${id}`, more)).status, 400);
  }
});

test('S16: a URL that may not be called is refused at creation and at a change', async () => {
  const id = textOf(await make(), 'id');
  const refused: [url: string, type: string][] = [
    ['https://127.0.0.1/', 'url_not_allowed'],
    ['https://[::ffff:169.254.169.254]/', 'url_not_allowed'],
    ['http://shop.example/', 'url_not_allowed'],
    ['gopher://shop.example/', 'malformed_url'],
    ['https://a:b@shop.example/', 'malformed_url'],
  ];
  for (const [url, type] of refused) {
    assert.equal(typeOf(await call(acme.admin, 'POST', ROOT, { url })), `/problems/${type}`, url);
    assert.equal(typeOf(await call(acme.admin, 'PATCH', `${ROOT}/${id}`, { url })), `/problems/${type}`, url);
  }
  const types = await call(acme.admin, 'POST', ROOT, { url: URL_OF_SHOP, types: ['mess*'] });
  assert.equal(typeOf(types), '/problems/malformed_event_type');
});

test('unknown and malformed ids of deliveries are 404', async () => {
  for (const id of ['whd_1', 'evt_00067bscr05x92m8v0kz7y1qm0', 'whd_00067bscr05x92m8v0kz7y1qm0']) {
    const answer = await call(acme.admin, 'POST', `/v1/webhook-deliveries/${id}/retry`);
    assert.equal(typeOf(answer), '/problems/unknown_delivery');
  }
});

test('a tenant has so many endpoints and no more, also when they are made at once', async () => {
  const full = await makeTenant(database.store.sql, 'Full');
  const answers = await Promise.all(
    Array.from({ length: ENDPOINTS_MAX + 5 }, () => call(full.admin, 'POST', ROOT, { url: URL_OF_SHOP })),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, ENDPOINTS_MAX);
  for (const answer of answers.filter(({ status }) => status !== 201)) {
    assert.equal(typeOf(answer), '/problems/too_many_endpoints');
  }
});
