/**
 * The text of an API key:
 *
 *   csk_ 26 characters of secret, 6 characters of checksum       (Crockford base 32, small letters)
 *
 * The secret is 130 random bits; the checksum is the first 30 bits of SHA-256 over all that stands before it.
 * It lets our parser, and any scanner for leaked secrets, recognise a mistyped key without a lookup. It
 * protects nothing. At rest there is SHA-256 of the whole text: against 130 random bits a slow hash would add
 * nothing but time.
 */
import { hash } from 'node:crypto';
import { sha256 } from '../std/bytes.ts';
import { base32 } from '../std/id.ts';
import type { Random } from '../std/random.ts';
import { Secret } from '../std/secret.ts';

export type KeyScope = 'admin' | 'client';

const PREFIX = 'csk_';
const SECRET_LENGTH = 26;
const CHECKSUM_LENGTH = 6;
const SHAPE = /^csk_[0-9a-hjkmnp-tv-z]{32}$/;

export function makeApiKey(random: Random): Secret<string> {
  const secret = PREFIX + base32(random(17)).slice(0, SECRET_LENGTH);
  return new Secret(secret + checksum(secret));
}

/** Whether the text can be a key at all: its shape and its checksum are right. */
export function isApiKey(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  return checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

/** What the database keeps of a key. 32 bytes. */
export function hashApiKey(text: string): Buffer {
  return Buffer.from(hash('sha256', text, 'binary'), 'latin1');
}

function checksum(text: string): string {
  return base32(sha256(text)).slice(0, CHECKSUM_LENGTH);
}
