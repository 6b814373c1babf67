/**
 * Two ways in which the same fields are written, each agreed on with many hosts:
 *
 *            MTI    bitmaps  digits            bytes   lengths
 *   ascii87  ASCII  hex      ASCII             hex     ASCII     all readable, but for the bytes of field 55
 *   bcd87    BCD    binary   two in each byte  binary  BCD       as terminals and switches of the time speak
 */
import { FIELDS_1987 } from './fields.ts';
import { makeSpec, type Spec } from './spec.ts';

export const ASCII_87 = makeSpec({
  name: 'ascii87',
  mti: 'ascii',
  bitmap: 'hex',
  digits: 'ascii',
  bytes: 'hex',
  lengths: 'ascii',
  rows: FIELDS_1987,
  own: { 55: { encoding: 'binary' } },
});

export const BCD_87 = makeSpec({
  name: 'bcd87',
  mti: 'bcd',
  bitmap: 'binary',
  digits: 'bcd',
  bytes: 'binary',
  lengths: 'bcd',
  rows: FIELDS_1987,
  own: { 35: { pad: 'behind' } },
});

export const SPECS = { ascii87: ASCII_87, bcd87: BCD_87 } as const satisfies Record<string, Spec>;
export type SpecName = keyof typeof SPECS;
