/** What must hold for any bytes whatever (S20): `npm test` tries some of them, `npm run test:slow` many. */
import assert from 'node:assert/strict';
import { decode } from '../src/bank/iso8583/decode.ts';
import { describe } from '../src/bank/iso8583/describe.ts';
import { encode } from '../src/bank/iso8583/encode.ts';
import { createFramer, writeHeader, type Header } from '../src/bank/iso8583/framer.ts';
import type { Spec } from '../src/bank/iso8583/spec.ts';
import { ASCII_87 } from '../src/bank/iso8583/specs.ts';
import { mutated, plain, samplesOf, seeded } from './iso8583.ts';

const PATH = /^(mti|bitmap|bitmap 2|end|\d{1,3}(\.\w+)?)$/;

/** How many of the messages were read, and how many refused with a path. */
export type Decoded = { readonly read: number; readonly refused: number };

/** How many streams were cut to their end, how many refused by a length, and the messages cut out of both. */
export type Framed = { readonly messages: number; readonly read: number; readonly refused: number };

/** Each is read, then written and read again the same; or refused with a path. Nothing else comes out. */
export function decodeMutated(spec: Spec, seed: number, count: number): Decoded {
  const random = seeded(seed);
  const samples = samplesOf(spec, seed, 200);
  let read = 0;
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const bytes = mutated(samples[random(samples.length)] ?? Buffer.alloc(0), random);
    const what = `message ${i} of seed ${seed} in ${spec.name}`;
    const decoded = decode(bytes, spec);
    if (!decoded.ok) {
      refused++;
      assert.match(decoded.path, PATH, what);
      assert.ok(decoded.detail?.startsWith(`${decoded.path}: `), what);
      continue;
    }
    read++;
    assert.ok(describe(decoded.value, spec).startsWith(decoded.value.mti), what);
    const written = encode(decoded.value, spec);
    assert.ok(written.ok, `${what}: ${written.ok ? '' : written.detail}`);
    const again = decode(written.value, spec);
    assert.ok(again.ok, what);
    assert.deepEqual(plain(again.value), plain(decoded.value), what);
  }
  return { read, refused };
}

/** No byte comes from nowhere, nothing beyond the bounds is held, and what is broken stays broken. */
export function frameMutated(header: Header, seed: number, count: number): Framed {
  const random = seeded(seed + header);
  const samples = samplesOf(ASCII_87, seed, 50).map((message) => {
    const frame = Buffer.concat([Buffer.alloc(header), message]);
    writeHeader(frame, header);
    return frame;
  });
  let messages = 0;
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const parts = Array.from(
      { length: 1 + random(5) },
      () => samples[random(samples.length)] ?? Buffer.alloc(0),
    );
    const stream = random(4) === 0 ? Buffer.concat(parts) : mutated(Buffer.concat(parts), random);
    const framer = createFramer(header);
    let octets = 0;
    for (let at = 0; at < stream.length;) {
      const to = Math.min(stream.length, at + 1 + random(400));
      const pushed = framer.push(stream.subarray(at, to), (message) => {
        messages++;
        octets += header + message.length;
      });
      if (!pushed.ok) {
        refused++;
        assert.match(pushed.detail ?? '', /^the length in front of a message is /);
        assert.deepEqual(
          framer.push(stream, () => assert.fail('broken and read on')),
          pushed,
        );
        break;
      }
      at = to;
      assert.equal(octets + framer.pendingOctets(), at, `stream ${i} of seed ${seed}`);
    }
  }
  return { messages, read: count - refused, refused };
}
