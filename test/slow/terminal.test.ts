/** S20 for terminals in full: 100,000 mutated messages are read or refused with a path, and asked for nothing odd. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf } from '../../sim/terminal-line.ts';
import { decode } from '../../src/bank/iso8583/decode.ts';
import type { Message } from '../../src/bank/iso8583/message.ts';
import { TERMINAL_CODES } from '../../src/payment/terminal/answer-code.ts';
import { hasRightMac } from '../../src/payment/terminal/mac.ts';
import { digestOf, originOf, readAsked } from '../../src/payment/terminal/request.ts';
import { TERMINAL_SPEC } from '../../src/payment/terminal/spec.ts';
import { decodeMutated } from '../iso8583-fuzz.ts';
import { mutated, samplesOf, seeded } from '../iso8583.ts';

const MESSAGES = 100_000;
const SEED = 0x0210;
const KEY = Buffer.alloc(32, 9);
const COMMON = { 3: '000000', 4: '000000031240', 7: '1122183059', 11: '000123', 12: '193059', 13: '1122' };
const OWN = { 41: 'SHOP0001', 42: 'ACME           ', 49: '978' };
const ORIGINAL = { mti: '0200', stan: '000123', sentAt: '1122183059', acquirer: '0'.repeat(11) };
/** A sale, its code, its reversal. */
const SALES: readonly Message[] = [
  { mti: '0200', fields: { ...COMMON, ...OWN, 2: '4970101234567893', 14: '3012', 22: '051' } },
  { mti: '0200', fields: { ...COMMON, ...OWN, 48: { '10': 'pay_1', '20': '12345678' } } },
  { mti: '0400', fields: { ...COMMON, ...OWN, 90: { ...ORIGINAL, forwarder: '0'.repeat(11) } } },
];

test(`S20: ${MESSAGES} mutated messages of terminals are read or refused with a path`, () => {
  const { read, refused } = decodeMutated(TERMINAL_SPEC, SEED, MESSAGES);
  assert.equal(read + refused, MESSAGES);
  assert.ok(read > MESSAGES / 50, `only ${read} were read`);
  assert.ok(refused > MESSAGES / 2, `only ${refused} were refused`);
});

test(`S20: what was read of ${MESSAGES} mutated messages is understood or refused with a code, and no MAC fits`, () => {
  const random = seeded(SEED);
  const samples = [
    ...samplesOf(TERMINAL_SPEC, SEED, 100),
    ...SALES.map((sale) => frameOf(sale, KEY).subarray(2)),
  ];
  const asks = { sale: 0, code: 0, reversal: 0, refused: 0 };
  let read = 0;
  for (let i = 0; i < MESSAGES; i++) {
    const bytes = mutated(samples[random(samples.length)] ?? Buffer.alloc(0), random);
    const decoded = decode(bytes, TERMINAL_SPEC);
    if (!decoded.ok) continue;
    read++;
    const asked = readAsked(decoded.value);
    assert.ok(asked.ok || Object.hasOwn(TERMINAL_CODES, asked.refusal), `message ${i} of seed ${SEED}`);
    asks[asked.ok ? asked.value.kind : 'refused']++;
    const isWhole = samples.some((sample) => sample.equals(bytes));
    assert.ok(isWhole || !hasRightMac(bytes, decoded.value, KEY), `the MAC of message ${i} fits`);
    assert.equal(digestOf(decoded.value, KEY).length, 32);
    originOf(decoded.value);
  }
  assert.ok(read > MESSAGES / 50, `only ${read} were read`);
  assert.ok(
    Object.values(asks).every((count) => count > 50),
    JSON.stringify(asks),
  );
});
