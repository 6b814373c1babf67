import type { Random } from './random.ts';

/**
 * Ids are `prefix_` and 26 characters of Crockford base 32: 10 bits of home, 42 bits of time, 76 random bits,
 * and two zero bits. The home (0 to 1023) says on which shard the row lives, so that an id alone finds it;
 * the time keeps rows of one home in the order of their making.
 */

export type Id<P extends string> = `${P}_${string}`;

export const HOMES = 1024;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const BODY_LENGTH = 26;
/** By character code; -1 for what is no letter of ours. Ids are read on every hot path. */
const VALUES = new Int8Array(128).fill(-1);
for (let value = 0; value < ALPHABET.length; value++) VALUES[ALPHABET.charCodeAt(value)] = value;

export function newId<const P extends string>(prefix: P, home: number, nowMs: number, random: Random): Id<P> {
  const time = nowMs % 2 ** 42;
  let body = letter(home >>> 5) + letter(home);
  // 42 bits of time and 3 random bits fill nine letters.
  const entropy = random(11);
  let timed = time * 8 + ((entropy[10] ?? 0) & 7);
  let letters = '';
  for (let i = 0; i < 9; i++) {
    letters = letter(timed % 32) + letters;
    timed = Math.floor(timed / 32);
  }
  body += letters;
  body += base32(entropy.subarray(0, 10)).slice(0, BODY_LENGTH - 11);
  return `${prefix}_${body}`;
}

/**
 * The id that a digest alone decides, so that the same thing is named the same by whoever makes it. 10 bits
 * of home, 120 bits of the digest.
 */
export function derivedId<const P extends string>(prefix: P, home: number, digest: Uint8Array): Id<P> {
  return `${prefix}_${letter(home >>> 5)}${letter(home)}${base32(digest.subarray(0, 15))}`;
}

/** The home that an id carries, or null when the text is no id of that prefix. */
export function homeOf(prefix: string, id: string): number | null {
  if (!isId(prefix, id)) return null;
  return valueAt(id, prefix.length + 1) * 32 + valueAt(id, prefix.length + 2);
}

function isId<const P extends string>(prefix: P, text: string): text is Id<P> {
  if (text.length !== prefix.length + 1 + BODY_LENGTH || !text.startsWith(`${prefix}_`)) return false;
  for (let i = prefix.length + 1; i < text.length; i++) if (valueAt(text, i) < 0) return false;
  return true;
}

function valueAt(text: string, i: number): number {
  return VALUES[text.charCodeAt(i)] ?? -1;
}

/** Lower-case Crockford base 32, most significant bit first, without padding. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += letter(buffer >>> bits);
      buffer &= (1 << bits) - 1;
    }
  }
  return bits > 0 ? text + letter(buffer << (5 - bits)) : text;
}

function letter(value: number): string {
  return ALPHABET[value & 31] ?? '0';
}
