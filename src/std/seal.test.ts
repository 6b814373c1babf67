import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { Fault } from './assert.ts';
import { utf8 } from './bytes.ts';
import { systemRandom } from './random.ts';
import { open, seal } from './seal.ts';

const key = systemRandom(32);
const aad = utf8('row 1');

test('S8: what is sealed opens under its key and in its place, and nowhere else', () => {
  const plain = utf8('a secret');
  const sealed = seal(key, plain, aad);
  assert.equal(sealed.length, plain.length + 28);
  assert.equal(Buffer.from(sealed).includes('a secret'), false);
  assert.deepEqual(Buffer.from(open(key, sealed, aad) ?? []), Buffer.from(plain));
  assert.equal(open(systemRandom(32), sealed, aad), null);
  assert.equal(open(key, sealed, utf8('row 2')), null);
});

test('S8: a changed bit anywhere, a cut and an extension do not open', () => {
  const sealed = seal(key, utf8('a secret'), aad);
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed, (byte, at) => (at === i ? byte ^ 1 : byte));
    assert.equal(open(key, changed, aad), null, `byte ${i}`);
  }
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(open(key, sealed.subarray(0, length), aad), null, `${length} bytes`);
  }
  assert.equal(open(key, Buffer.concat([sealed, Buffer.from([0])]), aad), null);
});

test('the same text sealed twice looks different; nothing can be sealed too', () => {
  assert.notDeepEqual(seal(key, utf8('a'), aad), seal(key, utf8('a'), aad));
  assert.equal(open(key, seal(key, utf8(''), aad), aad)?.length, 0);
});

test('it is plain AES-256-GCM: nonce, ciphertext, tag', () => {
  const nonce = Buffer.alloc(12, 7);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  const expected = Buffer.concat([nonce, cipher.update('abc'), cipher.final(), cipher.getAuthTag()]);
  assert.deepEqual(Buffer.from(seal(key, utf8('abc'), aad, () => nonce)), expected);
});

test('a key of another length is a fault', () => {
  assert.throws(() => seal(new Uint8Array(16), utf8('a'), aad), Fault);
  assert.throws(() => open(new Uint8Array(31), new Uint8Array(40), aad), Fault);
});
