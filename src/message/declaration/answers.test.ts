import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { judgeAnswers, inputName } from './answers.ts';
import { wordedIn, type Words } from './form.ts';
import { DocumentSchema, validated } from './schema.ts';
import { compileValidator } from './validator.ts';

const SCHEMA = DocumentSchema.parse({
  type: 'object',
  properties: {
    name: { type: 'string', title: 'Name', minLength: 2, maxLength: 10 },
    code: { type: 'string', title: 'Code', pattern: '^[A-Z]{2}[0-9]+$' },
    day: { type: 'string', title: 'Day', format: 'date' },
    mail: { type: 'string', title: 'Mail', format: 'email' },
    site: { type: 'string', title: 'Site', format: 'uri' },
    tel: { type: 'string', title: 'Tel', format: 'tel' },
    count: { type: 'integer', title: 'Count', minimum: 1, maximum: 9 },
    size: { type: 'number', title: 'Size' },
    one: { type: 'string', title: 'One', enum: ['a', 'b'] },
    many: {
      type: 'array',
      title: 'Many',
      items: { type: 'string', enum: ['x', 'y', 'z'] },
      uniqueItems: true,
      minItems: 1,
      maxItems: 2,
    },
    long: { type: 'string', title: 'Long', maxLength: 1000 },
    agreed: { type: 'boolean', title: 'Agreed', const: true },
    news: { type: 'boolean', title: 'News' },
  },
  required: ['name', 'one'],
});
const WORDS: Words = { title: 'Form', introduction: null, language: 'en', schema: SCHEMA, translations: {} };
const { fields } = wordedIn(WORDS, 'en');
const validate = compileValidator(validated(SCHEMA));

function judge(posted: Readonly<Record<string, string | readonly string[]>>) {
  const map = new Map(
    Object.entries(posted).map(([name, value]) => [
      inputName({ name }),
      typeof value === 'string' ? [value] : value,
    ]),
  );
  return judgeAnswers(fields, validate, map);
}

const RIGHT = { name: 'Alice', one: 'a', many: ['x'], agreed: 'true' };

test('M9: what is right is read as the schema has it: numbers as numbers, boxes as booleans', () => {
  const { answers, faults } = judge({
    ...RIGHT,
    name: ' Ali\u0301ce ',
    count: '7',
    size: '1 234,5',
    many: ['x', 'x', 'z'],
    long: 'one\r\ntwo',
    news: 'true',
  });
  assert.deepEqual([...faults], []);
  assert.deepEqual(answers, {
    name: 'Alíce',
    one: 'a',
    many: ['x', 'z'],
    agreed: true,
    count: 7,
    size: 1234.5,
    long: 'one\ntwo',
    news: true,
  });
});

test('M9 S17: each thing that is wrong is said for its field, and what is not in the form is not taken', () => {
  const rows: [Readonly<Record<string, string | readonly string[]>>, string, string][] = [
    [{ name: '' }, 'name', 'missing'],
    [{ name: '  ' }, 'name', 'missing'],
    [{ name: 'A' }, 'name', 'too_short'],
    [{ name: 'Alice Alice' }, 'name', 'too_long'],
    [{ name: 'Al\u202eice' }, 'name', 'characters'],
    [{ name: 'Al\nice' }, 'name', 'characters'],
    [{ name: 'Al\u0000ice' }, 'name', 'characters'],
    [{ code: 'A1' }, 'code', 'pattern'],
    [{ day: '2026-02-30' }, 'day', 'date'],
    [{ day: '30.02.2026' }, 'day', 'date'],
    [{ mail: 'alice@' }, 'mail', 'email'],
    [{ site: 'example.org' }, 'site', 'uri'],
    [{ tel: 'call me' }, 'tel', 'tel'],
    [{ count: '0' }, 'count', 'too_small'],
    [{ count: '10' }, 'count', 'too_large'],
    [{ count: '1.5' }, 'count', 'integer'],
    [{ count: '1e3' }, 'count', 'integer'],
    [{ size: 'NaN' }, 'size', 'number'],
    [{ one: 'c' }, 'one', 'choose'],
    [{ one: '' }, 'one', 'choose'],
    [{ many: [] }, 'many', 'choose'],
    [{ many: ['x', 'q'] }, 'many', 'choose'],
    [{ many: ['x', 'y', 'z'] }, 'many', 'too_many'],
    [{ agreed: [] }, 'agreed', 'tick'],
    [{ agreed: 'yes' }, 'agreed', 'tick'],
  ];
  for (const [wrong, field, fault] of rows) {
    assert.deepEqual([...judge({ ...RIGHT, ...wrong }).faults], [[field, fault]], JSON.stringify(wrong));
  }
  const { answers, faults } = judge({ ...RIGHT, state: 'received', __proto__: 'x', constructor: 'y' });
  assert.equal(faults.size, 0);
  assert.deepEqual(Object.keys(answers), ['name', 'one', 'many', 'agreed', 'news']);
});

test('S20: whatever is posted, it is judged, and what has no fault fits the schema', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.constantFrom('a', '1', 'true', '2026-01-01'),
  );
  const posted = fc.dictionary(
    fc.constantFrom(...fields.map(inputName), 'a.other', 'draft'),
    fc.array(value, { maxLength: 4 }),
  );
  fc.assert(
    fc.property(posted, (given) => {
      const { answers, faults } = judgeAnswers(fields, validate, new Map(Object.entries(given)));
      assert.equal(validate(answers).length === 0 || faults.size > 0, true);
      for (const name of Object.keys(answers)) assert.ok(Object.hasOwn(SCHEMA.properties, name));
    }),
  );
});
