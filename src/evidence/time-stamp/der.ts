/**
 * The frame of DER (X.690 section 10), checked before any library reads it: every length is definite, in its
 * shortest form and within its parent; nothing is nested deeper or has more parts than any real token. What
 * passes can be taken apart without allocating by a length that lies, without recursion that does not end,
 * and has one reading only. Values inside are not judged here.
 */
import { ok, refuse, type Result } from '../../std/result.ts';

const DEPTH_MAX = 32;
const PARTS_MAX = 4096;

const CONSTRUCTED = 0x20;
const CLASS = 0xc0;
const NUMBER = 0x1f;
const BOOLEAN = 1;
const INTEGER = 2;
const SEQUENCE = 16;
const SET = 17;

/** Checks that `bytes` are one DER value and nothing more. A refusal names the byte. */
export function checkDer(bytes: Uint8Array): Result<undefined, 'malformed_der'> {
  /** Where the open constructed values end, the outermost first. */
  const ends: number[] = [];
  let at = 0;
  for (let parts = 1; ; parts++) {
    if (parts > PARTS_MAX) return bad(at, `there are more than ${PARTS_MAX} values`);
    const end = ends.at(-1) ?? bytes.length;
    const header = readHeader(bytes, at, end);
    if (typeof header === 'string') return bad(at, header);
    const wrong = valueProblem(bytes, header);
    if (wrong !== null) return bad(at, wrong);
    at = header.start;
    if (header.constructed) {
      if (ends.length === DEPTH_MAX) return bad(at, `values are nested more than ${DEPTH_MAX} deep`);
      ends.push(header.end);
    } else {
      at = header.end;
    }
    while (ends.length > 0 && ends.at(-1) === at) ends.pop();
    if (ends.length === 0) break;
  }
  return at === bytes.length ? ok() : bad(at, 'more follows after the end of the value');
}

type Header = { tag: number; constructed: boolean; start: number; end: number };

/** Reads tag and length at `at`, within `limit`. */
function readHeader(bytes: Uint8Array, at: number, limit: number): Header | string {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit) return 'the value ends within its header';
  if ((tag & NUMBER) === NUMBER) return 'the tag is longer than one byte';
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    // Three bytes reach beyond every size that is let in.
    if (count === 0 || count > 3) return 'the length is indefinite or absurd';
    if (start + count > limit) return 'the value ends within its length';
    length = bytes.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
    if (length < 0x80 || length < 256 ** (count - 1)) return 'the length is not in its shortest form';
    start += count;
  }
  if (start + length > limit) return 'the length reaches beyond the end';
  return { tag, constructed: (tag & CONSTRUCTED) !== 0, start, end: start + length };
}

/** Of universal values: only sequences and sets are constructed, booleans and integers have one spelling. */
function valueProblem(bytes: Uint8Array, { tag, constructed, start, end }: Header): string | null {
  if ((tag & CLASS) !== 0) return null;
  const number = tag & NUMBER;
  if (constructed !== (number === SEQUENCE || number === SET)) return 'the value has the wrong form';
  const first = bytes[start] ?? 0;
  const second = bytes[start + 1] ?? 0;
  if (number === BOOLEAN && (end - start !== 1 || (first !== 0 && first !== 0xff))) {
    return 'the boolean is neither 00 nor FF';
  }
  if (number === INTEGER) {
    if (start === end) return 'the integer is empty';
    const padded = (first === 0 && second < 0x80) || (first === 0xff && second >= 0x80);
    if (end - start > 1 && padded) return 'the integer is not in its shortest form';
  }
  return null;
}

function bad(at: number, why: string): Result<never, 'malformed_der'> {
  return refuse('malformed_der', { detail: `byte ${at}: ${why}` });
}
