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
const VALUES = new Map(Array.from(ALPHABET, (letter, value) => [letter, value]));

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

/** The home that an id carries, or null when the text is no id of that prefix. */
export function homeOf(prefix: string, id: string): number | null {
  if (!isId(prefix, id)) return null;
  const high = VALUES.get(id[prefix.length + 1] ?? '') ?? 0;
  const low = VALUES.get(id[prefix.length + 2] ?? '') ?? 0;
  return high * 32 + low;
}

function isId<const P extends string>(prefix: P, text: string): text is Id<P> {
  if (text.length !== prefix.length + 1 + BODY_LENGTH || !text.startsWith(`${prefix}_`)) return false;
  for (let i = prefix.length + 1; i < text.length; i++) if (!VALUES.has(text[i] ?? '')) return false;
  return true;
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
