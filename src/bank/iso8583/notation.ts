/**
 * The standard's own way to write what a field holds (ISO 8583:1987, 4.2), so that a table of fields reads
 * as the table in the standard does:
 *
 *   "n 6"       exactly 6 digits             "ans..25"    up to 25 characters behind a length of two digits
 *   "b 8"       exactly 8 bytes              "ans...999"  up to 999 behind a length of three digits
 *   "x+n 8"     C or D, then 8 digits: the size counts the letter too
 *
 *   content  characters
 *   a        letters                         z    the code set of tracks 2 and 3 (0 to 9 and : ; < = > ?)
 *   n        digits                          x+n  C or D for credit or debit, then digits
 *   an       letters and digits              b    bytes
 *   ns       digits and special characters
 *   ans      letters, digits and special characters, all visible ASCII
 *
 * Fixed fields of letters are padded with spaces at their end (4.2), so a space counts as a letter.
 */
import { must } from '../../std/assert.ts';

export type Content = 'a' | 'n' | 'an' | 'ns' | 'ans' | 'z' | 'x+n' | 'b';
export type LengthKind = 'fixed' | 'LLVAR' | 'LLLVAR';
export type Notation = {
  readonly content: Content;
  readonly length: LengthKind;
  /** Exactly so many for `fixed`, else at most: characters, or bytes of `b`. */
  readonly size: number;
};

const NOTATION = /^(a|n|an|ns|ans|z|x\+n|b)( |\.\.\.?)(\d{1,3})$/;
const KINDS: Readonly<Record<string, LengthKind>> = { ' ': 'fixed', '..': 'LLVAR', '...': 'LLLVAR' };

/** A notation is written by us in a table: a wrong one is a fault. */
export function parseNotation(text: string): Notation {
  const match = must(NOTATION.exec(text), `"${text}" is not the notation of a field`);
  const content = match[1] as Content;
  const length = must(KINDS[match[2] ?? ''], `"${text}" has no kind of length`);
  return { content, length, size: Number(match[3]) + (content === 'x+n' ? 1 : 0) };
}

const DIGIT = 1;
const LETTER = 2;
const SPECIAL = 4;
const SPACE = 8;
const TRACK = 16;

const MASKS: Readonly<Record<Exclude<Content, 'b' | 'x+n'>, number>> = {
  a: LETTER | SPACE,
  n: DIGIT,
  an: LETTER | DIGIT | SPACE,
  ns: DIGIT | SPECIAL | SPACE,
  ans: LETTER | DIGIT | SPECIAL | SPACE,
  z: TRACK,
};

const CLASSES = Uint8Array.from({ length: 256 }, (_, unit) => {
  if (unit === 0x20) return SPACE;
  const char = String.fromCharCode(unit);
  const track = unit >= 0x30 && unit <= 0x3f ? TRACK : 0;
  if (/[0-9]/.test(char)) return DIGIT | track;
  if (/[A-Za-z]/.test(char)) return LETTER;
  return unit > 0x20 && unit < 0x7f ? SPECIAL | track : 0;
});

/** Which characters a content has, as bits that `isOf` looks at; of `x+n` those behind its letter. */
export function maskOf(content: Content): number {
  return content === 'b' ? 0 : MASKS[content === 'x+n' ? 'n' : content];
}

export function isOf(unit: number, mask: number): boolean {
  return unit < 256 && ((CLASSES[unit] ?? 0) & mask) !== 0;
}

const CREDIT = 0x43;
const DEBIT = 0x44;

/** Whether a character is the letter in front of `x+n`. */
export function isSign(unit: number | undefined): boolean {
  return unit === CREDIT || unit === DEBIT;
}

/** The place, counted from 0, of the first character that the content does not have; -1 for none. */
export function strangeCharacter(text: string, content: Content): number {
  const mask = maskOf(content);
  const from = content === 'x+n' ? 1 : 0;
  if (from === 1 && !isSign(text.charCodeAt(0))) return 0;
  for (let at = from; at < text.length; at++) if (!isOf(text.charCodeAt(at), mask)) return at;
  return -1;
}
