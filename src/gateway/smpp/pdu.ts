/**
 * The SMPP 3.4 codec: octets to PDU and back, driven by the table.
 *
 *   command_length  command_id  command_status  sequence_number │ mandatory fields │ optional parameters
 *        4              4             4                4        │  by the command  │  tag 2, length 2, value
 *
 * Reading refuses with the field's path and the octet where it failed, and never throws (S20). Every length
 * is compared with what is there before anything is taken. Writing asserts: what we send was checked earlier.
 */
import { assert } from '../../std/assert.ts';
import { ok, type Ok, type Refused } from '../../std/result.ts';
import { COMMANDS, STATUS, TLVS, type CommandName, type CommandSpec, type FieldSpec } from './table.ts';
import type { TlvName } from './table.ts';

export const HEADER_OCTETS = 16;
const RESPONSE_BIT = 0x80000000;

/** An optional parameter as it came; what the table knows of it is applied when it is asked for. */
export type Tlv = { readonly tag: number; readonly value: Uint8Array };

type FieldOf<C extends CommandName> = (typeof COMMANDS)[C]['fields'][number];
type ValueOf<F> = F extends { kind: 'int' } ? number : F extends { kind: 'text' } ? string : Uint8Array;

export type Body<C extends CommandName> = {
  readonly [F in FieldOf<C> as F['name']]: ValueOf<F>;
};

export type Pdu<C extends CommandName = CommandName> = {
  [K in C]: {
    readonly command: K;
    readonly status: number;
    readonly sequence: number;
    readonly body: Body<K>;
    readonly tlvs: readonly Tlv[];
  };
}[C];

/** What is written; absent fields are zero or empty, an absent status is ESME_ROK. */
export type PduDraft<C extends CommandName = CommandName> = {
  [K in C]: {
    readonly command: K;
    readonly sequence: number;
    readonly status?: number;
    readonly body?: Partial<Body<K>>;
    readonly tlvs?: readonly Tlv[];
  };
}[C];

/** Why octets are no PDU, where, and with which command_status the sender should be told. */
export type PduRefused = Refused<'malformed_pdu'> & {
  readonly path: string;
  readonly octet: number;
  readonly status: number;
  readonly commandId: number;
  readonly sequence: number;
};

type Value = number | string | Uint8Array;
type Named = { readonly name: CommandName; readonly spec: CommandSpec };

const BY_ID = new Map<number, Named>(
  Object.entries(COMMANDS).map(([name, spec]) => [spec.id, { name: name as CommandName, spec }]),
);
const TLV_NAMES = new Map<number, string>(Object.entries(TLVS).map(([name, spec]) => [spec.tag, name]));
const NO_TLVS: readonly Tlv[] = [];

export function isResponse(commandId: number): boolean {
  return commandId >= RESPONSE_BIT;
}

type Cursor = {
  readonly bytes: Buffer;
  readonly command: string;
  at: number;
  refused: PduRefused | null;
};

/** Reads one PDU that the framer has cut out. `octets` fields and parameters are views into `bytes`. */
export function decodePdu(bytes: Buffer): Ok<Pdu> | PduRefused {
  const cursor: Cursor = { bytes, command: 'header', at: 0, refused: null };
  if (bytes.length < HEADER_OCTETS) {
    return stop(cursor, 'command_length', STATUS.ESME_RINVCMDLEN, `has ${bytes.length} of 16 octets`);
  }
  const length = bytes.readUInt32BE(0);
  if (length !== bytes.length) {
    return stop(cursor, 'command_length', STATUS.ESME_RINVCMDLEN, `says ${length}, found ${bytes.length}`);
  }
  const commandId = bytes.readUInt32BE(4);
  const named = BY_ID.get(commandId);
  if (named === undefined) {
    cursor.at = 4;
    return stop(
      cursor,
      'command_id',
      STATUS.ESME_RINVCMDID,
      `0x${commandId.toString(16)} is no known command`,
    );
  }
  return decodeBody(named, { bytes, command: named.name, at: HEADER_OCTETS, refused: null });
}

function decodeBody({ name, spec }: Named, cursor: Cursor): Ok<Pdu> | PduRefused {
  const { bytes } = cursor;
  const status = bytes.readUInt32BE(8);
  const body: Record<string, Value> = {};
  // A response that says no may leave its body away (4.4.2, and by habit every other response).
  const bodiless = status !== 0 && bytes.length === HEADER_OCTETS && isResponse(spec.id);
  for (const field of spec.fields) {
    body[field.name] = bodiless ? emptyOf(field) : readField(cursor, field);
    if (cursor.refused) return cursor.refused;
  }
  const tlvs = cursor.at === bytes.length ? NO_TLVS : readTlvs(cursor);
  if (cursor.refused) return cursor.refused;
  const pdu = { command: name, status, sequence: bytes.readUInt32BE(12), body, tlvs };
  return ok(pdu as unknown as Pdu);
}

function emptyOf(field: FieldSpec): Value {
  return field.kind === 'int' ? 0 : field.kind === 'text' ? '' : new Uint8Array(0);
}

function readField(cursor: Cursor, field: FieldSpec): Value {
  const { bytes, at } = cursor;
  if (at >= bytes.length) {
    stop(cursor, field.name, STATUS.ESME_RINVCMDLEN, 'is missing');
    return 0;
  }
  if (field.kind === 'text') return readText(cursor, field.name, field.octetsMax);
  if (field.kind === 'octets') return readCounted(cursor, field.name, field.octetsMax);
  cursor.at = at + 1;
  return bytes[at] ?? 0;
}

function readText(cursor: Cursor, name: string, octetsMax: number): string {
  const { bytes, at } = cursor;
  const limit = Math.min(bytes.length, at + octetsMax);
  let end = at;
  while (end < limit && bytes[end] !== 0) end++;
  if (end === limit) {
    const why =
      limit === bytes.length ? 'is not ended by NUL' : `is longer than ${octetsMax} octets with its NUL`;
    stop(cursor, name, STATUS.ESME_RINVPARLEN, why);
    return '';
  }
  cursor.at = end + 1;
  return end === at ? '' : bytes.toString('latin1', at, end);
}

function readCounted(cursor: Cursor, name: string, octetsMax: number): Uint8Array {
  const { bytes, at } = cursor;
  const length = bytes[at] ?? 0;
  const from = at + 1;
  if (length > octetsMax || from + length > bytes.length) {
    const room = Math.min(octetsMax, bytes.length - from);
    stop(cursor, name, STATUS.ESME_RINVMSGLEN, `claims ${length} octets where at most ${room} can be`);
  }
  cursor.at = from + length;
  return bytes.subarray(from, from + length);
}

function readTlvs(cursor: Cursor): readonly Tlv[] {
  const { bytes } = cursor;
  const tlvs: Tlv[] = [];
  while (cursor.at < bytes.length) {
    const from = cursor.at + 4;
    if (from > bytes.length) {
      stop(cursor, 'optional parameter', STATUS.ESME_RINVOPTPARSTREAM, 'is cut inside its tag or length');
      return tlvs;
    }
    const tag = bytes.readUInt16BE(cursor.at);
    const length = bytes.readUInt16BE(cursor.at + 2);
    if (from + length > bytes.length) {
      const name = TLV_NAMES.get(tag) ?? `0x${tag.toString(16).padStart(4, '0')}`;
      const why = `claims ${length} octets where ${bytes.length - from} follow`;
      stop(cursor, name, STATUS.ESME_RINVOPTPARSTREAM, why);
      return tlvs;
    }
    tlvs.push({ tag, value: bytes.subarray(from, from + length) });
    cursor.at = from + length;
  }
  return tlvs;
}

function stop(cursor: Cursor, field: string, status: number, why: string): PduRefused {
  const { bytes, at, command } = cursor;
  const path = `${command}.${field}`;
  cursor.refused = {
    ok: false,
    refusal: 'malformed_pdu',
    detail: `${path} at octet ${at} ${why}.`,
    path,
    octet: at,
    status,
    commandId: bytes.length >= 8 ? bytes.readUInt32BE(4) : 0,
    sequence: bytes.length >= HEADER_OCTETS ? bytes.readUInt32BE(12) : 0,
  };
  return cursor.refused;
}

/** An optional parameter as the number that the table says it is; null when absent or of another length. */
export function tlvNumber(tlvs: readonly Tlv[], name: TlvName): number | null {
  const value = tlvOctets(tlvs, name);
  if (value === null || value.length !== TLVS[name].kind) return null;
  let number = 0;
  for (const octet of value) number = number * 256 + octet;
  return number;
}

/** An optional parameter as text up to its NUL, which many operators leave away. */
export function tlvText(tlvs: readonly Tlv[], name: TlvName): string | null {
  const value = tlvOctets(tlvs, name);
  if (value === null) return null;
  const end = value.indexOf(0);
  return Buffer.from(value).toString('latin1', 0, end < 0 ? value.length : end);
}

export function tlvOctets(tlvs: readonly Tlv[], name: TlvName): Uint8Array | null {
  const { tag } = TLVS[name];
  for (const tlv of tlvs) if (tlv.tag === tag) return tlv.value;
  return null;
}

/** Makes an optional parameter for writing: texts get their NUL, numbers their octets. */
export function tlv(name: TlvName, value: Value): Tlv {
  const { tag, kind } = TLVS[name];
  if (typeof value === 'string') return { tag, value: Buffer.from(`${value}\0`, 'latin1') };
  if (typeof value !== 'number') return { tag, value };
  assert(typeof kind === 'number', `${name} is no number`);
  const octets = Buffer.alloc(kind);
  octets.writeUIntBE(value, 0, kind);
  return { tag, value: octets };
}

/** How many octets `encodeInto` will write. */
export function encodedLength(draft: PduDraft): number {
  let length = HEADER_OCTETS;
  const body = (draft.body ?? {}) as Readonly<Record<string, Value | undefined>>;
  for (const field of COMMANDS[draft.command].fields as readonly FieldSpec[]) {
    const value = body[field.name];
    length += 1 + (field.kind === 'int' || value === undefined ? 0 : (value as string | Uint8Array).length);
  }
  for (const { value } of draft.tlvs ?? NO_TLVS) length += 4 + value.length;
  return length;
}

/** Writes the PDU at `from`, where `length` octets (from `encodedLength`) must be free. */
export function encodeInto(draft: PduDraft, length: number, bytes: Buffer, from: number): void {
  const { id, fields } = COMMANDS[draft.command] as CommandSpec;
  bytes.writeUInt32BE(length, from);
  bytes.writeUInt32BE(id, from + 4);
  bytes.writeUInt32BE(draft.status ?? 0, from + 8);
  bytes.writeUInt32BE(draft.sequence, from + 12);
  const body = (draft.body ?? {}) as Readonly<Record<string, Value | undefined>>;
  let at = from + HEADER_OCTETS;
  for (const field of fields) at = writeField(bytes, at, field, body[field.name]);
  for (const { tag, value } of draft.tlvs ?? NO_TLVS) {
    assert(value.length <= 0xffff, 'an optional parameter is longer than its length can say');
    at = bytes.writeUInt16BE(tag, at);
    at = bytes.writeUInt16BE(value.length, at);
    bytes.set(value, at);
    at += value.length;
  }
  assert(at === from + length, 'a PDU was written in another length than it was measured');
}

export function encodePdu(draft: PduDraft): Buffer {
  const length = encodedLength(draft);
  const bytes = Buffer.allocUnsafe(length);
  encodeInto(draft, length, bytes, 0);
  return bytes;
}

function writeField(bytes: Buffer, at: number, field: FieldSpec, value: Value | undefined): number {
  if (value === undefined) {
    bytes[at] = 0;
    return at + 1;
  }
  if (field.kind === 'int') {
    assert(typeof value === 'number' && value >= 0 && value <= 255, `${field.name} is no octet`);
    bytes[at] = value;
    return at + 1;
  }
  if (field.kind === 'text') {
    assert(typeof value === 'string' && value.length < field.octetsMax, `${field.name} is too long`);
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      assert(unit > 0 && unit < 256, `${field.name} has a character that no octet string carries`);
      bytes[at + i] = unit;
    }
    bytes[at + value.length] = 0;
    return at + value.length + 1;
  }
  assert(value instanceof Uint8Array && value.length <= field.octetsMax, `${field.name} is too long`);
  bytes[at] = value.length;
  bytes.set(value, at + 1);
  return at + 1 + value.length;
}
