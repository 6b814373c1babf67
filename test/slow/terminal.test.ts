/** S20 for terminals in full: 100,000 mutated messages are read or refused with a path, and asked for nothing odd. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../src/bank/iso8583/decode.ts';
import { TERMINAL_CODES } from '../../src/payment/terminal/answer-code.ts';
import { hasRightMac } from '../../src/payment/terminal/mac.ts';
import { digestOf, originOf, readAsked } from '../../src/payment/terminal/request.ts';
import { TERMINAL_SPEC } from '../../src/payment/terminal/spec.ts';
import { decodeMutated } from '../iso8583-fuzz.ts';
import { mutated, samplesOf, seeded } from '../iso8583.ts';

const MESSAGES = 100_000;
const SEED = 0x0210;
const KEY = Buffer.alloc(32, 9);

test(`S20: ${MESSAGES} mutated messages of terminals are read or refused with a path`, () => {
  decodeMutated(TERMINAL_SPEC, SEED, MESSAGES);
});

test(`S20: what was read of ${MESSAGES} mutated messages is understood or refused with a code, and no MAC fits`, () => {
  const random = seeded(SEED);
  const samples = samplesOf(TERMINAL_SPEC, SEED, 300);
  let read = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const bytes = mutated(samples[random(samples.length)] ?? Buffer.alloc(0), random);
    const decoded = decode(bytes, TERMINAL_SPEC);
    if (!decoded.ok) continue;
    read++;
    const asked = readAsked(decoded.value);
    assert.ok(asked.ok || Object.hasOwn(TERMINAL_CODES, asked.refusal), `message ${i} of seed ${SEED}`);
    assert.ok(!hasRightMac(bytes, decoded.value, KEY));
    assert.equal(digestOf(decoded.value, KEY).length, 32);
    originOf(decoded.value);
  }
  assert.ok(read > MESSAGES / 50, `only ${read} were read`);
});
