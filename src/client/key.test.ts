import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { systemRandom } from '../std/random.ts';
import { hashApiKey, isApiKey, makeApiKey } from './key.ts';

test('a made key has its shape, passes its checksum, and comes once', () => {
  const keys = Array.from({ length: 1000 }, () => makeApiKey(systemRandom).reveal());
  for (const key of keys) {
    assert.match(key, /^csk_[0-9a-hjkmnp-tv-z]{32}$/);
    assert(isApiKey(key));
  }
  assert.equal(new Set(keys).size, 1000);
});

test('S1: every bit of the secret comes from the random source', () => {
  const low = makeApiKey((length) => new Uint8Array(length)).reveal();
  const high = makeApiKey((length) => new Uint8Array(length).fill(255)).reveal();
  assert.equal(low.slice(4, 30), '0'.repeat(26));
  assert.equal(high.slice(4, 30), 'z'.repeat(26));
});

test('any one character mistyped, dropped or doubled is recognised without a lookup', () => {
  const key = makeApiKey(systemRandom).reveal();
  for (let i = 4; i < key.length; i++) {
    const typed = key[i] === '7' ? '8' : '7';
    assert.equal(isApiKey(key.slice(0, i) + typed + key.slice(i + 1)), false, `position ${i}`);
    assert.equal(isApiKey(key.slice(0, i) + key.slice(i + 1)), false);
    assert.equal(isApiKey(key.slice(0, i) + key[i] + key.slice(i)), false);
  }
  for (const text of ['', 'csk_', key.toUpperCase(), ` ${key}`, `${key}\n`, key.slice(4)]) {
    assert.equal(isApiKey(text), false);
  }
});

test('S8: printing a key shows nothing of it, and at rest it is 32 bytes of digest', () => {
  const key = makeApiKey(systemRandom);
  assert.equal(`${inspect({ key })} ${JSON.stringify({ key })} ${String(key)}`.includes('csk_'), false);
  assert.equal(hashApiKey(key.reveal()).length, 32);
});
