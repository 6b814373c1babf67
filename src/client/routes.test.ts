import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createCall, itemsOf, textOf } from '../../test/call.ts';
import { openTestDatabase } from '../../test/database.ts';
import { makeTenant } from '../../test/tenant.ts';
import { createApp } from '../http/app.ts';
import { clientAuth } from '../http/client-auth.ts';
import { createLog } from '../std/log.ts';
import { asOutage } from '../store/connection.ts';
import { createFindPrincipal } from './find.ts';
import { clientRoutes } from './routes.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;

const app = createApp({ log: createLog({ level: 'silent' }), trustedHops: 0, asOutage });
app.use('/v1/*', clientAuth(createFindPrincipal(sql)));
app.route('/', clientRoutes({ sql }));

const call = createCall(app);
const acme = await makeTenant(sql, 'Acme');
const other = await makeTenant(sql, 'Other');

test('an administrator creates a client, makes it a key, and the key works', async () => {
  const made = await call(acme.admin, 'POST', '/v1/clients', {
    name: 'Shop',
    domain: 'Shop.Example',
    returnOrigins: ['https://shop.example/', 'http://localhost:3000'],
  });
  assert.equal(made.status, 201, made.text);
  assert.equal(made.json['domain'], 'shop.example');
  assert.deepEqual(made.json['returnOrigins'], ['https://shop.example', 'http://localhost:3000']);
  const path = `/v1/clients/${textOf(made, 'id')}`;
  assert.equal(made.headers.get('location'), path);

  const key = await call(acme.admin, 'POST', `${path}/keys`, { label: 'production' });
  assert.equal(key.status, 201, key.text);
  assert.equal(key.headers.get('cache-control'), 'no-store');
  assert.equal(key.json['scope'], 'client');
  // A client key is known, and may not administer.
  assert.equal((await call(textOf(key, 'key'), 'GET', path)).status, 403);

  const listed = await call(acme.admin, 'GET', `${path}/keys`);
  assert.equal(listed.status, 200);
  assert(!listed.text.includes('csk_'), 'S8: the list shows no key');
  const got = await call(acme.admin, 'GET', path);
  assert.deepEqual(got.json, made.json);
});

test('a third live key of one scope is refused until one is revoked', async () => {
  const path = `/v1/clients/${acme.clientId}/keys`;
  const second = await call(acme.admin, 'POST', path, { scope: 'client', label: 'next' });
  assert.equal(second.status, 201);
  const third = await call(acme.admin, 'POST', path, { scope: 'client' });
  assert.equal(third.status, 409);
  assert.equal(third.json['type'], '/problems/too_many_keys');
  assert.match(textOf(third, 'detail'), /Revoke one first/);
  assert.equal((await call(acme.admin, 'DELETE', `${path}/${textOf(second, 'id')}`)).status, 204);
  assert.equal((await call(acme.admin, 'POST', path, { scope: 'client' })).status, 201);
});

test('of ten keys asked for at once, two are made', async () => {
  const made = await call(acme.admin, 'POST', '/v1/clients', { name: 'Race', domain: 'race.example' });
  const path = `/v1/clients/${textOf(made, 'id')}/keys`;
  const answers = await Promise.all(Array.from({ length: 10 }, () => call(acme.admin, 'POST', path, {})));
  assert.equal(answers.filter((answer) => answer.status === 201).length, 2);
  assert.equal(answers.filter((answer) => answer.status === 409).length, 8);
});

test('S14: a client of another tenant is not there, by any verb', async () => {
  const path = `/v1/clients/${other.clientId}`;
  const keys = await call(other.admin, 'GET', `${path}/keys`);
  const [first] = itemsOf(keys);
  const foreign = String(first?.['id']);
  const answers = [
    await call(acme.admin, 'GET', path),
    await call(acme.admin, 'PATCH', path, { name: 'mine' }),
    await call(acme.admin, 'DELETE', path),
    await call(acme.admin, 'GET', `${path}/keys`),
    await call(acme.admin, 'POST', `${path}/keys`, {}),
    await call(acme.admin, 'DELETE', `${path}/keys/${foreign}`),
    await call(acme.admin, 'DELETE', `/v1/clients/${acme.clientId}/keys/${foreign}`),
  ];
  for (const answer of answers) assert.equal(answer.status, 404, answer.text);
  const listed = await call(acme.admin, 'GET', '/v1/clients?limit=100');
  assert(!listed.text.includes(other.clientId));
  assert.equal((await call(other.client, 'GET', path)).status, 403);
  assert.equal((await call(other.admin, 'GET', path)).status, 200);
});

test('S14: unknown fields are refused, and so are malformed ones, with a pointer', async () => {
  const bad: [unknown, RegExp][] = [
    [{ name: 'X', domain: 'x.example', state: 'active' }, /state/],
    [{ name: 'X', domain: 'x.example', tenantId: other.tenantId }, /tenantId/],
    [{ name: '', domain: 'x.example' }, /\/name/],
    [{ domain: 'x.example' }, /\/name/],
    [{ name: 'X', domain: 'https://x.example' }, /host name/],
    [{ name: 'X', domain: 'x.example', returnOrigins: ['http://x.example'] }, /https/],
    [{ name: 'X', domain: 'x.example', returnOrigins: ['https://x.example/path'] }, /https/],
    [{ name: 'X', domain: 'x.example', returnOrigins: ['javascript:alert(1)'] }, /https/],
    [{ name: 'X', domain: 'x.example', returnOrigins: ['https://me@x.example'] }, /https/],
    [[], /./],
  ];
  for (const [body, detail] of bad) {
    const answer = await call(acme.admin, 'POST', '/v1/clients', body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.match(textOf(answer, 'detail'), detail);
  }
});

test('clients are listed page by page', async () => {
  const world = await makeTenant(sql, 'Pages');
  for (let i = 0; i < 4; i++) {
    await call(world.admin, 'POST', '/v1/clients', { name: `Client ${i}`, domain: 'x.example' });
  }
  const seen: string[] = [];
  let cursor = '';
  for (let pages = 0; pages < 9; pages++) {
    const page = await call(world.admin, 'GET', `/v1/clients?limit=2${cursor}`);
    for (const item of itemsOf(page)) seen.push(textOf({ json: item }, 'id'));
    if (page.json['nextCursor'] === null) break;
    cursor = `&cursor=${textOf(page, 'nextCursor')}`;
  }
  assert.equal(seen.length, 5);
  assert.equal(new Set(seen).size, 5);
});

test('a disabled client is refused by a server that has not seen it lately; nobody disables his own', async () => {
  const made = await call(acme.admin, 'POST', '/v1/clients', { name: 'Old', domain: 'old.example' });
  const path = `/v1/clients/${textOf(made, 'id')}`;
  const key = await call(acme.admin, 'POST', `${path}/keys`, { scope: 'admin' });
  assert.equal((await call(acme.admin, 'DELETE', path)).status, 204);
  assert.equal((await call(textOf(key, 'key'), 'GET', '/v1/clients')).status, 401);
  assert.equal((await call(acme.admin, 'POST', `${path}/keys`, {})).status, 404);
  assert.equal((await call(acme.admin, 'DELETE', `/v1/clients/${acme.clientId}`)).status, 409);
});

test('the routes describe themselves, with every problem that they may answer', () => {
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'test', version: '0' } });
  const made = document.paths?.['/v1/clients/{clientId}/keys']?.post;
  assert.equal(made?.operationId, 'createApiKey');
  assert.deepEqual(Object.keys(made?.responses ?? {}), ['201', '400', '401', '403', '404', '409', '503']);
});
