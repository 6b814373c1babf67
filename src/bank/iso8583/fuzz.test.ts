/**
 * S20 for ISO 8583: mutated messages through the decoder, and mutated streams through the framer. The seed is
 * in every failure. Here a part of them; all 100,000 in test/slow/iso8583.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMutated, frameMutated } from '../../../test/iso8583-fuzz.ts';
import { SPECS } from './specs.ts';

const SEED = 0x8583;
const MESSAGES = 10_000;
const STREAMS = 3_000;

for (const spec of Object.values(SPECS)) {
  test(`S20: ${MESSAGES} mutated messages of ${spec.name} are read or refused with a path`, () => {
    const { read, refused } = decodeMutated(spec, SEED, MESSAGES);
    assert.equal(read + refused, MESSAGES);
    assert.ok(read > MESSAGES / 50, `only ${read} were read`);
    assert.ok(refused > MESSAGES / 2, `only ${refused} were refused`);
  });
}

test('S20: mutated streams are cut into messages or refused by their length', () => {
  for (const header of [2, 4] as const) {
    const { messages, read, refused } = frameMutated(header, SEED, STREAMS);
    assert.equal(read + refused, STREAMS);
    assert.ok(messages > STREAMS, `only ${messages} messages were cut out`);
    assert.ok(read > STREAMS / 20, `only ${read} streams were cut to their end`);
    assert.ok(refused > STREAMS / 20, `only ${refused} streams were refused`);
  }
});
