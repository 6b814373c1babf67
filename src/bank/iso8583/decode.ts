/**
 * Reading: bytes to message, driven by the spec.
 *
 *   MTI │ bitmap: which fields │ second bitmap, when bit 1 is set │ the fields, in the order of their numbers
 *
 * A refusal says where in the path of the field and why, and never shows a value (S8). Nothing is thrown, and
 * every length is held against what is there before anything is taken (S20).
 */
import { ok, type Ok } from '../../std/result.ts';
import { hexValue, strangeHalfByte, unpackDigits } from './digits.ts';
import { codecRefused, type CodecRefused, type Message, type Value } from './message.ts';
import { isOf, isSign } from './notation.ts';
import { readParts } from './parts.ts';
import { lengthOctetsOf, octetsOf, type FieldSpec, type Spec } from './spec.ts';
import { readTlvs } from './tlv.ts';

type Cursor = {
  readonly bytes: Buffer;
  /** The whole message as characters, and as hex digits: made once, for each making is a call into C++. */
  readonly latin1: string;
  readonly hex: string;
  at: number;
  refused: CodecRefused | null;
};

const MTI = /^0[1-8][0-9][0-9]$/;

/** Bytes of a message (`b`, and in field 55) are views into `bytes`. */
export function decode(bytes: Buffer, spec: Spec): Ok<Message> | CodecRefused {
  if (bytes.length > spec.octetsMax)
    return codecRefused('end', `${bytes.length} bytes of at most ${spec.octetsMax}`);
  const latin1 = bytes.toString('latin1');
  const cursor: Cursor = {
    bytes,
    latin1,
    hex: spec.isPacked ? bytes.toString('hex') : '',
    at: 0,
    refused: null,
  };
  const mti = readMti(cursor, spec);
  const first = readBitmap(cursor, spec, 'bitmap');
  const hasSecond = (first[0] & 0x80000000) !== 0;
  const second = hasSecond ? readBitmap(cursor, spec, 'bitmap 2') : NO_BITS;
  const words = [first[0] & 0x7fffffff, first[1], second[0], second[1]];
  const fields: Record<number, Value> = {};
  // The highest first, so that room is made once and not again with each field; it is overwritten or refused.
  const highest = highestOf(words);
  if (highest > 0) fields[highest] = '';
  for (let word = 0; word < 4 && cursor.refused === null; word++) {
    let bits = words[word] ?? 0;
    while (bits !== 0) {
      const bit = Math.clz32(bits);
      bits &= ~(0x80000000 >>> bit);
      const number = word * 32 + bit + 1;
      const field = spec.fields[number];
      if (field === undefined) return codecRefused(String(number), `is no field of ${spec.name}`);
      const value = readField(cursor, field);
      if (cursor.refused !== null) return cursor.refused;
      fields[number] = value;
    }
  }
  if (cursor.refused !== null) return cursor.refused;
  if (cursor.at < bytes.length) return codecRefused('end', `${bytes.length - cursor.at} bytes too many`);
  return ok({ mti, fields });
}

function stop(cursor: Cursor, path: string, why: string): void {
  cursor.refused ??= codecRefused(path, why);
}

/** Moves over `octets` bytes and gives the place where they begin; -1 where there are fewer. */
function take(cursor: Cursor, path: string, octets: number): number {
  const { at, bytes } = cursor;
  if (cursor.refused !== null) return -1;
  if (at + octets > bytes.length) {
    stop(cursor, path, `${bytes.length - at} bytes of ${octets}`);
    return -1;
  }
  cursor.at = at + octets;
  return at;
}

function readMti(cursor: Cursor, spec: Spec): string {
  const at = take(cursor, 'mti', spec.mti === 'ascii' ? 4 : 2);
  if (at < 0) return '';
  const mti = spec.mti === 'ascii' ? cursor.latin1.slice(at, at + 4) : cursor.hex.slice(at * 2, at * 2 + 4);
  if (!MTI.test(mti)) stop(cursor, 'mti', 'is no message type of 1987');
  return mti;
}

type Bits = readonly [number, number];
const NO_BITS: Bits = [0, 0];

function readBitmap(cursor: Cursor, spec: Spec, path: string): Bits {
  const { bytes } = cursor;
  if (spec.bitmap === 'binary') {
    const at = take(cursor, path, 8);
    return at < 0 ? NO_BITS : [bytes.readInt32BE(at), bytes.readInt32BE(at + 4)];
  }
  const at = take(cursor, path, 16);
  if (at < 0) return NO_BITS;
  const words: [number, number] = [0, 0];
  for (let i = 0; i < 16; i++) {
    const value = hexValue(bytes[at + i] ?? 0);
    if (value < 0) {
      stop(cursor, path, `character ${i} is no hex digit`);
      return NO_BITS;
    }
    const word = i >> 3;
    words[word] = ((words[word] ?? 0) << 4) | value;
  }
  return words;
}

/** The highest number of a field in the bitmaps; 0 for none. */
function highestOf(words: readonly number[]): number {
  for (let word = 3; word >= 0; word--) {
    const bits = words[word] ?? 0;
    if (bits !== 0) return word * 32 + 1 + Math.clz32(bits & -bits);
  }
  return 0;
}

function readField(cursor: Cursor, field: FieldSpec): Value {
  const path = String(field.number);
  const size = field.length === 'fixed' ? field.size : readLength(cursor, field, path);
  if (cursor.refused !== null) return '';
  if (size > field.size) {
    stop(cursor, path, `says ${size} where ${field.size} is the most`);
    return '';
  }
  const octets = octetsOf(field, size);
  const at = take(cursor, path, octets);
  if (at < 0) return '';
  const { inside } = field;
  if (field.content === 'b') {
    const value = readBytes(cursor, field, path, at, octets);
    if (inside?.kind !== 'ber') return value;
    const within = (tag: string, why: string): null => (stop(cursor, inner(path, tag), why), null);
    return readTlvs(value, inside.tags, within) ?? '';
  }
  const text = readText(cursor, field, path, at, size);
  if (inside === null || inside.kind === 'ber' || cursor.refused !== null) return text;
  const within = (part: string, why: string): null => (stop(cursor, inner(path, part), why), null);
  return readParts(text, inside, within) ?? '';
}

function inner(path: string, part: string): string {
  return part === '' ? path : `${path}.${part}`;
}

function readLength(cursor: Cursor, field: FieldSpec, path: string): number {
  const { bytes } = cursor;
  const how = field.lengthEncoding;
  const octets = lengthOctetsOf(field);
  const at = take(cursor, path, octets);
  if (at < 0) return 0;
  if (how === 'binary') return bytes.readUIntBE(at, octets);
  let size = 0;
  for (let i = 0; i < octets; i++) {
    const byte = bytes[at + i] ?? 0;
    const isDigits = how === 'ascii' ? byte >= 0x30 && byte <= 0x39 : byte >> 4 <= 9 && (byte & 15) <= 9;
    if (!isDigits) {
      stop(cursor, path, 'its length is no number');
      return 0;
    }
    size = how === 'ascii' ? size * 10 + byte - 0x30 : size * 100 + (byte >> 4) * 10 + (byte & 15);
  }
  return size;
}

function readBytes(cursor: Cursor, field: FieldSpec, path: string, at: number, octets: number): Buffer {
  const { bytes } = cursor;
  if (field.encoding !== 'hex') return bytes.subarray(at, at + octets);
  for (let i = 0; i < octets; i++) {
    if (hexValue(bytes[at + i] ?? 0) < 0) {
      stop(cursor, path, `character ${i} is no hex digit`);
      return Buffer.alloc(0);
    }
  }
  return Buffer.from(cursor.latin1.slice(at, at + octets), 'hex');
}

function readText(cursor: Cursor, field: FieldSpec, path: string, at: number, size: number): string {
  const { bytes, latin1, hex } = cursor;
  if (field.encoding === 'bcd') {
    const isSigned = field.content === 'x+n';
    const sign = isSigned ? latin1.slice(at, at + 1) : '';
    if (isSigned && sign !== 'C' && sign !== 'D') stop(cursor, path, 'is neither credit nor debit');
    const from = isSigned ? at + 1 : at;
    const strange = strangeHalfByte(hex, from * 2, field, isSigned ? size - 1 : size);
    if (strange >= 0)
      stop(cursor, path, `half byte ${strange} is not what a packed ${field.content} has there`);
    return sign + unpackDigits(hex, from * 2, field, isSigned ? size - 1 : size);
  }
  const { content, mask } = field;
  const first = content === 'x+n' && isSign(bytes[at]) ? at + 1 : at;
  if (content === 'x+n' && first === at) stop(cursor, path, `character 0 is no ${content}`);
  for (let i = first; i < at + size; i++) {
    if (isOf(bytes[i] ?? 0, mask)) continue;
    stop(cursor, path, `character ${i - at} is no ${content}`);
    return '';
  }
  return latin1.slice(at, at + size);
}
