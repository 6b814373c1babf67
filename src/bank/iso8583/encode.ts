/**
 * Writing: message to bytes, the mirror of reading. What cannot be read again is refused with the path of the
 * field; nothing is padded or cut, for a guess about money is worse than a refusal.
 */
import { ok, type Ok } from '../../std/result.ts';
import { packDigits } from './digits.ts';
import { codecRefused, isTlvs, type CodecRefused, type Message, type Value } from './message.ts';
import { strangeCharacter } from './notation.ts';
import { writeParts } from './parts.ts';
import { FIELDS_MAX, lengthOctetsOf, octetsOf, type FieldSpec, type Spec } from './spec.ts';
import { writeTlvs } from './tlv.ts';

type Cursor = { readonly bytes: Buffer; at: number; refused: CodecRefused | null };

const MTI = /^0[1-8][0-9][0-9]$/;
const SECOND_FROM = 65;

/** Reused by each call: nothing in here waits, and what comes out is a copy. */
let scratch = Buffer.alloc(0);

/** There are fields 1 to 128 and no others. `before` bytes are left free in front, for a header. */
export function encode(message: Message, spec: Spec, before = 0): Ok<Buffer> | CodecRefused {
  if (!MTI.test(message.mti)) return codecRefused('mti', 'is no message type of 1987');
  if (scratch.length < before + spec.octetsMax) scratch = Buffer.alloc(before + spec.octetsMax);
  const cursor: Cursor = { bytes: scratch, at: before, refused: null };
  const { fields } = message;
  const numbers: number[] = [];
  for (let number = 1; number <= FIELDS_MAX; number++) {
    if (fields[number] === undefined) continue;
    if (spec.fields[number] === undefined) return codecRefused(String(number), `is no field of ${spec.name}`);
    numbers.push(number);
  }
  writeMti(cursor, spec, message.mti);
  writeBitmaps(cursor, spec, numbers);
  for (const number of numbers) {
    const field = spec.fields[number];
    const value = fields[number];
    if (field !== undefined && value !== undefined) writeField(cursor, field, value);
    if (cursor.refused !== null) break;
  }
  const written = cursor.refused ?? ok(Buffer.from(scratch.subarray(0, cursor.at)));
  // It held a card for a moment.
  scratch.fill(0, 0, cursor.at);
  return written;
}

function writeMti(cursor: Cursor, spec: Spec, mti: string): void {
  if (spec.mti === 'ascii') return writeCharacters(cursor, mti);
  cursor.bytes.writeUInt16BE(Number.parseInt(mti, 16), cursor.at);
  cursor.at += 2;
}

function writeBitmaps(cursor: Cursor, spec: Spec, numbers: readonly number[]): void {
  const hasSecond = (numbers.at(-1) ?? 0) >= SECOND_FROM;
  const words = [hasSecond ? 0x80000000 : 0, 0, 0, 0];
  for (const number of numbers) {
    const word = (number - 1) >> 5;
    words[word] = ((words[word] ?? 0) | (0x80000000 >>> ((number - 1) & 31))) >>> 0;
  }
  for (let i = 0; i < (hasSecond ? FIELDS_MAX : SECOND_FROM - 1) / 32; i++) {
    const word = words[i] ?? 0;
    if (spec.bitmap === 'binary') cursor.at = cursor.bytes.writeUInt32BE(word, cursor.at);
    else
      cursor.at += cursor.bytes.write(word.toString(16).toUpperCase().padStart(8, '0'), cursor.at, 'latin1');
  }
}

function writeField(cursor: Cursor, field: FieldSpec, value: Value): void {
  const stop = (part: string, why: string): null => {
    cursor.refused ??= codecRefused(part === '' ? String(field.number) : `${field.number}.${part}`, why);
    return null;
  };
  const { inside } = field;
  if (inside === null) {
    if (typeof value === 'string' && field.content !== 'b') return writeText(cursor, field, value, stop);
    if (value instanceof Uint8Array && field.content === 'b') return writeBytes(cursor, field, value, stop);
  } else if (inside.kind === 'ber') {
    const bytes = isTlvs(value) ? writeTlvs(value, inside.tags, stop) : null;
    if (bytes !== null) return writeBytes(cursor, field, bytes, stop);
  } else if (typeof value === 'object' && !isTlvs(value) && !(value instanceof Uint8Array)) {
    const text = writeParts(value, inside, stop);
    if (text !== null) return writeText(cursor, field, text, stop);
  }
  stop('', 'is not what the field holds');
  return undefined;
}

type Stop = (part: string, why: string) => null;

function fits(field: FieldSpec, size: number, unit: string, stop: Stop): boolean {
  if (field.length === 'fixed' ? size === field.size : size <= field.size) return true;
  stop('', `${size} ${unit} of ${field.length === 'fixed' ? '' : 'at most '}${field.size}`);
  return false;
}

function writeBytes(cursor: Cursor, field: FieldSpec, value: Uint8Array, stop: Stop): void {
  if (!fits(field, value.length, 'bytes', stop)) return;
  writeLength(cursor, field, value.length);
  const { bytes } = cursor;
  if (field.encoding === 'hex') {
    const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex').toUpperCase();
    bytes.write(hex, cursor.at, 'latin1');
  } else {
    bytes.set(value, cursor.at);
  }
  cursor.at += octetsOf(field, value.length);
}

function writeText(cursor: Cursor, field: FieldSpec, text: string, stop: Stop): void {
  if (!fits(field, text.length, 'characters', stop)) return;
  const strange = strangeCharacter(text, field.content);
  if (strange >= 0) return void stop('', `character ${strange} is no ${field.content}`);
  writeLength(cursor, field, text.length);
  const { bytes } = cursor;
  if (field.encoding === 'ascii') return writeCharacters(cursor, text);
  const isSigned = field.content === 'x+n';
  if (isSigned) bytes[cursor.at++] = text.charCodeAt(0);
  cursor.at = packDigits(bytes, cursor.at, field, text, isSigned ? 1 : 0);
}

/** By hand: for texts of this length a call into C++ costs more. */
function writeCharacters(cursor: Cursor, text: string): void {
  const { bytes, at } = cursor;
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  cursor.at = at + text.length;
}

function writeLength(cursor: Cursor, field: FieldSpec, size: number): void {
  if (field.length === 'fixed') return;
  const { bytes } = cursor;
  const octets = lengthOctetsOf(field);
  switch (field.lengthEncoding) {
    case 'ascii':
      return writeCharacters(cursor, String(size).padStart(octets, '0'));
    case 'bcd':
      cursor.at = bytes.writeUIntBE(Number.parseInt(String(size), 16), cursor.at, octets);
      return;
    case 'binary':
      cursor.at = bytes.writeUIntBE(size, cursor.at, octets);
  }
}
