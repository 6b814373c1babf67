/**
 * How the simulated bank writes its messages: its own table, made from the standard and not from the
 * product's, so that a slip in one of the two shows.
 */
import { makeSpec, type FieldRow, type Spec } from '../src/bank/iso8583/spec.ts';
import type { SpecName } from '../src/bank/iso8583/specs.ts';

const ROWS: readonly FieldRow[] = [
  { number: 2, name: 'card number', is: 'n..19', shown: 'pan' },
  { number: 3, name: 'processing code', is: 'n 6', shown: 'value' },
  { number: 4, name: 'amount', is: 'n 12', shown: 'value' },
  { number: 7, name: 'sent at', is: 'n 10', shown: 'value' },
  { number: 11, name: 'STAN', is: 'n 6', shown: 'value' },
  { number: 12, name: 'local time', is: 'n 6', shown: 'value' },
  { number: 13, name: 'local date', is: 'n 4', shown: 'value' },
  { number: 14, name: 'expiry', is: 'n 4', shown: 'never' },
  { number: 18, name: 'category of the merchant', is: 'n 4', shown: 'value' },
  { number: 22, name: 'entry mode', is: 'n 3', shown: 'value' },
  { number: 25, name: 'condition', is: 'n 2', shown: 'value' },
  { number: 32, name: 'acquirer', is: 'n..11', shown: 'value' },
  { number: 35, name: 'track 2', is: 'z..37', shown: 'never' },
  { number: 37, name: 'retrieval reference', is: 'an 12', shown: 'value' },
  { number: 38, name: 'authorisation code', is: 'an 6', shown: 'value' },
  { number: 39, name: 'response code', is: 'an 2', shown: 'value' },
  { number: 41, name: 'terminal', is: 'ans 8', shown: 'value' },
  { number: 42, name: 'merchant', is: 'ans 15', shown: 'value' },
  { number: 43, name: 'merchant, name and place', is: 'ans 40', shown: 'value' },
  {
    number: 48,
    name: 'private data',
    is: 'ans...999',
    inside: { kind: 'elements', idDigits: 2, lengthDigits: 2 },
  },
  { number: 49, name: 'currency', is: 'an 3', shown: 'value' },
  { number: 52, name: 'PIN block', is: 'b 8', shown: 'never' },
  { number: 55, name: 'chip data', is: 'b...999', inside: { kind: 'ber', tags: {} } },
  { number: 70, name: 'network management code', is: 'n 3', shown: 'value' },
  {
    number: 90,
    name: 'original',
    is: 'n 42',
    shown: 'value',
    inside: {
      kind: 'parts',
      parts: [
        { name: 'mti', content: 'n', size: 4 },
        { name: 'stan', content: 'n', size: 6 },
        { name: 'sentAt', content: 'n', size: 10 },
        { name: 'acquirer', content: 'n', size: 11 },
        { name: 'forwarder', content: 'n', size: 11 },
      ],
    },
  },
];

export const BANK_SPECS: Readonly<Record<SpecName, Spec>> = {
  ascii87: makeSpec({
    name: 'bank, readable',
    mti: 'ascii',
    bitmap: 'hex',
    digits: 'ascii',
    bytes: 'hex',
    lengths: 'ascii',
    rows: ROWS,
    own: { 55: { encoding: 'binary' } },
  }),
  bcd87: makeSpec({
    name: 'bank, packed',
    mti: 'bcd',
    bitmap: 'binary',
    digits: 'bcd',
    bytes: 'binary',
    lengths: 'bcd',
    rows: ROWS,
    own: { 35: { pad: 'behind' } },
  }),
};
