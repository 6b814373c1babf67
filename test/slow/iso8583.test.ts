/** S20 for ISO 8583 in full: 100,000 mutated messages in each spec, other ones than in `npm test`. */
import { test } from 'node:test';
import { SPECS } from '../../src/bank/iso8583/specs.ts';
import { decodeMutated, frameMutated } from '../iso8583-fuzz.ts';

const MESSAGES = 100_000;
const SEED = 0x1987;

for (const spec of Object.values(SPECS)) {
  test(`S20: ${MESSAGES} mutated messages of ${spec.name} are read or refused with a path`, () => {
    decodeMutated(spec, SEED, MESSAGES);
  });
}

test(`S20: ${MESSAGES} mutated streams are cut into messages or refused by their length`, () => {
  for (const header of [2, 4] as const) frameMutated(header, SEED, MESSAGES / 2);
});
