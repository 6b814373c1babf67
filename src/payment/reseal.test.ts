import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resealAll, type ResealOutcome, type SealedRows } from './reseal.ts';

type Row = { readonly n: number };

/** Rows under an old key, by their numbers; `reseal` says what becomes of one. */
function rowsOf(numbers: Iterable<number>, reseal: (n: number) => ResealOutcome) {
  const left = new Set(numbers);
  const batches: number[] = [];
  const rows: SealedRows<Row> = {
    count: () => Promise.resolve(left.size),
    list: (after, max) => {
      const found = [...left].filter((n) => n > (after?.n ?? -1)).slice(0, max);
      batches.push(found.length);
      return Promise.resolve(found.map((n) => ({ n })));
    },
    reseal: async ({ n }) => {
      const outcome = reseal(n);
      if (outcome !== 'lost') left.delete(n);
      return outcome;
    },
  };
  return { rows, left, batches };
}

test('S8: rows are sealed anew in batches; what cannot be opened is passed by, and counted', async () => {
  const { rows, left, batches } = rowsOf(Array(1_000).keys(), (n) =>
    n % 100 === 7 ? 'lost' : n % 100 === 8 ? 'changed' : 'resealed',
  );
  const steps: [number, number][] = [];
  const done = await resealAll(rows, { onProgress: (...step) => void steps.push(step) });
  assert.deepEqual(done, { resealed: 980, lost: 10 });
  assert.equal(left.size, 10);
  assert.ok(batches.every((size) => size <= 200) && batches.length === 6, batches.join(' '));
  assert.deepEqual(
    [steps[0], steps.at(-1)],
    [
      [0, 1_000],
      [990, 1_000],
    ],
  );
});

test('S8: broken off, it goes on with what is left', async () => {
  let isDown = false;
  const { rows, left } = rowsOf(Array(500).keys(), (n) => {
    isDown ||= n === 250;
    if (isDown) throw new Error('the database is gone');
    return 'resealed';
  });
  await assert.rejects(resealAll(rows), /the database is gone/);
  assert.equal(left.size, 250);
  const again = rowsOf(left, () => 'resealed');
  assert.deepEqual(await resealAll(again.rows), { resealed: 250, lost: 0 });
});
