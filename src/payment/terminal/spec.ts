/**
 * What terminals and our host say to each other, as data (B3): ISO 8583:1987, packed, each message with a
 * MAC in its last field.
 *
 *   0800 ─▶ 0810   signs on, signs off, asks whether we are there        field 70: 001, 002, 301
 *   0200 ─▶ 0210   a sale: card and amount; answered 1A, or at once      0201 says it again
 *   0200 ─▶ 0210   the code, under the reference that 1A came with
 *   0400 ─▶ 0410   undoes a sale; said again as 0401 until answered 00
 */
import { EMV_TAGS } from '../../bank/iso8583/emv.ts';
import { makeSpec, type FieldRow, type PartSpec } from '../../bank/iso8583/spec.ts';

const ORIGINAL = [
  { name: 'mti', content: 'n', size: 4 },
  { name: 'stan', content: 'n', size: 6 },
  { name: 'transmitted', content: 'n', size: 10 },
  { name: 'acquirer', content: 'n', size: 11 },
  { name: 'forwarder', content: 'n', size: 11 },
] as const satisfies readonly PartSpec[];

const ROWS: readonly FieldRow[] = [
  { number: 2, name: 'primary account number', is: 'n..19', shown: 'pan' },
  { number: 3, name: 'processing code', is: 'n 6', shown: 'value' },
  { number: 4, name: 'amount, minor units', is: 'n 12', shown: 'value' },
  { number: 7, name: 'transmission date and time, UTC', is: 'n 10', shown: 'value' },
  { number: 11, name: 'system trace audit number', is: 'n 6', shown: 'value' },
  { number: 12, name: 'time at the terminal', is: 'n 6', shown: 'value' },
  { number: 13, name: 'date at the terminal', is: 'n 4', shown: 'value' },
  { number: 14, name: 'expiry of the card', is: 'n 4', shown: 'never' },
  { number: 22, name: 'how the card was read', is: 'n 3', shown: 'value' },
  { number: 25, name: 'point of service condition', is: 'n 2', shown: 'value' },
  { number: 35, name: 'track 2', is: 'z..37', shown: 'never' },
  { number: 37, name: 'retrieval reference number', is: 'an 12', shown: 'value' },
  { number: 38, name: 'authorisation code of the bank', is: 'an 6', shown: 'value' },
  { number: 39, name: 'response code', is: 'an 2', shown: 'value' },
  { number: 41, name: 'terminal', is: 'ans 8', shown: 'value' },
  { number: 42, name: 'merchant', is: 'ans 15', shown: 'value' },
  {
    number: 48,
    name: 'session, code',
    is: 'ans...999',
    inside: { kind: 'elements', idDigits: 2, lengthDigits: 2 },
  },
  { number: 49, name: 'currency', is: 'an 3', shown: 'value' },
  { number: 52, name: 'PIN block', is: 'b 8', shown: 'never' },
  { number: 55, name: 'chip data', is: 'b...255', inside: { kind: 'ber', tags: EMV_TAGS } },
  { number: 63, name: 'ticket, lines of 32 characters', is: 'ans...999' },
  { number: 64, name: 'MAC', is: 'b 8' },
  { number: 70, name: 'network management', is: 'n 3', shown: 'value' },
  {
    number: 90,
    name: 'which message is undone',
    is: 'n 42',
    inside: { kind: 'parts', parts: ORIGINAL },
    shown: 'value',
  },
  { number: 128, name: 'MAC', is: 'b 8' },
];

export const TERMINAL_SPEC = makeSpec({
  name: 'terminal',
  mti: 'bcd',
  bitmap: 'binary',
  digits: 'bcd',
  bytes: 'binary',
  lengths: 'bcd',
  rows: ROWS,
  own: { 35: { pad: 'behind' } },
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
