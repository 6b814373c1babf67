/**
 * Blind search: a mailbox is searched by keyed digests of the beginnings of words, which say nothing to
 * whoever has the database and not the master key. Each mailbox has digests of its own, so that equal
 * words in two mailboxes look different. Pure.
 *
 *   "Lease, 12 March" ─▶ le lea leas lease 12 ma mar marc march ─HMAC(key, mailbox)─▶ 64 bits each
 */
import { hmacSha256 } from '../std/bytes.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Party } from './message.ts';

const SEARCH = 'countersign/message-search/1';
const PREFIX_MIN = 2;
const PREFIX_MAX = 12;
/** Enough for a subject of 140 characters, two names and two numbers. */
const TOKENS_MAX = 400;
/** Words of one search; the others are left out. */
const WORDS_MAX = 8;

/** Words in small letters without accents: what people type without thinking. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFKC').toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** What a message is found by. */
export function tokensOf(
  keys: KeyRing,
  keyId: string,
  mailbox: Uint8Array,
  texts: readonly string[],
): bigint[] {
  const prefixes = new Set<string>();
  for (const word of texts.flatMap(wordsOf)) {
    const letters = Array.from(word);
    const longest = Math.min(letters.length, PREFIX_MAX);
    // A word of one letter, as in Chinese, is a beginning too.
    for (let length = Math.min(PREFIX_MIN, longest); length <= longest; length++) {
      prefixes.add(letters.slice(0, length).join(''));
    }
  }
  return [...prefixes].slice(0, TOKENS_MAX).map((prefix) => tokenOf(keys, keyId, mailbox, prefix));
}

/** What a search asks for, once for each master key; empty when the text has no word. */
export function searchTokens(keys: KeyRing, mailbox: Uint8Array, q: string): bigint[][] {
  // A number in any spelling is one word.
  const words = /^[\d\s+().-]+$/.test(q) ? [q.replace(/\D/g, '')] : wordsOf(q);
  const wanted = words.filter((word) => word !== '').slice(0, WORDS_MAX);
  if (wanted.length === 0) return [];
  return keys.ids.map((keyId) =>
    wanted.map((word) => tokenOf(keys, keyId, mailbox, Array.from(word).slice(0, PREFIX_MAX).join(''))),
  );
}

/** The name and the number of a party, the number also without its country, as people say it. */
export function textsOfParty(party: Party): string[] {
  const digits = party.number.replace(/\D/g, '');
  return [party.shown, digits, digits.slice(-9), `0${digits.slice(-9)}`];
}

function tokenOf(keys: KeyRing, keyId: string, mailbox: Uint8Array, prefix: string): bigint {
  return hmacSha256(keys.derive(keyId, SEARCH), mailbox, prefix).readBigInt64BE(0);
}
