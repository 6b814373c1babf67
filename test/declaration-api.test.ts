/** Declarations over HTTP: what is kept, what is numbered, who may see it, and what leaves nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256, toHex } from '../src/std/bytes.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { CHANGE_OF_ADDRESS, SHORT } from './declaration-form.ts';
import { addPerson, admin, ask, bring, makeForm, openReader, wayBack } from './declaration-kit.ts';
import { checkInvariants } from './invariants.ts';
import { addClient, NUMBER, numberOf, openPolicy, until, wrongFor } from './security-kit.ts';
import { makeTenant } from './tenant.ts';
import { openReceiver, signaturesBy } from './webhook-receiver.ts';
import { openWorld, type World } from './world.ts';

const DOG = { 'a.dog': 'Rex' };
const ALICE = { identifier: 'alice', number: NUMBER };

function openDeclareWorld(): Promise<World> {
  const environment = { ALLOW_PRIVATE_ADDRESSES: 'true' };
  return openWorld({ policy: openPolicy(), environment });
}

async function declared(world: World, formId: string): Promise<Record<string, unknown>[]> {
  const list = await world.call('GET', `/v1/declarations?form=${formId}&limit=100`);
  assert.equal(list.status, 200, list.text);
  return list.body['items'] as Record<string, unknown>[];
}

test('M9: what was declared is read over the API, with its receipt, and told by webhook', async () => {
  await using world = await openDeclareWorld();
  await using receiver = await openReceiver();
  const hook = await admin(world, 'POST', '/v1/webhook-endpoints', {
    url: receiver.url,
    types: ['declaration.received'],
  });
  assert.equal(hook.status, 201, hook.text);
  await addPerson(world, 'alice');
  const formId = await makeForm(world, SHORT);
  const asked = await ask(world, formId, DOG, ALICE);
  assert.equal((await declared(world, formId)).length, 0);
  const end = await bring(asked);
  const receiptPage = await asked.reader.get(wayBack(end));
  assert.match(receiptPage.text, /Your declaration was received/);

  const [summary] = await declared(world, formId);
  assert.ok(summary);
  const { id, number, digest } = summary;
  assert.match(String(number), /^\d{4}-000001$/);
  assert.deepEqual((summary['declarant'] as Record<string, unknown>)['number'], NUMBER);
  const read = await world.call('GET', `/v1/declarations/${String(id)}`);
  assert.deepEqual(read.body['answers'], { dog: 'Rex' });
  assert.equal(toHex(sha256(String(read.body['content']))), digest);

  const receipt = await until('the receipt', async () => {
    const answer = await world.call('GET', `/v1/declarations/${String(id)}/receipt`);
    return answer.status === 200 ? answer : null;
  });
  const verified = await verifyReceipt(receipt.text, {});
  assert.ok(verified.ok, JSON.stringify(verified));
  const [record] = receipt.body['records'] as { entry: Record<string, unknown>; opened: object }[];
  assert.equal(record?.entry['type'], 'SubmissionAcceptance');
  assert.equal(record.entry['number'], number);
  assert.deepEqual(Object.keys(record.opened), ['subject', 'sender', 'addressee', 'content', 'declaration']);
  const certificate = await world.call('GET', `/v1/declarations/${String(id)}/certificate`);
  assert.equal(certificate.headers.get('content-type'), 'application/pdf', certificate.text);

  const [told] = await receiver.waitFor(1);
  assert.ok(told);
  assert.deepEqual(signaturesBy(String(hook.body['secret']), told), [true]);
  const { event } = told;
  assert.equal(event.type, 'declaration.received');
  assert.deepEqual(
    { ...event.data, receivedAt: '' },
    {
      declaration: id,
      form: formId,
      version: 1,
      number,
      receivedAt: '',
    },
  );
  await checkInvariants(world);
});

test('M9: numbers have no gaps, whoever declares at the same time, and whatever else fails', async () => {
  await using world = await openDeclareWorld();
  const forms = [await makeForm(world, { ...SHORT, openToAll: true })];
  forms.push(await makeForm(world, { ...SHORT, openToAll: true }));
  const asked = [];
  for (let n = 0; n < 12; n++) {
    const number = numberOf(n);
    const formId = forms[n % 2] ?? '';
    asked.push({
      formId,
      ...(await ask(world, formId, { 'a.dog': `Rex ${n}` }, { identifier: number, number })),
    });
  }
  // Every third one is wrong, and stays open.
  await Promise.all(asked.map((each, n) => bring(each, n % 3 === 2 ? wrongFor(each.code) : each.code)));
  for (const formId of forms) {
    const numbers = (await declared(world, formId)).map(({ number }) => Number(String(number).slice(5)));
    assert.deepEqual(numbers, [4, 3, 2, 1]);
  }
  // Those that were wrong at first.
  await Promise.all(asked.filter((_, n) => n % 3 === 2).map((each) => bring(each)));
  for (const formId of forms) {
    const numbers = (await declared(world, formId)).map(({ number }) => Number(String(number).slice(5)));
    assert.deepEqual(numbers, [6, 5, 4, 3, 2, 1]);
  }
  const page = await world.call('GET', `/v1/declarations?form=${forms[0]}&limit=2`);
  const after = String(page.body['nextCursor']);
  const second = await world.call('GET', `/v1/declarations?form=${forms[0]}&limit=2&cursor=${after}`);
  assert.deepEqual(
    (second.body['items'] as { number: string }[]).map(({ number }) => number.slice(5)),
    ['000004', '000003'],
  );
  const stray = await world.call('GET', `/v1/declarations?form=${forms[1]}&cursor=${after}`);
  assert.equal(stray.status, 400);
  await checkInvariants(world);
});

test('S3 M9: two codes for one declaration, both right, declare once', async () => {
  await using world = await openDeclareWorld();
  await addPerson(world, 'alice');
  const formId = await makeForm(world, SHORT);
  const reader = openReader(world);
  const path = `/declare/${formId}`;
  const review = await reader.post(await reader.get(path), path, DOG);
  const asked = [];
  for (let n = 0; n < 2; n++) {
    const arriving = world.handsets.next(NUMBER);
    const to = await reader.post(review, `${path}/confirmation`, { identifier: 'alice' });
    const { text } = await arriving;
    asked.push({
      reader,
      confirmation: /cnf_[0-9a-z]+/.exec(to.location ?? '')?.[0] ?? '',
      code: /#(\d+)$/.exec(text)?.[1] ?? '',
    });
  }
  await Promise.all(asked.map((each) => bring(each)));
  const [only, ...others] = await declared(world, formId);
  assert.equal(others.length, 0);
  assert.match(String(only?.['number']), /-000001$/);
  await checkInvariants(world);
});

test('S9 M9: a declaration whose code is wrong, late or stopped leaves nothing but why', async () => {
  await using world = await openDeclareWorld();
  const { sql } = world.database.store;
  const formId = await makeForm(world, { ...SHORT, openToAll: true });
  const asked = [];
  for (let n = 0; n < 3; n++)
    asked.push(await ask(world, formId, DOG, { identifier: numberOf(n), number: numberOf(n) }));
  const [wrong, stopped, late] = asked;
  assert.ok(wrong && stopped && late);
  for (let n = 1; n <= 5; n++) await bring(wrong, wrongFor(wrong.code, n));
  const page = await stopped.reader.get(`/c/${stopped.confirmation}`);
  await stopped.reader.post(page, `/c/${stopped.confirmation}/not-me`);
  await world.database.advanceClock(301_000);
  await until('all to end', async () => {
    const [row] = await sql<{ left: number }[]>`select count(*)::int as left from declaration_opening`;
    return row?.left === 0 ? true : null;
  });
  assert.equal((await declared(world, formId)).length, 0);
  const entries = await sql<{ reason: string }[]>`
    select leaf::json ->> 'reason' as reason from entry where leaf like '%SubmissionRejection%'`;
  assert.deepEqual(entries.map(({ reason }) => reason).toSorted(), [
    'attempts_used_up',
    'not_me',
    'time_passed',
  ]);
  const back = await stopped.reader.get(wayBack(await stopped.reader.get(`/c/${stopped.confirmation}`)));
  assert.equal(back.status, 404);
  assert.match(back.text, /There is no declaration here/);
  await checkInvariants(world);
});

test('S8 M9: the database tells neither what was declared nor who declared it', async () => {
  await using world = await openDeclareWorld();
  await addPerson(world, 'alice');
  const formId = await makeForm(world, SHORT);
  await bring(await ask(world, formId, { 'a.dog': 'Xanthippe' }, ALICE));
  const { sql } = world.database.store;
  const rows = await sql<{ text: string }[]>`
    select d::text as text from declaration d union all select o::text from declaration_opening o
    union all select leaf from entry`;
  assert.ok(rows.length > 2);
  for (const { text } of rows) {
    assert.doesNotMatch(text, /Xanthippe|33612345678/);
    assert.doesNotMatch(text, new RegExp(Buffer.from('Xanthippe').toString('hex')));
  }
  // Where it is sealed, it opens for nobody who moves it.
  await sql`update declaration set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)`;
  const read = await world.call('GET', `/v1/declarations?form=${formId}`);
  assert.equal(read.status, 500);
});

test('S14: forms and declarations of another tenant or client are not there', async () => {
  await using world = await openDeclareWorld();
  await addPerson(world, 'alice');
  const formId = await makeForm(world, SHORT);
  await bring(await ask(world, formId, DOG, ALICE));
  const id = String((await declared(world, formId))[0]?.['id']);
  const stranger = await makeTenant(world.database.store.sql, 'Other');
  const neighbour = await addClient(world);
  for (const key of [stranger.admin, stranger.client, neighbour.key]) {
    const authorization = `Bearer ${key}`;
    for (const path of [
      `/v1/forms/${formId}`,
      `/v1/declarations?form=${formId}`,
      `/v1/declarations/${id}`,
      `/v1/declarations/${id}/receipt`,
      `/v1/declarations/${id}/certificate`,
    ]) {
      assert.equal((await world.call('GET', path, undefined, { authorization })).status, 404, path);
    }
    const forms = await world.call('GET', '/v1/forms', undefined, { authorization });
    assert.deepEqual(forms.body['items'], []);
  }
  const patched = await world.call(
    'PATCH',
    `/v1/forms/${formId}`,
    { state: 'closed' },
    {
      authorization: `Bearer ${stranger.admin}`,
    },
  );
  assert.equal(patched.status, 404);
  const staff = await admin(world, 'PATCH', `/v1/forms/${formId}`, { staff: ['sub_nobody'] });
  assert.equal(staff.body['type'], '/problems/unknown_staff');
  assert.equal((await world.call('POST', '/v1/forms', SHORT)).status, 403);
  const other = await admin(world, 'POST', '/v1/forms', { ...SHORT, client: stranger.clientId });
  assert.equal(other.body['type'], '/problems/unknown_client');
  assert.equal((await openReader(world).get(`/declare/${formId}/receipts/${id}`)).status, 401);
});

test('M9: other words make a new version; who filled in the old one is shown the new', async () => {
  await using world = await openDeclareWorld();
  await addPerson(world, 'alice');
  const formId = await makeForm(world, SHORT);
  const path = `/declare/${formId}`;
  await bring(await ask(world, formId, DOG, ALICE));
  const reader = openReader(world);
  const review = await reader.post(await reader.get(path), path, { 'a.dog': 'Bella' });

  const schema = {
    ...SHORT.schema,
    properties: { ...SHORT.schema.properties, breed: { type: 'string', title: 'Breed' } },
  };
  const changed = await admin(world, 'PATCH', `/v1/forms/${formId}`, { schema });
  assert.equal(changed.body['version'], 2);
  const again = await reader.post(review, `${path}/confirmation`, { identifier: 'alice' });
  assert.equal(again.status, 422);
  assert.match(again.text, /The form was changed meanwhile/);
  assert.match(again.text, /value="Bella"/);

  const [first] = await declared(world, formId);
  assert.equal(first?.['version'], 1);
  const old = await world.call('GET', `/v1/forms/${formId}?version=1`);
  assert.deepEqual(Object.keys((old.body['schema'] as typeof schema).properties), ['dog']);
  assert.equal((await admin(world, 'PATCH', `/v1/forms/${formId}`, { staff: [] })).body['version'], 2);

  assert.equal((await admin(world, 'PATCH', `/v1/forms/${formId}`, { state: 'closed' })).status, 200);
  const closed = await reader.get(path);
  assert.equal(closed.status, 410);
  assert.match(closed.text, /This form is closed/);
  assert.equal((await reader.post(again, path, DOG)).status, 410);
});

test('S18 S19: nothing is confirmed by a GET, from another browser, or without the form of this page', async () => {
  await using world = await openDeclareWorld();
  await addPerson(world, 'alice');
  const formId = await makeForm(world, SHORT);
  const path = `/declare/${formId}`;
  const reader = openReader(world);
  const review = await reader.post(await reader.get(path), path, DOG);
  const before = world.handsets.messages(NUMBER).length;
  const fields = { identifier: 'alice' };
  const stranger = openReader(world);
  await stranger.get(path);
  assert.equal((await stranger.post(review, `${path}/confirmation`, fields)).status, 410);
  const noToken = await reader.post(review, `${path}/confirmation`, { ...fields, form_token: '' });
  assert.equal(noToken.status, 410);
  const altered = await reader.post(review, `${path}/confirmation`, { ...fields, draft: 'AAAA' });
  assert.equal(altered.status, 410);
  assert.equal((await reader.get(`${path}/confirmation?identifier=alice`)).status, 404);
  assert.equal(world.handsets.messages(NUMBER).length, before);
});

test('a form that is not understood in full is refused, and the refusal says where', async () => {
  await using world = await openDeclareWorld();
  const field = (more: object) => ({
    ...SHORT.schema,
    properties: { dog: { type: 'string', title: 'Dog', ...more } },
  });
  const rows: [object, RegExp][] = [
    [{ schema: field({ pattern: '(a' }) }, /^\/schema\/properties\/dog\/pattern: The pattern has a group/],
    [{ schema: field({ nullable: true }) }, /^\/schema\/properties\/dog: /],
    [{ schema: field({ type: 'object' }) }, /^\/schema\/properties\/dog\/type: /],
    [{ schema: field({ default: 'Rex', pattern: '^[a-z]+$' }) }, /^\/schema\/properties\/dog\/default: /],
    [{ schema: field({ enum: ['a', 'a'] }) }, /^\/schema\/properties\/dog\/enum: has "a" twice/],
    [{ schema: field({ minLength: 9, maxLength: 3 }) }, /^\/schema\/properties\/dog\/maxLength: /],
    [{ schema: { ...SHORT.schema, required: ['cat'] } }, /^\/schema\/required\/0: there is no field "cat"/],
    [{ schema: { ...SHORT.schema, allOf: [] } }, /^\/schema: /],
    [{ schema: { type: 'object', properties: {}, required: [] } }, /^\/schema\/properties: /],
    [{ title: 'a\u202eb' }, /^\/title: /],
    [
      { translations: { fr: { title: 'Chien', fields: {} } } },
      /^\/translations\/fr\/fields\/dog\/title: is missing/,
    ],
    [{ translations: { en: { title: 'Dog', fields: {} } } }, /^\/translations\/en: is the language/],
  ];
  for (const [wrong, where] of rows) {
    const answer = await admin(world, 'POST', '/v1/forms', { ...SHORT, ...wrong });
    assert.ok(answer.status === 400 || answer.status === 422, answer.text);
    assert.match(String(answer.body['detail']), where);
  }
  const constructed = JSON.stringify({ ...SHORT, schema: { ...SHORT.schema, properties: {} } }).replace(
    '"properties":{}',
    '"properties":{"__proto__":{"type":"string","title":"x"}}',
  );
  assert.equal((await admin(world, 'POST', '/v1/forms', constructed)).status, 400);
  const list = await admin(world, 'GET', '/v1/forms');
  assert.deepEqual(list.body['items'], []);
  assert.equal(await makeForm(world, CHANGE_OF_ADDRESS).then((id) => id.slice(0, 4)), 'frm_');
});
