/**
 * How the simulated terminal writes its messages: its own table and its own MAC, made from docs/decisions
 * and not from the product's code, so that a slip in one of the two shows.
 */
import { createHmac } from 'node:crypto';
import { makeSpec, type FieldRow } from '../src/bank/iso8583/spec.ts';

const ROWS: readonly FieldRow[] = [
  { number: 2, name: 'card number', is: 'n..19', shown: 'pan' },
  { number: 3, name: 'processing code', is: 'n 6', shown: 'value' },
  { number: 4, name: 'amount', is: 'n 12', shown: 'value' },
  { number: 7, name: 'sent at', is: 'n 10', shown: 'value' },
  { number: 11, name: 'STAN', is: 'n 6', shown: 'value' },
  { number: 12, name: 'local time', is: 'n 6', shown: 'value' },
  { number: 13, name: 'local date', is: 'n 4', shown: 'value' },
  { number: 14, name: 'expiry', is: 'n 4', shown: 'never' },
  { number: 22, name: 'entry mode', is: 'n 3', shown: 'value' },
  { number: 25, name: 'condition', is: 'n 2', shown: 'value' },
  { number: 35, name: 'track 2', is: 'z..37', shown: 'never' },
  { number: 37, name: 'retrieval reference', is: 'an 12', shown: 'value' },
  { number: 38, name: 'authorisation code', is: 'an 6', shown: 'value' },
  { number: 39, name: 'response code', is: 'an 2', shown: 'value' },
  { number: 41, name: 'terminal', is: 'ans 8', shown: 'value' },
  { number: 42, name: 'merchant', is: 'ans 15', shown: 'value' },
  {
    number: 48,
    name: 'session',
    is: 'ans...999',
    inside: { kind: 'elements', idDigits: 2, lengthDigits: 2 },
  },
  { number: 49, name: 'currency', is: 'an 3', shown: 'value' },
  { number: 52, name: 'PIN block', is: 'b 8', shown: 'never' },
  { number: 55, name: 'chip data', is: 'b...255', inside: { kind: 'ber', tags: {} } },
  { number: 63, name: 'ticket', is: 'ans...999' },
  { number: 64, name: 'MAC', is: 'b 8' },
  { number: 70, name: 'network management', is: 'n 3', shown: 'value' },
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
  { number: 128, name: 'MAC', is: 'b 8' },
];

export const DEVICE_SPEC = makeSpec({
  name: 'terminal, simulated',
  mti: 'bcd',
  bitmap: 'binary',
  digits: 'bcd',
  bytes: 'binary',
  lengths: 'bcd',
  rows: ROWS,
  own: { 35: { pad: 'behind' } },
});

export function hmac(key: Uint8Array, data: Uint8Array | string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** The MAC over a message without its header, whose last 8 bytes it goes into. */
export function macOver(message: Uint8Array, key: Uint8Array): Buffer {
  return hmac(key, message.subarray(0, -8)).subarray(0, 8);
}
