import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPace, type Pace } from './pace.ts';

/** Sends as fast as the pace lets it from one time to another, in steps of 10 ms; how many went. */
function drive(pace: Pace, fromMs: number, toMs: number, demandPerStep = 100): number {
  let sent = 0;
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) {
    for (let i = 0; i < demandPerStep && pace.waitMs(nowMs) === 0; i++) {
      pace.sent(nowMs);
      pace.accepted(nowMs);
      sent++;
    }
  }
  return sent;
}

test('without a complaint there is no limit', () => {
  const pace = createPace();
  assert.equal(drive(pace, 0, 1000), 10_000);
  assert.equal(pace.limit(), Infinity);
});

test('a contract rate is kept from the first second', () => {
  const pace = createPace({ ratePerSecond: 30 });
  const sent = drive(pace, 0, 10_000);
  assert.ok(sent >= 290 && sent <= 305, String(sent));
});

test('a complaint halves what was taken, a burst of them counts once, quiet seconds win it back', () => {
  const pace = createPace();
  drive(pace, 0, 1000, 1);
  pace.slowDown(1000);
  assert.equal(pace.limit(), 50);
  for (let i = 0; i < 20; i++) pace.slowDown(1000 + i);
  assert.equal(pace.limit(), 50);
  drive(pace, 1000, 2000);
  pace.slowDown(2100);
  const slowed = pace.limit();
  assert.ok(slowed >= 20 && slowed <= 30, String(slowed));
  const later = drive(pace, 2100, 12_100);
  assert.ok(later > slowed * 10 && later < 1000, String(later));
  drive(pace, 12_100, 120_000, 1);
  assert.equal(pace.limit(), Infinity);
});

test('an operator that takes nothing is asked once a second, and a contract rate is not exceeded afterwards', () => {
  const pace = createPace({ ratePerSecond: 40 });
  pace.slowDown(0);
  assert.equal(pace.limit(), 1);
  assert.equal(pace.waitMs(0), 1000);
  assert.equal(pace.waitMs(1500), 0);
  pace.waitMs(100_000);
  assert.equal(pace.limit(), 40);
});
