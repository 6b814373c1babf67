/**
 * Digits packed two in a byte (BCD). An odd number of them leaves half a byte empty: 0 in front, or F behind.
 * Tracks have six more characters than digits, `:` to `?`, which are the half bytes A to F. Reading works on
 * the bytes as hex digits.
 */
import type { FieldSpec } from './spec.ts';

const CAPITAL_A = 0x41;
const COLON = 0x3a;
const HALF_BYTES = '0123456789:;<=>?';

/** The first half byte, counted from 0, that does not belong there; -1 for none. */
export function strangeHalfByte(hex: string, at: number, field: FieldSpec, size: number): number {
  const isOdd = size % 2 === 1;
  const first = isOdd && field.pad === 'front' ? 1 : 0;
  if (first === 1 && hex.charCodeAt(at) !== 0x30) return 0;
  if (isOdd && first === 0 && hex.charCodeAt(at + size) !== 0x66) return size;
  if (field.content === 'z') return -1;
  for (let i = first; i < first + size; i++) if (hex.charCodeAt(at + i) >= COLON) return i;
  return -1;
}

/** The characters of `size` half bytes, none of which is strange. */
export function unpackDigits(hex: string, at: number, field: FieldSpec, size: number): string {
  const from = at + (size % 2 === 1 && field.pad === 'front' ? 1 : 0);
  const text = hex.slice(from, from + size);
  if (field.content !== 'z') return text;
  return text.replace(/[a-f]/g, (letter) => HALF_BYTES[Number.parseInt(letter, 16)] ?? '');
}

/** Writes characters that were found to be digits (or track characters); gives the place behind them. */
export function packDigits(bytes: Buffer, at: number, field: FieldSpec, text: string, from: number): number {
  const size = text.length - from;
  const first = size % 2 === 1 && field.pad === 'front' ? 1 : 0;
  let place = at;
  for (let i = -first; i < size; i += 2) {
    const high = i < 0 ? 0 : text.charCodeAt(from + i) & 15;
    const low = i + 1 >= size ? 15 : text.charCodeAt(from + i + 1) & 15;
    bytes[place++] = (high << 4) | low;
  }
  return place;
}

/** The value of a hex digit, or -1. */
export function hexValue(unit: number): number {
  if (unit >= 0x30 && unit < COLON) return unit - 0x30;
  const capital = unit & 0xdf;
  return capital >= CAPITAL_A && capital < CAPITAL_A + 6 ? capital - CAPITAL_A + 10 : -1;
}
