import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import { openTestDatabase } from '../../test/database.ts';
import type { Sql } from '../store/connection.ts';
import { systemRandom } from '../std/random.ts';
import { clientOf, createClientCache, createFindPrincipal } from './find.ts';
import { makeApiKey } from './key.ts';
import { createClient, createKey, createTenant, disableClient, revokeKey } from './manage.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;

async function makeClient(sql: Sql = database.store.sql) {
  const tenant = await createTenant(sql, 'Acme');
  const client = await createClient(sql, tenant.id, {
    name: 'Shop',
    domain: 'shop.example',
    returnOrigins: ['https://shop.example'],
  });
  assert(client.ok);
  const asked = { tenantId: tenant.id, clientId: client.value.id, scope: 'client', label: '' } as const;
  const key = await createKey(sql, asked);
  assert(key.ok);
  return {
    tenantId: tenant.id,
    clientId: client.value.id,
    keyId: key.value.row.id,
    key: key.value.key.reveal(),
  };
}

test('a key is found by a lookup, and then synchronously', async () => {
  const { key, keyId, tenantId, clientId } = await makeClient();
  const find = createFindPrincipal(sql);
  const first = find(key);
  assert(first instanceof Promise);
  const principal = { tenantId, clientId, scope: 'client', keyId };
  assert.deepEqual({ ...(await first) }, principal);
  const second = find(key);
  assert(!(second instanceof Promise));
  assert.deepEqual({ ...second }, principal);
});

test('what cannot be a key is refused without a lookup; an unknown key is not remembered', async () => {
  const find = createFindPrincipal(sql);
  const unknown = makeApiKey(systemRandom).reveal();
  assert.equal(find(`${unknown.slice(0, -1)}${unknown.endsWith('0') ? '1' : '0'}`), null);
  assert.equal(await find(unknown), null);
  assert(find(unknown) instanceof Promise);
});

test('a revoked key is refused at once where it was not cached, and within 5 s where it was', async (t) => {
  const { key, keyId, tenantId, clientId } = await makeClient();
  const find = createFindPrincipal(sql);
  let nowMs = performance.now();
  t.mock.method(performance, 'now', () => nowMs);
  assert(await find(key));
  assert.equal(await revokeKey(sql, tenantId, clientId, keyId), true);
  assert.equal(await createFindPrincipal(sql)(key), null);
  nowMs += 5_001;
  assert.equal(await find(key), null);
  assert.equal(await find(key), null);
});

test('S17: when the database fails, the lookup throws and does not answer from what has expired', async (t) => {
  await using lost = await openTestDatabase();
  const { key } = await makeClient(lost.store.sql);
  const find = createFindPrincipal(lost.store.sql);
  let nowMs = performance.now();
  t.mock.method(performance, 'now', () => nowMs);
  assert(await find(key));
  await lost.store.sql`drop table api_key cascade`;
  nowMs += 5_001;
  await assert.rejects(async () => find(key));
  await assert.rejects(async () => find(key));
});

test('calls that ask for the same key at once share one lookup', async () => {
  const { key } = await makeClient();
  const find = createFindPrincipal(sql);
  const asked = Array.from({ length: 50 }, () => find(key));
  assert.equal(new Set(asked).size, 1);
  assert.equal(
    (await Promise.all(asked.map(async (one) => one))).every((principal) => principal !== null),
    true,
  );
});

test('S14: a client is found inside its tenant, and not when it is disabled', async () => {
  const { tenantId, clientId, key } = await makeClient();
  const stranger = await makeClient();
  const expected = {
    id: clientId,
    tenantId,
    name: 'Shop',
    domain: 'shop.example',
    returnOrigins: ['https://shop.example'],
  };
  assert.deepEqual(await clientOf(sql, tenantId, clientId), expected);
  assert.equal(await clientOf(sql, stranger.tenantId, clientId), null);
  const cache = createClientCache(sql);
  assert.equal(await cache(stranger.tenantId, clientId), null);
  assert.deepEqual(await cache(tenantId, clientId), expected);
  assert.deepEqual(cache(tenantId, clientId), expected);
  await disableClient(sql, tenantId, clientId);
  assert.equal(await clientOf(sql, tenantId, clientId), null);
  assert.equal(await createFindPrincipal(sql)(key), null);
  mock.restoreAll();
});
