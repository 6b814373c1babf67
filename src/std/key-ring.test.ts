import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Fault } from './assert.ts';
import { makeKeyRingText, parseKeyRing, type KeyRing } from './key-ring.ts';
import { systemRandom } from './random.ts';

const A = Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64');
const B = Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i)).toString('base64');

function ringOf(text: string): KeyRing {
  const ring = parseKeyRing(text);
  assert(ring.ok);
  return ring.value;
}

test('the first key is current, and an old one still opens what was made under it', () => {
  const old = ringOf(`k1:${A}`);
  const both = ringOf(` k2:${B}, k1:${A}\n`);
  assert.equal(old.currentId, 'k1');
  assert.equal(both.currentId, 'k2');
  assert.deepEqual(both.derive('k1', 'use'), old.derive('k1', 'use'));
  assert.notDeepEqual(both.derive('k2', 'use'), both.derive('k1', 'use'));
  assert.notDeepEqual(both.derive('k1', 'use'), both.derive('k1', 'other use'));
});

test('S1: a working key is HKDF-SHA-256 of the master key, 32 bytes for each use', () => {
  const expected = new Uint8Array(
    hkdfSync('sha256', Buffer.from(A, 'base64'), 'countersign/master-key/1', 'use', 32),
  );
  assert.deepEqual(ringOf(`k1:${A}`).derive('k1', 'use'), expected);
});

test('derived keys stay the same when the cache has been overrun', () => {
  const ring = ringOf(`k1:${A}`);
  const first = Buffer.from(ring.derive('k1', 'use'));
  for (let i = 0; i < 3000; i++) ring.derive('k1', `use ${i}`);
  assert.deepEqual(Buffer.from(ring.derive('k1', 'use')), first);
});

test('a key that is not in the ring is a fault, and has() says so before', () => {
  const ring = ringOf(`k2:${B}`);
  assert.equal(ring.has('k1'), false);
  assert.equal(ring.has('k2'), true);
  assert.throws(() => ring.derive('k1', 'use'), Fault);
});

test('a malformed ring is refused with its place, and the detail shows nothing of a key', () => {
  const short = Buffer.alloc(31, 7).toString('base64');
  const zeros = Buffer.alloc(32).toString('base64');
  const cases: [string, RegExp][] = [
    ['', /Key 1 has no id/],
    [A, /Key 1 has no id/],
    [`K1:${A}`, /id of key 1/],
    [`k1:${A},k1:${B}`, /Key 2 has the id/],
    [`k1:${A},`, /Key 2 has no id/],
    [`k1:${short}`, /Key 1 is not the base64/],
    [`k1:${A.slice(0, -1)}`, /Key 1 is not the base64/],
    [`k1:${A} ${B}`, /Key 1 is not the base64/],
    [`k1:${zeros}`, /one byte repeated/],
    [Array.from({ length: 17 }, (_, i) => `k${i}:${A}`).join(','), /more than 16/],
  ];
  for (const [text, expected] of cases) {
    const refused = parseKeyRing(text);
    assert(!refused.ok, text);
    assert.equal(refused.refusal, 'malformed_master_key');
    assert.match(refused.detail ?? '', expected);
    assert(!(refused.detail ?? '').includes(A.slice(0, 8)));
  }
});

test('S8: printing a ring shows no key', () => {
  const ring = ringOf(`k1:${A}`);
  ring.derive('k1', 'use');
  assert(!inspect(ring, { depth: 9, showHidden: true }).includes('00 01 02'));
  assert(!JSON.stringify(ring).includes(A.slice(0, 8)));
});

test('a made ring is read again', () => {
  assert.equal(ringOf(makeKeyRingText(systemRandom)).currentId, 'k1');
  assert.notEqual(makeKeyRingText(systemRandom), makeKeyRingText(systemRandom));
});
