/**
 * What terminals and our host say to each other, as data (B3): ISO 8583:1987, packed, each message with a
 * MAC in its last field.
 *
 *   0800 ─▶ 0810   signs on, signs off, asks whether we are there        field 70: 001, 002, 301
 *   0200 ─▶ 0210   a sale: card and amount; answered 1A, or at once      0201 says it again
 *   0200 ─▶ 0210   the code, under the reference that 1A came with
 *   0400 ─▶ 0410   undoes a sale; said again as 0401 until answered 00
 */
import { FIELDS_1987 } from '../../bank/iso8583/fields.ts';
import { makeSpec } from '../../bank/iso8583/spec.ts';

/**
 * Of the standard's fields those that there are here, in the standard's own form: the form is one fact, and
 * is written down once. 12 and 13 are the time and day at the terminal, 48 holds the elements below, 52 the
 * PIN block, 63 the ticket in lines of 32 characters.
 */
const NUMBERS: ReadonlySet<number> = new Set([
  2, 3, 4, 7, 11, 12, 13, 14, 22, 25, 35, 37, 38, 39, 41, 42, 48, 49, 52, 55, 63, 64, 70, 90, 128,
]);

export const TERMINAL_SPEC = makeSpec({
  name: 'terminal',
  mti: 'bcd',
  bitmap: 'binary',
  digits: 'bcd',
  bytes: 'binary',
  lengths: 'bcd',
  rows: FIELDS_1987.filter(({ number }) => NUMBERS.has(number)),
  own: { 35: { pad: 'behind' }, 55: { is: 'b...255' } },
});

/** Two bytes in front of each message say how long it is. */
export const TERMINAL_HEADER = 2;

/** The elements of field 48. */
export const TERMINAL_ELEMENTS = {
  /** 32 hex digits of the terminal's randomness, and of ours: no session is like another (fig. 9, 900). */
  terminalNonce: '01',
  hostNonce: '02',
  /** What the message with the code names. */
  reference: '10',
  /** Where the code was sent, masked. */
  sentTo: '11',
  digits: '12',
  validSeconds: '13',
  triesLeft: '14',
  code: '20',
} as const;

/** Field 70. */
export const NETWORK = { signOn: '001', signOff: '002', echo: '301' } as const;
