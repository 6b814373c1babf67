/**
 * A message of ISO 8583 as a value: its type, and its fields by number. Pure.
 *
 *   MTI    0    1    0    0
 *          │    │    │    └ from whom: 0 acquirer, 1 acquirer again, 2 issuer...
 *          │    │    └ 0 request, 1 its answer, 2 advice, 3 its answer
 *          │    └ 1 authorisation, 2 financial, 4 reversal, 8 network management
 *          └ version: 0 is 1987
 */
import type { Refused } from '../../std/result.ts';

/** One data object of field 55: the tag in capital hex digits, such as "9F26". */
export type Tlv = { readonly tag: string; readonly value: Uint8Array };

/** Parts by name, or elements by number. */
export type Parts = { readonly [name: string]: string };

/** Characters, bytes (of `b`), or what a field is made of, as its spec says. */
export type Value = string | Uint8Array | Parts | readonly Tlv[];
export type Fields = { readonly [field: number]: Value | undefined };
export type Message = { readonly mti: string; readonly fields: Fields };

/** Why bytes are no message, or a message cannot be written: where ("55.9F26"), and why; no value (S8). */
export type CodecRefused = Refused<'malformed_message'> & { readonly path: string };

export function codecRefused(path: string, why: string): CodecRefused {
  return { ok: false, refusal: 'malformed_message', detail: `${path}: ${why}`, path };
}

export function textOf(message: Message, field: number): string | null {
  const value = message.fields[field];
  return typeof value === 'string' ? value : null;
}

export function partsOf(message: Message, field: number): Parts | null {
  const value = message.fields[field];
  if (value === undefined || typeof value === 'string' || value instanceof Uint8Array || isTlvs(value))
    return null;
  return value;
}

export function isTlvs(value: Value): value is readonly Tlv[] {
  return Array.isArray(value);
}

/** The type of the answer to a message: 0100 is answered by 0110, 0421 by 0430. */
export function answerMti(mti: string): string {
  const asked = Number(mti[2]);
  return `${mti.slice(0, 2)}${asked + 1}0`;
}

/** The same message said again: 0400 again is 0401. */
export function repeatMti(mti: string): string {
  return `${mti.slice(0, 3)}1`;
}

/** Whether it answers something: the third digit is odd. */
export function isAnswer(mti: string): boolean {
  return Number(mti[2]) % 2 === 1;
}
