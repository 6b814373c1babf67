import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { afterFailure, afterSuccess, blockAfter, CLEAR_GUARD, standingOf, type Guard } from './guard.ts';

test('S4: the fifth wrong try in a row blocks for 30 s, each further one twice as long, up to one hour', () => {
  const blocks = Array.from({ length: 14 }, (_, failures) => blockAfter(failures) / 1000);
  assert.deepEqual(blocks, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  assert.equal(blockAfter(1_000_000), 3_600_000);
});

test('S4: a right code clears the failures in a row, never those in all', () => {
  let guard: Guard = CLEAR_GUARD;
  for (let i = 0; i < 4; i++) guard = afterFailure(guard, 1000).guard;
  guard = afterSuccess(guard);
  assert.deepEqual(guard, { failuresInRow: 0, failuresInAll: 4, blockedUntilMs: null });
  const next = afterFailure(guard, 1000);
  assert.equal(next.alert, false);
  assert.equal(standingOf(next.guard, 1000), 'clear');
});

test('S4: the block ends by itself, the next wrong try begins a longer one, and each is told', () => {
  const guard = { failuresInRow: 4, failuresInAll: 4, blockedUntilMs: null };
  const fifth = afterFailure(guard, 1_000_000);
  assert.equal(fifth.alert, true);
  assert.equal(standingOf(fifth.guard, 1_029_999), 'blocked');
  assert.equal(standingOf(fifth.guard, 1_030_000), 'clear');
  const sixth = afterFailure(fifth.guard, 1_030_000);
  assert.equal(sixth.guard.blockedUntilMs, 1_090_000);
  assert.equal(sixth.alert, true);
});

test('S4: whatever the order of right and wrong codes, the hundredth failure in all disables', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 90, maxLength: 260 }), (rights) => {
      let guard: Guard = CLEAR_GUARD;
      let nowMs = 0;
      let wrong = 0;
      for (const right of rights) {
        nowMs = Math.max(nowMs, guard.blockedUntilMs ?? 0);
        if (standingOf(guard, nowMs) === 'disabled') break;
        guard = right ? afterSuccess(guard) : afterFailure(guard, nowMs).guard;
        if (!right) wrong++;
      }
      assert.ok(wrong <= 100);
      assert.equal(standingOf(guard, Number.MAX_SAFE_INTEGER) === 'disabled', wrong === 100);
    }),
  );
});
