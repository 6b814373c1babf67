import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createFramer } from './framer.ts';
import { encodePdu } from './pdu.ts';

const ping = encodePdu({ command: 'enquire_link', sequence: 5 });

function collect(chunks: readonly Buffer[], pduOctetsMax?: number): { pdus: string[]; refusal: string } {
  const framer = createFramer(pduOctetsMax === undefined ? {} : { pduOctetsMax });
  const pdus: string[] = [];
  let refusal = '';
  for (const chunk of chunks) {
    const pushed = framer.push(chunk, (pdu) => pdus.push(pdu.toString('hex')));
    if (!pushed.ok) refusal = pushed.detail ?? '';
  }
  return { pdus, refusal };
}

test('PDUs come out whole, wherever the stream is cut', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 254 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.array(fc.nat(40), { maxLength: 200 }), (sizes, cuts) => {
      const pdus = sizes.map((size, i) =>
        encodePdu({ command: 'submit_sm', sequence: i + 1, body: { short_message: Buffer.alloc(size, i) } }),
      );
      const stream = Buffer.concat(pdus);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(stream.subarray(at, at + cut));
        at = Math.min(stream.length, at + cut);
      }
      chunks.push(stream.subarray(at));
      const { pdus: found, refusal } = collect(chunks);
      assert.equal(refusal, '');
      assert.deepEqual(
        found,
        pdus.map((pdu) => pdu.toString('hex')),
      );
    }),
  );
});

test('S20: a length out of bounds is refused before memory is taken, and the stream stays refused', () => {
  for (const length of [0, 15, 65_537, 0xffffffff]) {
    const bad = Buffer.alloc(16);
    bad.writeUInt32BE(length, 0);
    const { pdus, refusal } = collect([ping, bad, ping]);
    assert.equal(pdus.length, 1);
    assert.match(refusal, new RegExp(`command_length is ${length}; it must be 16 to 65536 octets`));
    assert.match(collect([bad.subarray(0, 3), bad.subarray(3)]).refusal, /command_length/);
  }
  assert.match(collect([encodePdu({ command: 'submit_sm', sequence: 1 })], 32).refusal, /16 to 32/);
});

test('S20: a PDU that comes octet by octet is copied once', () => {
  const framer = createFramer();
  const big = Buffer.alloc(65_536);
  big.writeUInt32BE(65_536, 0);
  let pdus = 0;
  for (let at = 0; at < big.length; at++) framer.push(big.subarray(at, at + 1), () => pdus++);
  assert.equal(pdus, 1);
  assert.equal(framer.pendingOctets(), 0);
});
