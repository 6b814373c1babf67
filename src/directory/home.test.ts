import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { addressHome, addressKey, identifierHome } from './home.ts';

test('S4: home and key of an address come from the address alone', () => {
  const digest = createHash('sha256').update('ten_a\nsms\n+33612345678').digest();
  assert.deepEqual(Buffer.from(addressKey('ten_a', 'sms', '+33612345678')), digest.subarray(0, 16));
  assert.equal(addressHome('ten_a', 'sms', '+33612345678'), digest.readUInt16BE(0) >> 6);
  assert.notDeepEqual(addressKey('ten_b', 'sms', '+33612345678'), addressKey('ten_a', 'sms', '+33612345678'));
});

test('homes are spread over all 1024', () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 50_000; i++) {
    const home = identifierHome('ten_a', `subscriber ${i}`);
    assert(home >= 0 && home < 1024);
    counts.set(home, (counts.get(home) ?? 0) + 1);
  }
  assert.equal(counts.size, 1024);
  assert(Math.max(...counts.values()) < 150);
});
