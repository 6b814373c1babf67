import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSequence, referenceOf, stanOf, transmissionTime } from './number.ts';

const NOON = Date.UTC(2026, 5, 21, 12, 0, 7, 999);

test('STANs run from 1 to 999,999 and begin again; references tell them apart', () => {
  assert.deepEqual([0n, 1n, 999_998n, 999_999n].map(stanOf), ['000001', '000002', '999999', '000001']);
  assert.equal(referenceOf(999_999n, NOON), '617200999999');
  assert.equal(referenceOf(100_000_123n, Date.UTC(2030, 0, 1)), '000100000123');
  assert.equal(referenceOf(5n, Date.UTC(2028, 11, 31, 23, 59)), '836600000005');
  const seen = new Set<string>();
  for (let n = 0n; n < 3_000_000n; n += 999n) seen.add(`${stanOf(n)} ${referenceOf(n, NOON)}`);
  assert.equal(seen.size, Math.ceil(3_000_000 / 999));
});

test('field 7 is month, day and time in UTC', () => {
  assert.equal(transmissionTime(NOON), '0621120007');
});

test('numbers come once each, from blocks that are taken ahead', async () => {
  let last = 0n;
  const blocks: number[] = [];
  const sequence = createSequence(10, async (size) => {
    blocks.push(size);
    last += BigInt(size);
    return last;
  });
  const numbers = await Promise.all(Array.from({ length: 35 }, () => sequence.next()));
  assert.deepEqual(
    numbers.toSorted((a, b) => Number(a - b)),
    Array.from({ length: 35 }, (_, i) => BigInt(i + 1)),
  );
  assert.equal(blocks.length, 4);
});

test('a block that cannot be taken is told to who needs it, and is asked for again', async () => {
  let isDown = true;
  const sequence = createSequence(4, async () => {
    if (isDown) throw new Error('the database is away');
    return 4n;
  });
  await assert.rejects(sequence.next(), /away/);
  isDown = false;
  assert.equal(await sequence.next(), 1n);
});
