import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../test/database.ts';
import { readArray, writeArray } from './arrays.ts';

test('what is written as an array is read back', () => {
  const items = fc.array(fc.option(fc.string({ unit: 'grapheme' }), { nil: null }));
  fc.assert(
    fc.property(items, (items) => {
      assert.deepEqual(
        readArray(writeArray(items), (text) => text),
        items,
      );
    }),
  );
});

test('Postgres reads our arrays, and we read those of Postgres', async () => {
  await using database = await openTestDatabase();
  const { sql } = database.store;
  const texts = [
    '',
    'plain',
    'NULL',
    'null',
    'a,b',
    '{x}',
    '"quoted"',
    'back\\slash',
    ' spaces ',
    'line\nend',
    'é',
  ];
  const [row] = await sql`
    select ${texts}::text[] as texts, ${[1, -2]}::smallint[] as smalls, ${[3, 70_000]}::int[] as ints,
      ${['9007199254740993']}::bigint[] as bigs, ${[]}::text[] as none, ${[null, 'x']}::text[] as nulls,
      array[true, false] as booleans, ${['2026-01-02T03:04:05.000Z']}::timestamptz[] as times,
      cardinality(${texts}::text[]) as count`;
  assert.deepEqual(row, {
    texts,
    smalls: [1, -2],
    ints: [3, 70_000],
    bigs: [9007199254740993n],
    none: [],
    nulls: [null, 'x'],
    booleans: [true, false],
    times: [new Date('2026-01-02T03:04:05.000Z')],
    count: texts.length,
  });
});
