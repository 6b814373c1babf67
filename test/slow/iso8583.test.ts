/** S20 for ISO 8583 in full: 100,000 mutated messages in each spec, other ones than in `npm test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SPECS } from '../../src/bank/iso8583/specs.ts';
import { decodeMutated, frameMutated } from '../iso8583-fuzz.ts';

const MESSAGES = 100_000;
const STREAMS = 50_000;
const SEED = 0x1987;

for (const spec of Object.values(SPECS)) {
  test(`S20: ${MESSAGES} mutated messages of ${spec.name} are read or refused with a path`, () => {
    const { read, refused } = decodeMutated(spec, SEED, MESSAGES);
    assert.equal(read + refused, MESSAGES);
    assert.ok(read > MESSAGES / 50, `only ${read} were read`);
    assert.ok(refused > MESSAGES / 2, `only ${refused} were refused`);
  });
}

test(`S20: ${STREAMS} mutated streams are cut into messages or refused by their length`, () => {
  for (const header of [2, 4] as const) {
    const { messages, read, refused } = frameMutated(header, SEED, STREAMS);
    assert.equal(read + refused, STREAMS);
    assert.ok(messages > STREAMS, `only ${messages} messages were cut out`);
    assert.ok(read > STREAMS / 20, `only ${read} streams were cut to their end`);
    assert.ok(refused > STREAMS / 20, `only ${refused} streams were refused`);
  }
});
