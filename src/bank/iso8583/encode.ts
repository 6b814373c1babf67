/**
 * Writing: message to bytes, the mirror of reading. What cannot be read again is refused with the path of the
 * field; nothing is padded or cut, for a guess about money is worse than a refusal.
 */
import { ok, type Ok } from '../../std/result.ts';
import { packDigits } from './digits.ts';
import { codecRefused, isTlvs, type CodecRefused, type Message, type Value } from './message.ts';
import { isOf, strangeCharacter } from './notation.ts';
import { writeParts } from './parts.ts';
import { FIELDS_MAX, lengthOctetsOf, octetsOf, type FieldSpec, type Spec } from './spec.ts';
import { writeTlvs } from './tlv.ts';

type Cursor = { readonly bytes: Buffer; at: number; refused: CodecRefused | null };

const MTI = /^0[1-8][0-9][0-9]$/;
const SECOND_FROM = 65;
const HEX = '0123456789ABCDEF';
const ZERO = 0x30;

/**
 * Messages are written behind each other into one piece of memory and given as views of it, so that none is
 * copied. A piece is left to the garbage collector when the longest message would not fit any more.
 */
const PIECE_OCTETS = 131_072;
let piece = Buffer.alloc(0);
let used = 0;

/** There are fields 1 to 128 and no others. `before` bytes are left free in front, for a header. */
export function encode(message: Message, spec: Spec, before = 0): Ok<Buffer> | CodecRefused {
  if (!MTI.test(message.mti)) return codecRefused('mti', 'is no message type of 1987');
  const octetsMax = before + spec.octetsMax;
  if (piece.length - used < octetsMax) {
    piece = Buffer.allocUnsafeSlow(Math.max(PIECE_OCTETS, octetsMax));
    used = 0;
  }
  const from = used;
  const cursor: Cursor = { bytes: piece, at: from, refused: null };
  for (let i = 0; i < before; i++) piece[cursor.at++] = 0;
  writeMti(cursor, spec, message.mti);
  writeFields(cursor, spec, message);
  if (cursor.refused !== null) {
    // It held a card for a moment.
    piece.fill(0, from, cursor.at);
    return cursor.refused;
  }
  used = cursor.at;
  return ok(piece.subarray(from, used));
}

function writeMti(cursor: Cursor, spec: Spec, mti: string): void {
  if (spec.mti === 'ascii') return writeCharacters(cursor, mti);
  cursor.bytes.writeUInt16BE(Number.parseInt(mti, 16), cursor.at);
  cursor.at += 2;
  return undefined;
}

/** The bitmaps are written last, into the room that was left for them. */
function writeFields(cursor: Cursor, spec: Spec, { fields }: Message): void {
  let count = 1;
  for (let number = SECOND_FROM; number <= FIELDS_MAX; number++) if (fields[number] !== undefined) count = 2;
  const bitmapAt = cursor.at;
  cursor.at += count * (spec.bitmap === 'hex' ? 16 : 8);
  const words = [count === 2 ? 0x80000000 : 0, 0, 0, 0];
  for (let number = 1; number < (count === 2 ? FIELDS_MAX + 1 : SECOND_FROM); number++) {
    const value = fields[number];
    if (value === undefined) continue;
    const field = spec.fields[number];
    if (field === undefined) cursor.refused = codecRefused(String(number), `is no field of ${spec.name}`);
    else writeField(cursor, field, value);
    if (cursor.refused !== null) return;
    const word = (number - 1) >> 5;
    words[word] = (words[word] ?? 0) | (0x80000000 >>> ((number - 1) & 31));
  }
  const end = cursor.at;
  cursor.at = bitmapAt;
  for (let i = 0; i < count * 2; i++) writeWord(cursor, spec, words[i] ?? 0);
  cursor.at = end;
}

function writeWord(cursor: Cursor, spec: Spec, word: number): void {
  if (spec.bitmap === 'binary') {
    cursor.at = cursor.bytes.writeInt32BE(word | 0, cursor.at);
    return;
  }
  for (let shift = 28; shift >= 0; shift -= 4) {
    cursor.bytes[cursor.at++] = HEX.charCodeAt((word >>> shift) & 15);
  }
}

function stop(cursor: Cursor, field: FieldSpec, part: string, why: string): null {
  cursor.refused ??= codecRefused(part === '' ? String(field.number) : `${field.number}.${part}`, why);
  return null;
}

function writeField(cursor: Cursor, field: FieldSpec, value: Value): void {
  const { inside } = field;
  if (inside !== null) return writeMade(cursor, field, inside, value);
  if (typeof value === 'string' && field.content !== 'b') return writeText(cursor, field, value);
  if (value instanceof Uint8Array && field.content === 'b') return writeBytes(cursor, field, value);
  stop(cursor, field, '', 'is not what the field holds');
  return undefined;
}

function writeMade(
  cursor: Cursor,
  field: FieldSpec,
  inside: NonNullable<FieldSpec['inside']>,
  value: Value,
): void {
  const within = (part: string, why: string): null => stop(cursor, field, part, why);
  if (inside.kind === 'ber') {
    const bytes = isTlvs(value) ? writeTlvs(value, inside.tags, within) : null;
    if (bytes !== null) return writeBytes(cursor, field, bytes);
  } else if (typeof value === 'object' && !isTlvs(value) && !(value instanceof Uint8Array)) {
    const text = writeParts(value, inside, within);
    if (text !== null) return writeText(cursor, field, text);
  }
  stop(cursor, field, '', 'is not what the field holds');
  return undefined;
}

function fits(cursor: Cursor, field: FieldSpec, size: number, unit: string): boolean {
  if (field.length === 'fixed' ? size === field.size : size <= field.size) return true;
  stop(cursor, field, '', `${size} ${unit} of ${field.length === 'fixed' ? '' : 'at most '}${field.size}`);
  return false;
}

function writeBytes(cursor: Cursor, field: FieldSpec, value: Uint8Array): void {
  if (!fits(cursor, field, value.length, 'bytes')) return;
  writeLength(cursor, field, value.length);
  const { bytes, at } = cursor;
  cursor.at = at + octetsOf(field, value.length);
  if (field.encoding !== 'hex') return bytes.set(value, at);
  for (let i = 0; i < value.length; i++) {
    const byte = value[i] ?? 0;
    bytes[at + i * 2] = HEX.charCodeAt(byte >> 4);
    bytes[at + i * 2 + 1] = HEX.charCodeAt(byte & 15);
  }
}

function writeText(cursor: Cursor, field: FieldSpec, text: string): void {
  if (!fits(cursor, field, text.length, 'characters')) return;
  writeLength(cursor, field, text.length);
  const { bytes, at } = cursor;
  const { content, mask } = field;
  if (field.encoding === 'ascii' && content !== 'x+n') {
    // By hand, and checked in the same turn: for texts of this length a call into C++ costs more.
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (!isOf(unit, mask)) return void stop(cursor, field, '', `character ${i} is no ${content}`);
      bytes[at + i] = unit;
    }
    cursor.at = at + text.length;
    return;
  }
  const strange = strangeCharacter(text, content);
  if (strange >= 0) return void stop(cursor, field, '', `character ${strange} is no ${content}`);
  if (field.encoding === 'ascii') return writeCharacters(cursor, text);
  const isSigned = content === 'x+n';
  if (isSigned) bytes[cursor.at++] = text.charCodeAt(0);
  cursor.at = packDigits(bytes, cursor.at, field, text, isSigned ? 1 : 0);
}

function writeCharacters(cursor: Cursor, text: string): void {
  const { bytes, at } = cursor;
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  cursor.at = at + text.length;
}

/** As digits in ASCII, as digits two in a byte, or as a number: the last place first. */
function writeLength(cursor: Cursor, field: FieldSpec, size: number): void {
  if (field.length === 'fixed') return;
  const octets = lengthOctetsOf(field);
  const how = field.lengthEncoding;
  const base = how === 'ascii' ? 10 : how === 'bcd' ? 100 : 256;
  let left = size;
  for (let i = octets - 1; i >= 0; i--) {
    const place = left % base;
    cursor.bytes[cursor.at + i] =
      how === 'ascii' ? ZERO + place : how === 'bcd' ? (Math.floor(place / 10) << 4) | (place % 10) : place;
    left = Math.floor(left / base);
  }
  cursor.at += octets;
}
