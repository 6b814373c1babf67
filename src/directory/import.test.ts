import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Readable } from 'node:stream';
import { openTestDatabase } from '../../test/database.ts';
import { makeTenant } from '../../test/tenant.ts';
import { transaction } from '../store/transaction.ts';
import { markBound } from './bind.ts';
import { importSubscribers, type ImportOutcome, type ImportProgress } from './import.ts';
import { addAddress, createSubscriber, searchSubscribers, type Desk } from './manage.ts';

const database = await openTestDatabase();
after(() => database[Symbol.asyncDispose]());
const { sql } = database.store;
const desk: Desk = { sql, defaultCountry: 'FR' };
const options = { defaultCountry: 'FR', vouchedBy: 'a test' } as const;

async function world() {
  const { tenantId } = await makeTenant(sql);
  return {
    tenantId,
    load: (text: string | Uint8Array, chunk = 1 << 16): Promise<ImportOutcome> => {
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, i) =>
        bytes.subarray(i * chunk, (i + 1) * chunk),
      );
      return importSubscribers(sql, tenantId, Readable.from(chunks), options);
    },
    find: async (identifier: string) => {
      const [found, ...others] = await searchSubscribers(desk, tenantId, null, identifier);
      assert.equal(others.length, 0);
      return found;
    },
    count: async () =>
      (await sql<{ n: number }[]>`select count(*)::int as n from subscriber where tenant_id = ${tenantId}`)[0]
        ?.n,
  };
}

function problemsOf(outcome: ImportOutcome): [number, string][] {
  assert(!outcome.ok);
  return outcome.problems.map(({ line, detail }) => [line, detail]);
}

test('a file makes subscribers with identifiers, languages and vouched numbers', async () => {
  const { load, find, tenantId } = await world();
  const outcome = await load(
    '\ufeffidentifier,phone,name,language,identifier_kind,email\r\n' +
      '4711,06 12 34 56 78,"Dupont, Marie",fr,,Marie@Example.com\r\n' +
      '\r\n' +
      'bob,+49 1512 3456789,,,username,\r\n',
  );
  assert.deepEqual(outcome, { ok: true, created: 2, updated: 0 });
  const marie = await find('4711');
  assert.deepEqual([marie?.name, marie?.language], ['Dupont, Marie', 'fr']);
  assert.deepEqual(marie?.identifiers, [
    { kind: 'email', value: 'marie@example.com' },
    { kind: 'subscriber_number', value: '4711' },
  ]);
  const [address] = marie.addresses;
  assert.deepEqual(
    [address?.value, address?.state, address?.source, address?.vouchedBy],
    ['+33612345678', 'vouched', 'contract', 'a test'],
  );
  assert.equal((await find('marie@example.com'))?.id, marie.id);
  assert.deepEqual((await find('BOB'))?.identifiers, [{ kind: 'username', value: 'bob' }]);
  assert.deepEqual(await searchSubscribers(desk, (await makeTenant(sql)).tenantId, null, '4711'), []);
  assert.equal(marie.id.startsWith('sub_'), true, tenantId);
});

test('semicolons and chunks that cut anywhere are read alike', async () => {
  const { load, find } = await world();
  const outcome = await load(
    'identifier;phone;name;language\n1;0612345678;Müller, Jörg;de\n2;0612345679;Ωmega;en\n',
    3,
  );
  assert.deepEqual(outcome, { ok: true, created: 2, updated: 0 });
  assert.equal((await find('1'))?.name, 'Müller, Jörg');
});

test('every bad line is reported with its number and what to mend, and nothing is written', async () => {
  const { load, count } = await world();
  const outcome = await load(
    [
      'identifier,phone,name,language,email',
      'good,0612345678,Good,fr,good@example.com',
      ',0612345678,No identifier,fr,',
      'a,12,Bad phone,fr,',
      'b,0899123456,Premium,fr,',
      'c,0612345678,Bad language,klingon,',
      'd,0612345678,Bad mail,fr,nobody',
      'e,0612345678,Too few',
      'f,0612345678,Too many,fr,,,',
      'good,0612345679,Twice,fr,',
      'g,0612345678,Same mail,fr,GOOD@example.com',
      `h,0612345678,${'n'.repeat(201)},fr,`,
      'i,nonsense,Two problems,xx,',
    ].join('\n'),
  );
  assert.deepEqual(
    problemsOf(outcome).map(([line]) => line),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 13],
  );
  const texts = new Map(problemsOf(outcome));
  assert.match(texts.get(4) ?? '', /phone: "12" cannot be used.*international form/);
  assert.match(texts.get(6) ?? '', /language: "klingon" is none of en, fr, de, es/);
  assert.match(texts.get(8) ?? '', /3 columns and the header 5/);
  assert.match(texts.get(10) ?? '', /"good" is on line 2 already/);
  assert.match(texts.get(11) ?? '', /email "good@example.com" is on line 2 already/);
  assert.equal(await count(), 0);
});

test('a file that is no such file is refused in words', async () => {
  const { load, count } = await world();
  const cases: [string | Uint8Array, RegExp][] = [
    ['', /The file is empty/],
    ['identifier,name\n1,x\n', /lacks phone, language/],
    ['identifier,phone,name,language,E-Mail\n', /"e-mail" is no kind/],
    ['identifier,phone,name,language,email,email\n', /"email" twice/],
    ['identifier,phone,name,language\n1,0612345678,"open,fr\n', /This is no CSV/],
    ['identifier,phone,name,language\n1,0612345678,a"b,fr\n', /This is no CSV/],
    [`identifier,phone,name,language\n1,0612345678,"${'x'.repeat(100_000)}`, /This is no CSV/],
    [Buffer.from('identifier,phone,name,language\n1,0612345678,J\xf6rg,de\n', 'latin1'), /not UTF-8/],
    [Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 256)), /./],
  ];
  for (const [text, expected] of cases) {
    const [first] = problemsOf(await load(text));
    assert.match(first?.[1] ?? '', expected);
  }
  assert.equal(await count(), 0);
});

test('known subscribers are updated: names, languages, further identifiers and vouched numbers', async () => {
  const { load, find } = await world();
  await load(
    'identifier,phone,name,language,email\n1,0612345601,Old,fr,old@example.com\n2,0612345602,Two,de,\n',
  );
  const before = await find('1');
  const again = await load(
    'identifier,phone,name,language,email\n1,0612345603,New,,new@example.com\n2,0612345602,,,\n3,0612345604,Three,en,\n',
  );
  assert.deepEqual(again, { ok: true, created: 1, updated: 2 });
  const one = await find('1');
  assert.equal(one?.id, before?.id);
  assert.deepEqual([one?.name, one?.language], ['New', 'fr']);
  assert.deepEqual(one?.identifiers, [
    { kind: 'email', value: 'new@example.com' },
    { kind: 'subscriber_number', value: '1' },
  ]);
  assert.deepEqual(
    one.addresses.map(({ value, state }) => [value, state]),
    [['+33612345603', 'vouched']],
  );
  const two = await find('2');
  assert.deepEqual([two?.name, two?.language, two?.addresses.length], ['Two', 'de', 1]);
});

test('S11: a bound number stays bound and in place; a claimed one is vouched for', async () => {
  const { load, find, tenantId } = await world();
  await load('identifier,phone,name,language\n1,0612345605,One,fr\n');
  const one = await find('1');
  const which = { tenantId, subscriberId: one?.id ?? '', addressId: one?.addresses[0]?.id ?? '' };
  await transaction(sql, (tx) => markBound(tx, which));
  const input = { channel: 'sms', value: '+33612345606', vouched: false } as const;
  assert((await addAddress(desk, tenantId, which.subscriberId, input, '')).ok);
  await load('identifier,phone,name,language\n1,0612345606,One,fr\n');
  const states = (await find('1'))?.addresses.map(({ value, state, source }) => [value, state, source]);
  assert.deepEqual(states?.toSorted(), [
    ['+33612345605', 'bound', 'contract'],
    ['+33612345606', 'vouched', 'contract'],
  ]);
});

test('an identifier of somebody else, and one person on two lines, are reported and nothing is written', async () => {
  const { load, count, find, tenantId } = await world();
  const made = await createSubscriber(
    desk,
    tenantId,
    {
      name: 'Other',
      language: null,
      identifiers: [
        { kind: 'email', value: 'other@example.com' },
        { kind: 'subscriber_number', value: '9' },
        { kind: 'username', value: 'nine' },
      ],
      addresses: [],
    },
    '',
  );
  assert(made.ok);
  const taken = await load('identifier,phone,name,language,email\n1,0612345607,One,fr,other@example.com\n');
  assert.deepEqual(problemsOf(taken), [
    [2, `The email "other@example.com" belongs to another subscriber, ${made.value.id}.`],
  ]);
  const twice = await load(
    'identifier,phone,name,language,identifier_kind\n9,0612345607,A,fr,\nnine,0612345608,B,fr,username\n',
  );
  assert.match(problemsOf(twice)[0]?.[1] ?? '', /the subscriber of line 2/);
  assert.equal(await count(), 1);
  assert.equal((await find('9'))?.name, 'Other');
});

test('two imports of one file at once leave each subscriber once', async () => {
  const { load, count } = await world();
  const text = `identifier,phone,name,language\n${Array.from({ length: 300 }, (_, i) => `n${i},+336123${String(10000 + i)},N,fr`).join('\n')}\n`;
  const outcomes = await Promise.all([load(text), load(text)]);
  assert(outcomes.every(({ ok }) => ok));
  assert.equal(await count(), 300);
});

test('5,000 lines are written in a few batches, with progress', async () => {
  const { tenantId, count, find } = await world();
  const rows = Array.from(
    { length: 5_000 },
    (_, i) => `n${i},+336${String(10_000_000 + i * 3)},Person ${i},fr,n${i}@example.com`,
  );
  const seen: ImportProgress[] = [];
  const text = `identifier,phone,name,language,email\n${rows.join('\n')}\n`;
  const outcome = await importSubscribers(sql, tenantId, Readable.from([text]), {
    ...options,
    onProgress: (progress) => seen.push(progress),
  });
  assert.deepEqual(outcome, { ok: true, created: 5_000, updated: 0 });
  assert.equal(await count(), 5_000);
  assert.equal((await find('n4999@example.com'))?.addresses[0]?.value, '+33610014997');
  assert.deepEqual(new Set(seen.map(({ phase }) => phase)), new Set(['reading', 'looking up', 'writing']));
  assert.deepEqual(seen.at(-1), { phase: 'writing', lines: 5_000, linesAll: 5_000 });
});
