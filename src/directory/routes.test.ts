import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createCall, itemsOf, textOf } from '../../test/call.ts';
import { openTestDatabase } from '../../test/database.ts';
import { makeTenant } from '../../test/tenant.ts';
import { createFindPrincipal } from '../client/find.ts';
import { createApp } from '../http/app.ts';
import { clientAuth } from '../http/client-auth.ts';
import { createLog } from '../std/log.ts';
import { asOutage } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { markBound } from './bind.ts';
import { directoryRoutes } from './routes.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;

const app = createApp({ log: createLog({ level: 'silent' }), trustedHops: 0, asOutage });
app.use('/v1/*', clientAuth(createFindPrincipal(sql)));
app.route('/', directoryRoutes({ sql, defaultCountry: 'FR' }));
const call = createCall(app);

const acme = await makeTenant(sql, 'Acme');
const other = await makeTenant(sql, 'Other');

let people = 0;
/** A body that no other test's collides with. */
function person(more: Record<string, unknown> = {}) {
  people++;
  return {
    name: `Person ${people}`,
    identifiers: [{ kind: 'email', value: `p${people}@example.com` }],
    ...more,
  };
}

test('P1, P3: a subscriber is created with identifiers and addresses in their normal forms', async () => {
  const made = await call(acme.admin, 'POST', '/v1/subscribers', {
    name: 'Marie Dupont',
    language: 'fr',
    identifiers: [
      { kind: 'email', value: ' Marie@Example.COM ' },
      { kind: 'phone', value: '01 42 68 53 00' },
      { kind: 'subscriber_number', value: 'Ａ-17' },
    ],
    addresses: [{ channel: 'sms', value: '０６ 12 34 56 78', vouched: true }],
  });
  assert.equal(made.status, 201, made.text);
  const id = textOf(made, 'id');
  assert.equal(made.headers.get('location'), `/v1/subscribers/${id}`);
  assert.deepEqual(made.json['identifiers'], [
    { kind: 'email', value: 'marie@example.com' },
    { kind: 'phone', value: '+33142685300' },
    { kind: 'subscriber_number', value: 'A-17' },
  ]);
  const got = await call(acme.client, 'GET', `/v1/subscribers/${id}`);
  assert.deepEqual(got.json, made.json);
  const [address] = itemsOf(await call(acme.client, 'GET', `/v1/subscribers/${id}/addresses`));
  assert.equal(address?.['value'], '+33612345678');
  assert.equal(address['masked'], '+33 6 •• •• •• 78');
  assert.deepEqual([address['state'], address['source']], ['vouched', 'contract']);
});

test('subscribers are found by any spelling of an identifier, with and without its kind', async () => {
  const made = await call(acme.admin, 'POST', '/v1/subscribers', {
    identifiers: [
      { kind: 'email', value: 'find@example.com' },
      { kind: 'phone', value: '+33 1 42 68 53 01' },
      { kind: 'subscriber_number', value: 'find-9' },
    ],
  });
  const id = textOf(made, 'id');
  const find = async (query: Record<string, string>) =>
    itemsOf(await call(acme.client, 'GET', `/v1/subscribers?${new URLSearchParams(query).toString()}`)).map(
      (item) => textOf({ json: item }, 'id'),
    );
  assert.deepEqual(await find({ identifier: 'FIND@example.com' }), [id]);
  assert.deepEqual(await find({ identifier: '0142685301' }), [id]);
  assert.deepEqual(await find({ identifier: '01.42.68.53.01', kind: 'phone' }), [id]);
  assert.deepEqual(await find({ identifier: 'find-9' }), [id]);
  assert.deepEqual(await find({ identifier: 'FIND-9' }), []);
  assert.deepEqual(await find({ identifier: 'find-9', kind: 'email' }), []);
  assert.deepEqual(await find({ identifier: 'nobody' }), []);
  const foreign = await call(other.client, 'GET', '/v1/subscribers?identifier=find-9');
  assert.deepEqual(itemsOf(foreign), []);
});

test('subscribers are listed page by page, each once', async () => {
  const tenant = await makeTenant(sql, 'Pages');
  for (let i = 0; i < 7; i++) await call(tenant.client, 'POST', '/v1/subscribers', person());
  const seen: string[] = [];
  let path = '/v1/subscribers?limit=3';
  for (let pages = 0; pages < 9; pages++) {
    const page = await call(tenant.client, 'GET', path);
    assert.equal(page.status, 200);
    for (const item of itemsOf(page)) seen.push(textOf({ json: item }, 'id'));
    if (page.json['nextCursor'] === null) break;
    path = `/v1/subscribers?limit=3&cursor=${textOf(page, 'nextCursor')}`;
  }
  assert.equal(seen.length, 7);
  assert.equal(new Set(seen).size, 7);
});

test('an identifier belongs to one subscriber; what collides leaves nothing behind', async () => {
  const identifiers = [{ kind: 'username', value: 'Taken' }];
  assert.equal((await call(acme.client, 'POST', '/v1/subscribers', { identifiers })).status, 201);
  const before = await sql`select count(*)::int as n from subscriber`;
  const second = await call(acme.client, 'POST', '/v1/subscribers', {
    identifiers: [
      { kind: 'email', value: 'free@example.com' },
      { kind: 'username', value: 'taken' },
    ],
  });
  assert.equal(second.status, 409);
  assert.equal(second.json['type'], '/problems/identifier_taken');
  assert.deepEqual([...(await sql`select count(*)::int as n from subscriber`)], [...before]);
  assert.deepEqual(
    itemsOf(await call(acme.client, 'GET', '/v1/subscribers?identifier=free@example.com')),
    [],
  );
  assert.equal((await call(other.client, 'POST', '/v1/subscribers', { identifiers })).status, 201);
});

test('of 20 subscribers created at once with one identifier, one is made', async () => {
  const body = person();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => call(acme.client, 'POST', '/v1/subscribers', body)),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.equal(answers.filter(({ status }) => status === 409).length, 19);
});

test('a change touches only what is sent, and identifiers are replaced as a whole or not at all', async () => {
  const made = await call(acme.admin, 'POST', '/v1/subscribers', person({ language: 'de' }));
  const taken = person();
  await call(acme.admin, 'POST', '/v1/subscribers', taken);
  const path = `/v1/subscribers/${textOf(made, 'id')}`;
  const renamed = await call(acme.client, 'PATCH', path, { name: 'New Name' });
  assert.deepEqual([renamed.json['name'], renamed.json['language']], ['New Name', 'de']);
  const cleared = await call(acme.client, 'PATCH', path, { language: null });
  assert.deepEqual([cleared.json['name'], cleared.json['language']], ['New Name', null]);
  const collided = await call(acme.admin, 'PATCH', path, {
    name: 'Lost',
    identifiers: [{ kind: 'email', value: 'mine@example.com' }, ...taken.identifiers],
  });
  assert.equal(collided.status, 409);
  assert.deepEqual((await call(acme.admin, 'GET', path)).json, cleared.json);
  const replaced = await call(acme.admin, 'PATCH', path, {
    identifiers: [{ kind: 'email', value: 'mine@example.com' }],
  });
  assert.deepEqual(replaced.json['identifiers'], [{ kind: 'email', value: 'mine@example.com' }]);
});

test('S11: a client key claims addresses and cannot vouch, remove a trusted one, or change who is meant', async () => {
  const vouched = { channel: 'sms', value: '+33612345601', vouched: true };
  assert.equal(
    (await call(acme.client, 'POST', '/v1/subscribers', person({ addresses: [vouched] }))).status,
    403,
  );
  const made = await call(acme.client, 'POST', '/v1/subscribers', person());
  const path = `/v1/subscribers/${textOf(made, 'id')}`;
  assert.equal((await call(acme.client, 'POST', `${path}/addresses`, vouched)).status, 403);
  assert.equal((await call(acme.client, 'PATCH', path, { identifiers: [] })).status, 403);
  assert.equal((await call(acme.client, 'DELETE', path)).status, 403);

  const claimed = await call(acme.client, 'POST', `${path}/addresses`, {
    channel: 'sms',
    value: '+33612345602',
  });
  assert.equal(claimed.status, 201, claimed.text);
  assert.deepEqual([claimed.json['state'], claimed.json['source']], ['pending', 'caller']);
  const trusted = await call(acme.admin, 'POST', `${path}/addresses`, vouched);
  assert.equal(trusted.json['state'], 'vouched');
  const refused = await call(acme.client, 'DELETE', `${path}/addresses/${textOf(trusted, 'id')}`);
  assert.equal(refused.status, 403);
  assert.equal(refused.json['type'], '/problems/address_relied_upon');
  assert.equal((await call(acme.client, 'DELETE', `${path}/addresses/${textOf(claimed, 'id')}`)).status, 204);
  assert.equal((await call(acme.client, 'DELETE', `${path}/addresses/${textOf(claimed, 'id')}`)).status, 404);
  assert.equal((await call(acme.admin, 'DELETE', `${path}/addresses/${textOf(trusted, 'id')}`)).status, 204);
  assert.deepEqual(itemsOf(await call(acme.client, 'GET', `${path}/addresses`)), []);
});

test('S12: another spelling of an address that a subscriber has is the same address', async () => {
  const made = await call(acme.client, 'POST', '/v1/subscribers', person());
  const path = `/v1/subscribers/${textOf(made, 'id')}/addresses`;
  assert.equal(
    (await call(acme.client, 'POST', path, { channel: 'sms', value: '+33612345603' })).status,
    201,
  );
  const again = await call(acme.client, 'POST', path, { channel: 'sms', value: '06 12 34 56 03' });
  assert.deepEqual([again.status, again.json['type']], [409, '/problems/address_exists']);
  assert.equal(
    (await call(acme.client, 'POST', path, { channel: 'sms', value: '+33899123456' })).status,
    400,
  );
  assert.equal((await call(acme.client, 'POST', path, { channel: 'pigeon', value: '1' })).status, 400);
});

test('a subscriber has at most 20 addresses, also when they are added at once', async () => {
  const made = await call(acme.client, 'POST', '/v1/subscribers', person());
  const path = `/v1/subscribers/${textOf(made, 'id')}/addresses`;
  const answers = await Promise.all(
    Array.from({ length: 25 }, (_, i) =>
      call(acme.client, 'POST', path, { channel: 'sms', value: `+336123457${10 + i}` }),
    ),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 20);
  assert.equal(answers.filter(({ status }) => status === 409).length, 5);
});

test("S14: another tenant's subscriber is not there, by any verb", async () => {
  const made = await call(other.admin, 'POST', '/v1/subscribers', person());
  const path = `/v1/subscribers/${textOf(made, 'id')}`;
  const address = await call(other.admin, 'POST', `${path}/addresses`, {
    channel: 'sms',
    value: '+33612345604',
  });
  const own = await call(acme.admin, 'POST', '/v1/subscribers', person());
  const answers = [
    await call(acme.admin, 'GET', path),
    await call(acme.admin, 'PATCH', path, { name: 'mine' }),
    await call(acme.admin, 'DELETE', path),
    await call(acme.admin, 'GET', `${path}/addresses`),
    await call(acme.admin, 'POST', `${path}/addresses`, { channel: 'sms', value: '+33612345605' }),
    await call(acme.admin, 'DELETE', `${path}/addresses/${textOf(address, 'id')}`),
    await call(
      acme.admin,
      'DELETE',
      `/v1/subscribers/${textOf(own, 'id')}/addresses/${textOf(address, 'id')}`,
    ),
    await call(acme.admin, 'GET', '/v1/subscribers/sub_nonsense'),
  ];
  for (const answer of answers) assert.equal(answer.status, 404, answer.text);
  const listed = await call(acme.admin, 'GET', '/v1/subscribers?limit=100');
  assert(!listed.text.includes(textOf(made, 'id')));
  const still = await call(other.admin, 'GET', path);
  assert.equal(still.json['name'], made.json['name']);
});

test('S14: no field sets a state; unknown fields are refused with a pointer', async () => {
  const made = await call(acme.admin, 'POST', '/v1/subscribers', person());
  const path = `/v1/subscribers/${textOf(made, 'id')}`;
  const address = { channel: 'sms', value: '+33612345606' };
  const cases: [string, string, unknown][] = [
    ['POST', '/v1/subscribers', person({ verified: true })],
    ['POST', '/v1/subscribers', person({ id: 'sub_mine' })],
    ['POST', '/v1/subscribers', person({ addresses: [{ ...address, state: 'bound' }] })],
    ['POST', `${path}/addresses`, { ...address, state: 'bound' }],
    ['POST', `${path}/addresses`, { ...address, boundAt: '2026-01-01T00:00:00Z' }],
    ['POST', `${path}/addresses`, { ...address, source: 'contract' }],
    ['PATCH', path, { tenantId: other.tenantId }],
    ['PATCH', path, { addresses: [] }],
    ['PATCH', path, { language: 'tlh' }],
    ['POST', '/v1/subscribers', person({ identifiers: [{ kind: 'E-Mail', value: 'x' }] })],
  ];
  for (const [method, at, body] of cases) {
    const answer = await call(acme.admin, method, at, body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert(Array.isArray(answer.json['errors']), answer.text);
  }
  const malformed = await call(acme.admin, 'PATCH', path, {
    identifiers: [{ kind: 'email', value: 'nobody' }],
  });
  assert.deepEqual([malformed.status, malformed.json['type']], [400, '/problems/malformed_identifier']);
});

test('erasing a subscriber leaves nothing of the person in the directory', async () => {
  const made = await call(acme.admin, 'POST', '/v1/subscribers', {
    name: 'Canary Person',
    language: 'es',
    identifiers: [{ kind: 'email', value: 'canary@example.com' }],
    addresses: [{ channel: 'sms', value: '+33612345607', vouched: true }],
  });
  const id = textOf(made, 'id');
  const [address] = made.json['addresses'] as { id: string }[];
  const which = { tenantId: acme.tenantId, subscriberId: id, addressId: address?.id ?? '' };
  assert.equal(await transaction(sql, (tx) => markBound(tx, which)), true);
  assert.equal((await call(acme.admin, 'DELETE', `/v1/subscribers/${id}`)).status, 204);
  assert.equal((await call(acme.admin, 'DELETE', `/v1/subscribers/${id}`)).status, 404);
  assert.equal((await call(acme.admin, 'GET', `/v1/subscribers/${id}`)).status, 404);
  assert.equal((await call(acme.admin, 'PATCH', `/v1/subscribers/${id}`, { name: 'Back' })).status, 404);
  const left = JSON.stringify([
    await sql`select * from subscriber where id = ${id}`,
    await sql`select * from identifier where subscriber_id = ${id}`,
    await sql`select * from address where subscriber_id = ${id}`,
  ]);
  for (const canary of ['Canary', 'canary', '612345607', '"es"']) assert(!left.includes(canary), left);
  const identifiers = [{ kind: 'email', value: 'canary@example.com' }];
  assert.equal((await call(acme.admin, 'POST', '/v1/subscribers', { identifiers })).status, 201);
});
