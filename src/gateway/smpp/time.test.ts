import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { absoluteTime, parseTime, relativeTime } from './time.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 11, 0, 0);

function read(text: string): number | null | string {
  const parsed = parseTime(text, NOW_MS);
  return parsed.ok ? parsed.value : parsed.refusal;
}

test('S2: a validity is written in whole seconds, never longer than asked, at least one second', () => {
  assert.equal(relativeTime(300_000), '000000000500000R');
  assert.equal(relativeTime(599_999), '000000000959000R');
  assert.equal(relativeTime(1), '000000000001000R');
  assert.equal(relativeTime(26 * 3_600_000 + 61_000), '000001020101000R');
  assert.equal(relativeTime(400 * 86_400_000), '000030000000000R');
  assert.throws(() => relativeTime(Number.NaN), /relative/);
});

test('both forms of the specification are read', () => {
  assert.equal(read(''), null);
  assert.equal(read('000000000500000R'), NOW_MS + 300_000);
  assert.equal(read('261122110500000+'), NOW_MS + 300_000);
  assert.equal(read('261122120530204+'), NOW_MS + 330_200);
  assert.equal(read('261122070500016-'), NOW_MS + 300_000);
});

test('what is no time is refused', () => {
  for (const text of [
    'x',
    '0000000005000',
    '261322110000000+',
    '260229000000000+',
    '261122240000000+',
    '261122110000049+',
  ]) {
    assert.equal(read(text), 'malformed_time', text);
  }
});

test('every point in time round-trips to a tenth of a second, every validity to a second', () => {
  const century = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 11, 31) });
  fc.assert(
    fc.property(century, (epochMs) => {
      assert.equal(read(absoluteTime(epochMs)), Math.floor(epochMs / 100) * 100);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 30 * 86_400_000 }), (ms) => {
      assert.equal(read(relativeTime(ms)), NOW_MS + Math.floor(ms / 1000) * 1000);
    }),
  );
});
