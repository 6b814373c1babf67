import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hmacSha256, sha256, toHex } from './bytes.ts';

test('HMAC-SHA-256 of RFC 4231, test cases 1, 2 and 6', () => {
  const cases: [Uint8Array, string, string][] = [
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ];
  for (const [key, message, mac] of cases) assert.equal(toHex(hmacSha256(key, message)), mac);
});

test('any key and parts give the digests that node:crypto gives', () => {
  const part = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string());
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), fc.array(part, { maxLength: 4 }), (key, parts) => {
      const mac = createHmac('sha256', key);
      const hash = createHash('sha256');
      for (const one of parts) {
        mac.update(one);
        hash.update(one);
      }
      assert.deepEqual(hmacSha256(key, ...parts), mac.digest());
      assert.deepEqual(sha256(...parts), hash.digest());
    }),
  );
});
