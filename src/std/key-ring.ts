/**
 * The master keys, and the working keys derived from them by HKDF-SHA-256 (RFC 5869, NIST SP 800-56C).
 *
 *   "k2:<base64 of 32 bytes>,k1:<base64 of 32 bytes>"     the first is current, the others only open what is old
 *
 * A master key never enters the database; rows carry the id of the key that they were made under, so that a
 * new key can be put in front and the old one dropped when nothing made under it is alive any more.
 */
import { hkdfSync } from 'node:crypto';
import { assert } from './assert.ts';
import { toBase64 } from './bytes.ts';
import type { Random } from './random.ts';
import { ok, refuse, type Refused, type Result } from './result.ts';

export type KeyRing = {
  /** The id of the key under which new things are made. */
  readonly currentId: string;
  /** All keys, the current one first. */
  readonly ids: readonly string[];
  readonly has: (keyId: string) => boolean;
  /**
   * 32 bytes for one use; `info` names the use, such as "countersign/code/1". The same bytes are handed out
   * again and must not be written to. A key id that is not in the ring is a fault: ask `has` where it may be
   * gone.
   */
  readonly derive: (keyId: string, info: string) => Uint8Array;
};

const KEY_BYTES = 32;
const KEYS_MAX = 16;
const DERIVED_MAX = 1024;
const SALT = 'countersign/master-key/1';
const ID = /^[a-z0-9]{1,16}$/;

/**
 * Reads the text of the ring. The refusal's detail says which part is wrong by its place, and shows nothing
 * of a key.
 */
export function parseKeyRing(text: string): Result<KeyRing, 'malformed_master_key'> {
  const parts = text.trim().split(',', KEYS_MAX + 1);
  if (parts.length > KEYS_MAX) return malformed(`There are more than ${KEYS_MAX} keys.`);
  const keys = new Map<string, Uint8Array>();
  for (const [i, part] of parts.entries()) {
    const place = `Key ${i + 1}`;
    const colon = part.indexOf(':');
    if (colon < 0) return malformed(`${place} has no id: write it as k1:<base64 of 32 bytes>.`);
    const id = part.slice(0, colon).trim();
    const encoded = part.slice(colon + 1).trim();
    if (!ID.test(id)) return malformed(`The id of key ${i + 1} is not 1 to 16 small letters and digits.`);
    if (keys.has(id)) return malformed(`${place} has the id of an earlier one.`);
    const key = Buffer.from(encoded, 'base64');
    if (key.length !== KEY_BYTES || toBase64(key) !== encoded) {
      return malformed(
        `${place} is not the base64 of exactly 32 bytes. Make one with: openssl rand -base64 32`,
      );
    }
    if (key.every((byte) => byte === key[0]))
      return malformed(`${place} is one byte repeated, not a random key.`);
    keys.set(id, key);
  }
  return ok(createKeyRing(keys));
}

/** The text of a ring with one new key. */
export function makeKeyRingText(random: Random): string {
  return `k1:${toBase64(random(KEY_BYTES))}`;
}

/** Takes a map in its order: the first key is current. */
function createKeyRing(keys: ReadonlyMap<string, Uint8Array>): KeyRing {
  const [currentId = ''] = keys.keys();
  const derived = new Map<string, Uint8Array>();
  return {
    currentId,
    ids: [...keys.keys()],
    has: (keyId) => keys.has(keyId),
    derive: (keyId, info) => {
      const name = `${keyId}\n${info}`;
      const known = derived.get(name);
      if (known) return known;
      const master = keys.get(keyId);
      assert(master, `the master key "${keyId}" is not in the ring: put it back after the current one`);
      const made = new Uint8Array(hkdfSync('sha256', master, SALT, info, KEY_BYTES));
      if (derived.size >= DERIVED_MAX)
        for (const oldest of derived.keys()) {
          derived.delete(oldest);
          break;
        }
      derived.set(name, made);
      return made;
    },
  };
}

function malformed(detail: string): Refused<'malformed_master_key'> {
  return refuse('malformed_master_key', { detail });
}
