/**
 * Cuts a TCP stream into PDUs by their command_length.
 *
 *   chunk ──▶ length (4 octets) ──▶ within bounds? ──no──▶ broken for good: the stream has lost its rhythm
 *                                        └─yes─▶ PDU
 *
 * The length is compared with the bounds before memory is taken for it (S20). A PDU that lies whole in a
 * chunk is a view into the chunk; only one that is cut by a chunk's end is copied, each octet once.
 */
import { ok, refuse, type Result } from '../../std/result.ts';
import { HEADER_OCTETS } from './pdu.ts';

export const PDU_OCTETS_MAX = 65_536;

export type Framer = {
  /**
   * Feeds a chunk and calls `onPdu` for each PDU that it completes. After a refusal every later chunk is
   * refused.
   */
  readonly push: (chunk: Buffer, onPdu: (pdu: Buffer) => void) => Result<undefined, 'malformed_length'>;
  /** Octets held back because their PDU is not complete. */
  readonly pendingOctets: () => number;
};

export function createFramer(options: { pduOctetsMax?: number } = {}): Framer {
  const pduOctetsMax = options.pduOctetsMax ?? PDU_OCTETS_MAX;
  const head = Buffer.alloc(4);
  let headFilled = 0;
  let pdu: Buffer | null = null;
  let pduFilled = 0;
  let broken: Result<undefined, 'malformed_length'> | null = null;

  function fits(length: number): boolean {
    if (length >= HEADER_OCTETS && length <= pduOctetsMax) return true;
    const bounds = `${HEADER_OCTETS} to ${pduOctetsMax}`;
    broken = refuse('malformed_length', {
      detail: `command_length is ${length}; it must be ${bounds} octets.`,
    });
    return false;
  }

  /** Completes what an earlier chunk began; the new position, or -1 when the length is out of bounds. */
  function resume(chunk: Buffer, onPdu: (pdu: Buffer) => void): number {
    let at = 0;
    if (pdu === null) {
      while (headFilled < 4 && at < chunk.length) head[headFilled++] = chunk[at++] ?? 0;
      if (headFilled < 4) return at;
      const length = head.readUInt32BE(0);
      if (!fits(length)) return -1;
      pdu = Buffer.allocUnsafe(length);
      pduFilled = head.copy(pdu);
    }
    const copied = chunk.copy(pdu, pduFilled, at);
    pduFilled += copied;
    if (pduFilled === pdu.length) {
      const whole = pdu;
      pdu = null;
      headFilled = 0;
      pduFilled = 0;
      onPdu(whole);
    }
    return at + copied;
  }

  return {
    push: (chunk, onPdu) => {
      if (broken !== null) return broken;
      let at = headFilled > 0 ? resume(chunk, onPdu) : 0;
      while (at >= 0 && at < chunk.length) {
        const length = chunk.length - at >= 4 ? chunk.readUInt32BE(at) : Infinity;
        if (length !== Infinity && !fits(length)) break;
        if (length > chunk.length - at) {
          resume(chunk.subarray(at), onPdu);
          break;
        }
        onPdu(chunk.subarray(at, at + length));
        at += length;
      }
      return broken ?? ok();
    },
    pendingOctets: () => (pdu === null ? headFilled : pduFilled),
  };
}
