import { must } from '../src/std/assert.ts';
import { passesLuhn } from '../src/payment/card/number.ts';

/** The number of a simulated card: these digits and the check digit that belongs to them. */
export function withCheckDigit(digits: string): string {
  const made = Array.from({ length: 10 }, (_, digit) => `${digits}${digit}`);
  return must(made.find(passesLuhn), 'one of ten digits is right');
}
