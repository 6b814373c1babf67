/**
 * S20 for SMPP: random and mutated streams through framer and decoder. The seed is in the title and in every
 * failure.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramer } from './framer.ts';
import { decodePdu, encodePdu, tlv, tlvNumber, tlvText } from './pdu.ts';
import { parseReceipt } from './receipt.ts';

const SEED = 0x5eed_2026;
const STREAMS = 100_000;
const STREAM_OCTETS_MAX = 2_000;

/** A small seeded generator (mulberry32), so that a failing stream can be made again. */
function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const SAMPLES = [
  encodePdu({ command: 'enquire_link', sequence: 1 }),
  encodePdu({ command: 'bind_transceiver_resp', sequence: 2, body: { system_id: 'smsc' } }),
  encodePdu({ command: 'submit_sm_resp', sequence: 3, body: { message_id: '0a1b2c3d' } }),
  encodePdu({ command: 'submit_sm_resp', sequence: 4, status: 0x58 }),
  encodePdu({
    command: 'submit_sm',
    sequence: 5,
    body: {
      source_addr: 'Bank',
      destination_addr: '41791234567',
      esm_class: 0x40,
      short_message: Buffer.alloc(140),
    },
    tlvs: [tlv('user_message_reference', 9), tlv('message_payload', Buffer.alloc(40, 1))],
  }),
  encodePdu({
    command: 'deliver_sm',
    sequence: 6,
    body: {
      esm_class: 4,
      short_message: Buffer.from(
        'id:77 sub:001 dlvrd:001 submit date:2611221100 done date:2611221101 stat:DELIVRD err:000',
      ),
    },
    tlvs: [
      tlv('receipted_message_id', '77'),
      tlv('message_state', 2),
      tlv('network_error_code', Buffer.alloc(3)),
    ],
  }),
];

/** One to six PDUs, some of them pure noise, then flipped, cut, doubled and given wild lengths. */
function stream(random: (below: number) => number): Buffer {
  const parts: Buffer[] = [];
  const count = 1 + random(6);
  for (let i = 0; i < count; i++) {
    if (random(8) === 0) parts.push(Buffer.from(Array.from({ length: random(200) }, () => random(256))));
    else parts.push(SAMPLES[random(SAMPLES.length)] ?? Buffer.alloc(0));
  }
  let bytes = Buffer.concat(parts).subarray(0, STREAM_OCTETS_MAX);
  const mutations = random(6);
  for (let i = 0; i < mutations && bytes.length > 4; i++) {
    const at = random(bytes.length);
    const kind = random(5);
    if (kind === 0) bytes[at] = random(256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(bytes.length))]);
    else if (kind === 3)
      bytes.writeUInt32BE(random(2) === 0 ? random(400) : random(2 ** 32), random(bytes.length - 3));
    else bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
  }
  return bytes;
}

test(`S20: ${STREAMS} random and mutated streams are read or refused with a place (seed ${SEED})`, () => {
  const random = seeded(SEED);
  let read = 0;
  let refused = 0;
  for (let i = 0; i < STREAMS; i++) {
    const bytes = stream(random);
    const framer = createFramer();
    let octets = 0;
    for (let at = 0; at < bytes.length;) {
      const to = Math.min(bytes.length, at + 1 + random(300));
      const pushed = framer.push(bytes.subarray(at, to), (frame) => {
        octets += frame.length;
        const decoded = decodePdu(frame);
        if (decoded.ok) {
          read++;
          tlvNumber(decoded.value.tlvs, 'message_state');
          tlvText(decoded.value.tlvs, 'receipted_message_id');
          if (decoded.value.command === 'deliver_sm') parseReceipt(decoded.value);
          return;
        }
        refused++;
        const place = `${decoded.path} at octet ${decoded.octet} `;
        assert.ok(decoded.detail?.startsWith(place), `stream ${i} of seed ${SEED}: ${decoded.detail}`);
        assert.ok(decoded.octet <= frame.length, `stream ${i} of seed ${SEED}: octet outside the PDU`);
      });
      if (!pushed.ok) {
        refused++;
        assert.match(pushed.detail ?? '', /command_length is \d+/);
        break;
      }
      at = to;
    }
    assert.ok(
      octets + framer.pendingOctets() <= bytes.length,
      `stream ${i} of seed ${SEED}: octets from nowhere`,
    );
  }
  assert.ok(read > STREAMS / 4, `only ${read} PDUs were read`);
  assert.ok(refused > STREAMS / 4, `only ${refused} were refused`);
});
