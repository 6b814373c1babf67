/**
 * Cuts a TCP stream into messages by the length in front of each, and puts it there. The standard leaves this
 * to agreements; two are common:
 *
 *   2   two bytes, the high one first             4   four ASCII digits
 *
 * The length does not count itself. It is held against the bounds before memory is taken (S20); after a
 * length that is out of them the stream has lost its rhythm and stays refused.
 */
import { assert } from '../../std/assert.ts';
import { ok, refuse, type Result } from '../../std/result.ts';

export type Header = 2 | 4;

/** As many as fit in four digits; a message of all fields is shorter. */
export const MESSAGE_OCTETS_MAX = 9_999;
/** A message type and one bitmap, both packed. */
const MESSAGE_OCTETS_MIN = 10;

export type Framer = {
  /**
   * Feeds a chunk and calls `onMessage` for each message that it completes. A message that lies whole in the
   * chunk is a view into it.
   */
  readonly push: (
    chunk: Buffer,
    onMessage: (message: Buffer) => void,
  ) => Result<undefined, 'malformed_length'>;
  /** Bytes held back because their message is not complete. */
  readonly pendingOctets: () => number;
};

export function createFramer(header: Header, octetsMax = MESSAGE_OCTETS_MAX): Framer {
  let pending = Buffer.alloc(0);
  /** Of the message that is being filled; 0 while its header is not complete. */
  let size = 0;
  let filled = 0;
  let broken: Result<undefined, 'malformed_length'> | null = null;

  function sizeAt(bytes: Buffer, at: number): number {
    const found = readHeader(bytes, at, header);
    if (found >= MESSAGE_OCTETS_MIN && found <= octetsMax) return found;
    const what = found < 0 ? 'no number' : `${found}`;
    const bounds = `${MESSAGE_OCTETS_MIN} to ${octetsMax}`;
    broken = refuse('malformed_length', {
      detail: `the length in front of a message is ${what}, not ${bounds}`,
    });
    return -1;
  }

  /** Completes what an earlier chunk began; the place behind it, or -1 when the length is out of bounds. */
  function resume(chunk: Buffer, onMessage: (message: Buffer) => void): number {
    let at = 0;
    if (size === 0) {
      const missing = header - filled;
      const copied = chunk.copy(pending, filled, 0, missing);
      filled += copied;
      at = copied;
      if (filled < header) return at;
      size = sizeAt(pending, 0);
      if (size < 0) return -1;
      pending = Buffer.allocUnsafe(size);
      filled = 0;
    }
    const copied = chunk.copy(pending, filled, at);
    filled += copied;
    if (filled === size) {
      const whole = pending;
      size = 0;
      filled = 0;
      onMessage(whole);
    }
    return at + copied;
  }

  return {
    push: (chunk, onMessage) => {
      if (broken !== null) return broken;
      let at = filled > 0 || size > 0 ? resume(chunk, onMessage) : 0;
      while (at >= 0 && at < chunk.length) {
        const isHeaded = chunk.length - at >= header;
        const next = isHeaded ? sizeAt(chunk, at) : 0;
        if (next < 0) break;
        if (!isHeaded || at + header + next > chunk.length) {
          pending = Buffer.alloc(header);
          resume(chunk.subarray(at), onMessage);
          break;
        }
        onMessage(chunk.subarray(at + header, at + header + next));
        at += header + next;
      }
      return broken ?? ok();
    },
    pendingOctets: () => (size > 0 ? header + filled : filled),
  };
}

/** -1 where it is no number. */
function readHeader(bytes: Buffer, at: number, header: Header): number {
  if (header === 2) return bytes.readUInt16BE(at);
  let size = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    size = size * 10 + digit;
  }
  return size;
}

/** Writes the length of what stands behind the header, in the room that was left for it in front. */
export function writeHeader(frame: Buffer, header: Header): void {
  const size = frame.length - header;
  assert(size <= MESSAGE_OCTETS_MAX, 'a message is longer than its header can say');
  if (header === 2) frame.writeUInt16BE(size, 0);
  else frame.write(String(size).padStart(4, '0'), 0, 'latin1');
}
