/**
 * S20 for ISO 8583: mutated messages through the decoder, and mutated streams through the framer. The seed is
 * in every failure. Here a part of them; all 100,000 in test/slow/iso8583.test.ts.
 */
import { test } from 'node:test';
import { decodeMutated, frameMutated } from '../../../test/iso8583-fuzz.ts';
import { SPECS } from './specs.ts';

const SEED = 0x8583;
const MESSAGES = 10_000;

for (const spec of Object.values(SPECS)) {
  test(`S20: ${MESSAGES} mutated messages of ${spec.name} are read or refused with a path`, () => {
    decodeMutated(spec, SEED, MESSAGES);
  });
}

test('S20: mutated streams are cut into messages or refused by their length', () => {
  for (const header of [2, 4] as const) frameMutated(header, SEED, 3_000);
});
