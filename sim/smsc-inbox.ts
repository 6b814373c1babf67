/**
 * What a submit_sm says to a phone: its text by data_coding, and its place among the segments of a longer
 * text. The simulated operator keeps incomplete texts in a bounded memory and forgets the oldest first.
 */
import { createRecent } from '../src/std/recent.ts';
import type { Pdu } from '../src/gateway/smpp/pdu.ts';
import { tlvNumber, tlvOctets } from '../src/gateway/smpp/pdu.ts';
import { decodeGsm } from '../src/gateway/sms/gsm.ts';
import {
  decodeUcs2,
  readUserData,
  reassemble,
  type Coding,
  type Concatenation,
  type ReceivedSegment,
} from '../src/gateway/sms/segment.ts';

const INCOMPLETE_MAX = 10_000;
const UDH_INDICATOR = 0x40;
const TON_INTERNATIONAL = 1;
const CODING_LATIN1 = 3;
const CODING_UCS2 = 8;

/** `reference` is the message id of the first segment, which is the one that stands for the text. */
type Arrived = { readonly text: string; readonly segments: number; readonly reference: string };

export type Inbox = {
  /** The whole text when this segment completes one, null when more must come or it cannot be read. */
  readonly arrive: (pdu: Pdu<'submit_sm'>, messageId: string) => Arrived | null;
};

type Kept = ReceivedSegment & { readonly messageId: string };

export function createInbox(): Inbox {
  const incomplete = createRecent<Kept[]>(INCOMPLETE_MAX);

  function keep(key: string, part: Kept): Kept[] {
    const parts = incomplete.get(key) ?? [];
    parts.push(part);
    incomplete.set(key, parts);
    return parts;
  }

  return {
    arrive: (pdu, messageId) => {
      const part = readPart(pdu);
      if (part === undefined) return null;
      const { concatenation, payload, dataCoding } = part;
      if (concatenation === null || concatenation.total === 1)
        return { text: textOf(payload, dataCoding), segments: 1, reference: messageId };
      const coding: Coding = dataCoding === CODING_UCS2 ? 'ucs2' : 'gsm';
      const { reference, total } = concatenation;
      const key = `${senderOf(pdu)} ${receiverOf(pdu)} ${reference} ${total}`;
      const parts = keep(key, { coding, payload, concatenation, messageId });
      const text = reassemble(parts);
      if (text === null) return null;
      incomplete.delete(key);
      const first = parts.find((kept) => kept.concatenation.number === 1);
      return { text, segments: total, reference: first?.messageId ?? messageId };
    },
  };
}

/** E.164 with its plus when the type of number says international, else as it is. */
export function receiverOf(pdu: Pdu<'submit_sm'>): string {
  return address(pdu.body.dest_addr_ton, pdu.body.destination_addr);
}

export function senderOf(pdu: Pdu<'submit_sm'>): string {
  return address(pdu.body.source_addr_ton, pdu.body.source_addr);
}

function address(ton: number, addr: string): string {
  return ton === TON_INTERNATIONAL && !addr.startsWith('+') ? `+${addr}` : addr;
}

type Part = { payload: Uint8Array; concatenation: Concatenation | null; dataCoding: number };

function readPart(pdu: Pdu<'submit_sm'>): Part | undefined {
  const { body, tlvs } = pdu;
  const dataCoding = body.data_coding;
  const octets = body.short_message.length > 0 ? body.short_message : tlvOctets(tlvs, 'message_payload');
  if (octets === null) return { payload: body.short_message, concatenation: null, dataCoding };
  // The stream's buffer will be filled again, and a segment may wait long for the others.
  const own = Uint8Array.from(octets);
  if ((body.esm_class & UDH_INDICATOR) !== 0) {
    const data = readUserData(own);
    return data.ok ? { ...data.value, dataCoding } : undefined;
  }
  const reference = tlvNumber(tlvs, 'sar_msg_ref_num');
  const total = tlvNumber(tlvs, 'sar_total_segments');
  const number = tlvNumber(tlvs, 'sar_segment_seqnum');
  const isPart = reference !== null && total !== null && number !== null && number >= 1 && number <= total;
  return { payload: own, concatenation: isPart ? { reference, total, number } : null, dataCoding };
}

function textOf(payload: Uint8Array, dataCoding: number): string {
  if (dataCoding === CODING_UCS2) return decodeUcs2(payload);
  return dataCoding === CODING_LATIN1 ? Buffer.from(payload).toString('latin1') : decodeGsm(payload);
}
