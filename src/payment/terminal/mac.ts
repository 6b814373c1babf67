/**
 * The keys of a terminal, and the MAC in the last field of each message: 64, or 128 where there is a second
 * bitmap. Pure.
 *
 *   terminal's key (32 bytes, issued once) ─┬─▶ MAC of the sign-on
 *                                           └─▶ with a nonce of either side: the session's key ─▶ every other MAC
 *
 * HMAC-SHA-256 (RFC 2104), cut to 8 bytes as the field is, over all that stands before it. A message of
 * another connection has another session's MAC, so nothing that was overheard can be said again.
 */
import { equalBytes, hmacSha256, toHex } from '../../std/bytes.ts';
import { encode } from '../../bank/iso8583/encode.ts';
import { writeHeader } from '../../bank/iso8583/framer.ts';
import type { CodecRefused, Message } from '../../bank/iso8583/message.ts';
import { ok, type Ok } from '../../std/result.ts';
import { TERMINAL_HEADER, TERMINAL_SPEC } from './spec.ts';

export const TERMINAL_KEY_BYTES = 32;
const MAC_BYTES = 8;
const NO_MAC = new Uint8Array(MAC_BYTES);
const LAST_OF_FIRST_BITMAP = 64;
const LAST = 128;

export function signOnKey(terminalKey: Uint8Array): Uint8Array {
  return hmacSha256(terminalKey, 'countersign/terminal-sign-on/1');
}

/** `code` is field 41; the nonces are as they were sent, in hex. */
export function sessionKey(
  terminalKey: Uint8Array,
  code: string,
  terminalNonce: string,
  hostNonce: string,
): Uint8Array {
  return hmacSha256(
    terminalKey,
    `countersign/terminal-session/1 ${code} ${terminalNonce.toLowerCase()} ${hostNonce.toLowerCase()}`,
  );
}

/** Six hex digits by which two people see that a terminal has the right key, and learn nothing of it. */
export function keyCheckValue(terminalKey: Uint8Array): string {
  return toHex(hmacSha256(terminalKey, 'countersign/terminal-key-check/1').subarray(0, 3)).toUpperCase();
}

/** The field that the MAC of a message is in. */
export function macFieldOf(message: Message): 64 | 128 {
  const isLong = Object.entries(message.fields).some(
    ([number, value]) => Number(number) > LAST_OF_FIRST_BITMAP && value !== undefined,
  );
  return isLong ? LAST : LAST_OF_FIRST_BITMAP;
}

/** A whole frame, with header and MAC. */
export function writeWithMac(message: Message, key: Uint8Array): Ok<Buffer> | CodecRefused {
  const { mti, fields } = message;
  const written = encode(
    { mti, fields: { ...fields, [macFieldOf(message)]: NO_MAC } },
    TERMINAL_SPEC,
    TERMINAL_HEADER,
  );
  if (!written.ok) return written;
  const frame = written.value;
  writeHeader(frame, TERMINAL_HEADER);
  frame.set(macOf(frame.subarray(TERMINAL_HEADER), key), frame.length - MAC_BYTES);
  return ok(frame);
}

/** `bytes` are those that `message` was read from, without the header. */
export function hasRightMac(bytes: Uint8Array, message: Message, key: Uint8Array): boolean {
  const { 64: first, 128: last, ...others } = message.fields;
  const field = macFieldOf({ ...message, fields: { ...others, 128: last } });
  const found = field === LAST ? last : first;
  const isAlone = field === LAST_OF_FIRST_BITMAP || first === undefined;
  if (!(found instanceof Uint8Array) || !isAlone) return false;
  return equalBytes(macOf(bytes, key), found);
}

function macOf(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  return hmacSha256(key, bytes.subarray(0, bytes.length - MAC_BYTES)).subarray(0, MAC_BYTES);
}
