import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { Fault } from '../std/assert.ts';
import { fieldSalt, makeEntry, openCommitment, parseEntry, type Entry, type EntryInput } from './entry.ts';
import { jcs, readJson, type JsonValue } from './json.ts';

const SALT = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const INPUT: EntryInput = {
  type: 'ConfirmationOpened',
  id: 'cnf_04kq2zv0n3sm1b8yd6w5x7e9fa',
  n: 2,
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  tenant: 'ten_1',
  facts: { purpose: 'payment', assurance: 'restricted', digits: 8 },
  opened: { act: { payee: 'Acme', amount: '312.40', currency: 'EUR' }, address: '+33612345678' },
  salt: SALT,
};

/** Names as ours are, so that generated facts are possible ones. */
const name = fc
  .stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/)
  .filter((text) => !/^(commitments|id|n|tenant|time|type|v)$/.test(text));
/** The strict reader refuses the name "__proto__", which no fact of ours has. */
const json = fc
  .jsonValue({ stringUnit: 'grapheme' })
  .filter((value) => !JSON.stringify(value).includes('"__proto__"'))
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const fields = fc.dictionary(name, json, { maxKeys: 5, noNullPrototype: true });

function read(leaf: string): Entry {
  const parsed = parseEntry(leaf);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.detail);
  return parsed.value;
}

test('an entry has this text for ever, and its commitments this derivation (format v1)', () => {
  const salt = createHmac('sha256', SALT)
    .update('countersign/field-salt/1\nConfirmationOpened\ncnf_04kq2zv0n3sm1b8yd6w5x7e9fa\n2\nact')
    .digest();
  const act = createHash('sha256')
    .update('countersign/commitment/1\n')
    .update(salt)
    .update('act\n{"amount":"312.40","currency":"EUR","payee":"Acme"}')
    .digest('base64url');
  const made = makeEntry(INPUT);
  assert.equal(made.commitments['act'], act);
  assert.equal(
    made.leaf,
    '{"assurance":"restricted",' +
      `"commitments":{"act":"${act}","address":"${made.commitments['address']}"},` +
      '"digits":8,"id":"cnf_04kq2zv0n3sm1b8yd6w5x7e9fa","n":2,"purpose":"payment","tenant":"ten_1",' +
      '"time":"2026-01-02T03:04:05.006Z","type":"ConfirmationOpened","v":1}',
  );
});

test('the hand-written leaf equals canonicalize, is read back, and opens, for any facts and contents', () => {
  fc.assert(
    fc.property(fields, fields, fc.option(fc.nat()), (facts, opened, n) => {
      const input = { ...INPUT, facts, opened, n: n ?? undefined };
      const { leaf, commitments } = makeEntry(input);
      const { type, id, tenant } = INPUT;
      const time = '2026-01-02T03:04:05.006Z';
      const whole = { v: 1, type, id, ...(n === null ? {} : { n }), time, tenant, ...facts, commitments };
      assert.equal(leaf, canonicalize(whole));
      const entry = read(leaf);
      assert.deepEqual(entry, { type, id, n, time, tenant, facts, commitments });
      for (const [field, value] of Object.entries(opened)) {
        const salt = fieldSalt(SALT, { type, id, n, name: field });
        assert.equal(openCommitment(entry, field, value, salt), true);
        assert.equal(openCommitment(entry, field, [value], salt), false);
        assert.equal(
          openCommitment(entry, field, value, fieldSalt(SALT, { type, id, n, name: 'other' })),
          false,
        );
      }
    }),
  );
});

test('a field salt opens one field of one entry only', () => {
  const field = { type: INPUT.type, id: INPUT.id, n: 2, name: 'act' };
  const others = [
    { ...field, name: 'acts' },
    { ...field, n: 3 },
    { ...field, n: null },
    { ...field, type: 'ConfirmationClosed' },
    { ...field, id: 'cnf_other' },
  ];
  const salts = [field, ...others].map((each) => Buffer.from(fieldSalt(SALT, each)).toString('hex'));
  assert.equal(new Set(salts).size, salts.length);
  const entry = read(makeEntry(INPUT).leaf);
  assert.equal(openCommitment(entry, 'act', INPUT.opened['act'] as JsonValue, fieldSalt(SALT, field)), true);
  assert.equal(openCommitment(entry, 'constructor', 'x', fieldSalt(SALT, field)), false);
  assert.equal(openCommitment(entry, 'act', INPUT.opened['act'] as JsonValue, SALT), false);
});

test('what our own code may not put into an entry is a fault', () => {
  const faults: Partial<EntryInput>[] = [
    { type: 'not pascal' },
    { id: 'a\nb' },
    { n: -1 },
    { facts: { type: 'x' } },
    { facts: { 'with space': 1 } },
    { opened: { 'a"b': 1 } },
    { salt: new Uint8Array(15) },
    { facts: { long: 'x'.repeat(65_535) } },
  ];
  for (const fault of faults) assert.throws(() => makeEntry({ ...INPUT, ...fault }), Fault);
});

test('S20: a leaf in any but its canonical text is refused with a reason', () => {
  const { leaf } = makeEntry(INPUT);
  const bad: [string, RegExp][] = [
    [`${leaf} `, /canonical/],
    [leaf.replace('"digits":8', '"digits":8.0'), /canonical/],
    [leaf.replace('"v":1', '"v":2'), /"v"/],
    [leaf.replace('"n":2', '"n":-2'), /"n"/],
    [leaf.replace('"n":2', '"n":null'), /"n"/],
    [leaf.replace(/"act":"./, '"act":"+'), /"act"/],
    [leaf.replace('ConfirmationOpened', 'confirmation'), /"type"/],
    [leaf.replace('2026-', '26-'), /"time"/],
    [leaf.replace('"digits"', '"Digits"'), /"Digits"/],
    [leaf.replace('"digits":8', '"digits":8,"digits":8'), /twice/],
    ['[]', /object/],
    ['', /Line 1, column 1/],
  ];
  for (const [text, reason] of bad) {
    const parsed = parseEntry(text);
    assert.ok(!parsed.ok, text);
    assert.match(parsed.detail ?? '', reason);
  }
  fc.assert(
    fc.property(fc.string(), fc.nat(), (text, at) => {
      const cut = at % leaf.length;
      const parsed = parseEntry(leaf.slice(0, cut) + text + leaf.slice(cut));
      assert.equal(parsed.ok && text !== '' && parsed.value.type === '', false);
    }),
  );
});

test('the strict reader agrees with JSON.parse on what it takes', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2, '\t'), (value, space) => {
      const parsed = readJson(JSON.stringify(value, null, space));
      assert.ok(parsed.ok);
      assert.equal(jcs(parsed.value), canonicalize(value));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      if (readJson(text).ok) assert.doesNotThrow(() => JSON.parse(text));
    }),
  );
});

test('S20: the strict reader says where a text is wrong, and neither overflows nor throws', () => {
  const bad: [string, RegExp][] = [
    ['{"a":1,\n "a":2}', /^Line 2, column 2: the name "a" comes twice/],
    ['[1,]', /^Line 1, column 4: this is no JSON value/],
    ['{"a" 1}', /colon/],
    ['{a:1}', /name in double quotes/],
    ['{"a":1', /closing brace/],
    ['[1 2]', /closing bracket/],
    ['"\\ud800"', /Unicode/],
    ['"\\x41"', /escape/],
    ['"a', /not closed/],
    ['"a\\', /not closed/],
    ['"\t"', /control/],
    ['01', /follows/],
    ['1e999', /too large/],
    ['9007199254740993', /too large/],
    ['{"__proto__":1}', /__proto__/],
    ['', /ends too early/],
    ['['.repeat(1_000_000), /column 66: values are nested deeper/],
    ['x'.repeat(16_000_001), /more than/],
  ];
  for (const [text, reason] of bad) {
    const parsed = readJson(text);
    assert.ok(!parsed.ok, text.slice(0, 40));
    assert.match(parsed.detail ?? '', reason);
  }
});
