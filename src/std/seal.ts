/**
 * Sealing of what must be at rest but not in clear: AES-256-GCM (NIST SP 800-38D) under a key of 32 bytes.
 *
 *   nonce (12 random bytes) ‖ ciphertext ‖ tag (16 bytes)
 *
 * What is sealed opens under the same key and the same additional data only, so that a sealed value that is
 * moved to another row does not open there. With random nonces one key may seal 2^32 times.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from './assert.ts';
import { systemRandom, type Random } from './random.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Sealed is 28 bytes longer than the plaintext. */
export function seal(
  key: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
  random: Random = systemRandom,
): Uint8Array {
  assert(key.length === KEY_BYTES, 'a sealing key has 32 bytes');
  const nonce = random(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  return Buffer.concat([nonce, ciphertext, cipher.final(), cipher.getAuthTag()]);
}

/** Null when it was sealed under another key or for another place, was altered, or was never sealed. */
export function open(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | null {
  assert(key.length === KEY_BYTES, 'a sealing key has 32 bytes');
  const tagAt = sealed.length - TAG_BYTES;
  if (tagAt < NONCE_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, tagAt));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return null;
  }
}
