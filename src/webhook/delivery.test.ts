import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTEMPTS_MAX, readRetryAfter, settle } from './delivery.ts';

const NOW = Date.UTC(2026, 0, 5, 12, 0, 0);
const HOUR = 3_600_000;
const failed = { status: 500, retryAfter: null };

test('the waits are those of Standard Webhooks, and the tenth failure is the last', () => {
  const waits = Array.from({ length: ATTEMPTS_MAX }, (_, i) => settle(failed, i + 1, 0, NOW));
  assert.deepEqual(
    waits.map(({ to, delayMs }) => (to === 'waiting' ? (delayMs ?? 0) / 1000 : to)),
    [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, 'dead'],
  );
  assert.equal(settle(failed, ATTEMPTS_MAX + 5, 0, NOW).to, 'dead');
  const latest = settle(failed, 1, 1, NOW).delayMs;
  assert.equal(latest, 6_000);
});

test('every 2xx is a success; everything else and no answer are failures; 410 is the end', () => {
  for (const status of [200, 201, 202, 204, 299]) {
    assert.deepEqual(settle({ status, retryAfter: '60' }, 3, 0, NOW), {
      to: 'delivered',
      delayMs: null,
      status,
      error: null,
      gone: false,
    });
  }
  for (const status of [0, 100, 199, 300, 301, 308, 400, 401, 404, 429, 500, 503]) {
    const settled = settle({ status, retryAfter: null }, 1, 0, NOW);
    assert.deepEqual([settled.to, settled.gone], ['waiting', false], String(status));
    assert.match(settled.error ?? '', new RegExp(String(status)));
  }
  const silent = settle({ status: null, error: 'no answer within 15000 ms' }, 1, 0, NOW);
  assert.deepEqual([silent.to, silent.status, silent.error], ['waiting', null, 'no answer within 15000 ms']);
  const gone = settle({ status: 410, retryAfter: null }, 1, 0, NOW);
  assert.deepEqual([gone.to, gone.gone], ['dead', true]);
});

test('Retry-After lengthens a wait, up to a day, and never shortens one', () => {
  const waitOf = (retryAfter: string, attempts = 1) =>
    settle({ status: 503, retryAfter }, attempts, 0, NOW).delayMs;
  assert.equal(waitOf('120'), 120_000);
  assert.equal(waitOf('1'), 5_000);
  assert.equal(waitOf('60', 3), 1_800_000);
  assert.equal(waitOf('999999999'), 24 * HOUR);
  assert.equal(waitOf('Mon, 05 Jan 2026 13:00:00 GMT'), HOUR);
  assert.equal(settle({ status: 503, retryAfter: '120' }, ATTEMPTS_MAX, 0, NOW).to, 'dead');
});

test('S20: a Retry-After is seconds or a date, and nothing else', () => {
  assert.equal(readRetryAfter('0', NOW), 0);
  assert.equal(readRetryAfter('Mon, 05 Jan 2026 11:00:00 GMT', NOW), 0);
  for (const text of [
    '',
    '-1',
    '1.5',
    '1e9',
    '12345678901',
    'soon',
    '2026-01-05T13:00:00Z',
    'Mon, 99 Foo 2026 13:00:00 GMT',
  ]) {
    assert.equal(readRetryAfter(text, NOW), null, text);
  }
  assert.equal(readRetryAfter(null, NOW), null);
});
