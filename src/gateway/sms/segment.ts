/**
 * How a text becomes short messages and a short message becomes text again (3GPP TS 23.040, 9.2.3.24.1).
 *
 *   text ──▶ GSM or UCS-2 by content ──▶ fits 140 octets ──▶ one segment
 *                                    └─▶ does not        ──▶ 2 to 255 segments, each behind a user data header
 *
 * A segment has 140 octets on the air: 160 septets or 70 UCS-2 units. A header with an 8-bit reference takes
 * 6 of them and leaves 153 or 67; with a 16-bit reference it takes 7 and leaves 152 or 66.
 */
import { assert } from '../../std/assert.ts';
import { ok, refuse, type Result } from '../../std/result.ts';
import { decodeGsm, encodeGsm, GSM_ESCAPE } from './gsm.ts';

export type Coding = 'gsm' | 'ucs2';

export type Segment = {
  readonly coding: Coding;
  /** The user data header with its length octet; empty for a text of one segment. */
  readonly header: Uint8Array;
  /** Septets one to an octet, or UCS-2 big-endian. */
  readonly payload: Uint8Array;
};

export type Concatenation = { readonly reference: number; readonly total: number; readonly number: number };

const SEGMENTS_MAX = 255;
const SINGLE_MAX = { gsm: 160, ucs2: 140 } as const;
const PART_MAX = { gsm: { 8: 153, 16: 152 }, ucs2: { 8: 134, 16: 132 } } as const;
const NO_HEADER = new Uint8Array(0);

export type SegmentOptions = {
  /** What binds the segments of one text together at the receiver; the low 8 or 16 bits are used. */
  reference: number;
  referenceBits?: 8 | 16;
};

export function codingOf(text: string): Coding {
  return encodeGsm(text) === null ? 'ucs2' : 'gsm';
}

/** UTF-16 big-endian; SMPP calls it UCS-2, and every phone of today reads surrogate pairs in it. */
export function encodeUcs2(text: string): Uint8Array {
  const octets = Buffer.from(text, 'utf16le');
  return octets.swap16();
}

/** The inverse; an odd last octet is dropped. */
export function decodeUcs2(octets: Uint8Array): string {
  const even = Buffer.from(octets.subarray(0, octets.length & ~1));
  return even.swap16().toString('utf16le');
}

/** Cuts a text into segments, never inside an escape pair or a surrogate pair. */
export function segment(text: string, options: SegmentOptions): Result<Segment[], 'text_too_long'> {
  const septets = encodeGsm(text);
  const coding: Coding = septets === null ? 'ucs2' : 'gsm';
  const octets = septets ?? encodeUcs2(text);
  if (octets.length <= SINGLE_MAX[coding]) return ok([{ coding, header: NO_HEADER, payload: octets }]);

  const bits = options.referenceBits ?? 8;
  const parts: Uint8Array[] = [];
  for (let from = 0; from < octets.length;) {
    const to = cut(octets, from, PART_MAX[coding][bits], coding);
    parts.push(octets.subarray(from, to));
    from = to;
    if (parts.length > SEGMENTS_MAX) {
      return refuse('text_too_long', { detail: `The text needs more than ${SEGMENTS_MAX} segments.` });
    }
  }
  return ok(
    parts.map((payload, i) => ({
      coding,
      header: concatenationHeader({ reference: options.reference, total: parts.length, number: i + 1 }, bits),
      payload,
    })),
  );
}

function cut(octets: Uint8Array, from: number, partMax: number, coding: Coding): number {
  const to = from + partMax;
  if (to >= octets.length) return octets.length;
  if (coding === 'gsm') return octets[to - 1] === GSM_ESCAPE ? to - 1 : to;
  const high = octets[to - 2] ?? 0;
  const next = octets[to] ?? 0;
  const splitsPair = high >= 0xd8 && high <= 0xdb && next >= 0xdc && next <= 0xdf;
  return splitsPair ? to - 2 : to;
}

function concatenationHeader(part: Concatenation, bits: 8 | 16): Uint8Array {
  const low = part.reference & 0xff;
  return bits === 8
    ? Uint8Array.of(5, 0x00, 3, low, part.total, part.number)
    : Uint8Array.of(6, 0x08, 4, (part.reference >>> 8) & 0xff, low, part.total, part.number);
}

export type UserData = {
  /** What follows the header. */
  readonly payload: Uint8Array;
  /** Absent when the header says nothing of concatenation. */
  readonly concatenation: Concatenation | null;
};

/**
 * Takes the user data header off a short message that has one (esm_class bit 0x40). Elements other than
 * concatenation are skipped, as 23.040 demands of a receiver that does not know them.
 */
export function readUserData(octets: Uint8Array): Result<UserData, 'malformed_header'> {
  const end = 1 + (octets[0] ?? 0);
  if (octets.length < end) {
    return refuse('malformed_header', {
      detail: `The user data header claims ${end - 1} octets, but only ${Math.max(0, octets.length - 1)} follow.`,
    });
  }
  let concatenation: Concatenation | null = null;
  for (let at = 1; at < end;) {
    const tag = octets[at] ?? 0;
    const length = octets[at + 1];
    if (length === undefined || at + 2 + length > end) {
      return refuse('malformed_header', {
        detail: `The header element at octet ${at} is longer than the header.`,
      });
    }
    concatenation = readConcatenation(tag, octets.subarray(at + 2, at + 2 + length)) ?? concatenation;
    at += 2 + length;
  }
  return ok({ payload: octets.subarray(end), concatenation });
}

function readConcatenation(tag: number, value: Uint8Array): Concatenation | null {
  const wide = tag === 0x08 && value.length === 4;
  if (!wide && !(tag === 0x00 && value.length === 3)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = value;
  const part = wide ? { reference: a * 256 + b, total: c, number: d } : { reference: a, total: b, number: c };
  // A number of zero or above the total makes the element one to be ignored (23.040, 9.2.3.24.1).
  return part.number >= 1 && part.number <= part.total ? part : null;
}

export function decodePayload(coding: Coding, payload: Uint8Array): string {
  return coding === 'gsm' ? decodeGsm(payload) : decodeUcs2(payload);
}

export type ReceivedSegment = {
  readonly coding: Coding;
  readonly payload: Uint8Array;
  readonly concatenation: Concatenation;
};

/**
 * The text of the segments that arrived so far under one reference, in any order and possibly twice, or null
 * while one is missing. The caller keys the segments by sender, receiver, reference and total.
 */
export function reassemble(segments: readonly ReceivedSegment[]): string | null {
  const total = segments[0]?.concatenation.total ?? 0;
  assert(total > 0, 'segments were joined before the first arrived');
  const byNumber = new Map<number, ReceivedSegment>();
  for (const part of segments) {
    if (part.concatenation.total === total) byNumber.set(part.concatenation.number, part);
  }
  if (byNumber.size < total) return null;
  let text = '';
  for (let number = 1; number <= total; number++) {
    const part = byNumber.get(number);
    if (part === undefined) return null;
    text += decodePayload(part.coding, part.payload);
  }
  return text;
}
