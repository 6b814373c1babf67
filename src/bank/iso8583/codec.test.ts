/**
 * Messages and their bytes, written by hand from the rules of ISO 8583:1987, and what is refused with which
 * path. There is no independent implementation to hold the codec against, so this table is the peer.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { anyMessage, plain } from '../../../test/iso8583.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { FIELDS_1987 } from './fields.ts';
import { answerMti, isAnswer, repeatMti, type Fields, type Message } from './message.ts';
import { makeSpec, type Spec } from './spec.ts';
import { ASCII_87, BCD_87 } from './specs.ts';

/** What neither of the two has: bitmaps as bytes behind ASCII, binary lengths, bytes in hex of field 55. */
const MIXED = makeSpec({
  name: 'mixed',
  mti: 'ascii',
  bitmap: 'binary',
  digits: 'bcd',
  bytes: 'hex',
  lengths: 'binary',
  rows: FIELDS_1987,
});

/** Pieces between bars stand for themselves; those in < and > are bytes in hex, with spaces for the eye. */
function octets(text: string): Buffer {
  const one = (piece: string): Buffer =>
    piece.startsWith('<')
      ? Buffer.from(piece.slice(1, -1).replaceAll(' ', ''), 'hex')
      : Buffer.from(piece, 'latin1');
  return Buffer.concat(text.split('|').map(one));
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const ACME = { name: 'Acme Cycles'.padEnd(25), city: 'Lyon'.padEnd(13), country: 'FR' };
const ORIGINAL = {
  mti: '0100',
  stan: '000123',
  transmitted: '0621120000',
  acquirer: '00000456789',
  forwarder: '00000000000',
};
const SIGN_ON: Fields = { 7: '0621120000', 11: '000001', 70: '001' };

type Vector = readonly [title: string, spec: Spec, message: Message, octets: string];

const VECTORS: readonly Vector[] = [
  [
    'sign-on, two bitmaps in hex',
    ASCII_87,
    { mti: '0800', fields: SIGN_ON },
    '0800|8220000000000000|0400000000000000|0621120000|000001|001',
  ],
  [
    'sign-on, packed',
    BCD_87,
    { mti: '0800', fields: SIGN_ON },
    '<0800>|<82 20 00 00 00 00 00 00>|<04 00 00 00 00 00 00 00>|<06 21 12 00 00>|<00 00 01>|<00 01>',
  ],
  [
    'an authorisation request, one bitmap',
    ASCII_87,
    {
      mti: '0100',
      fields: {
        2: '4970101234567890',
        3: '000000',
        4: '000000031240',
        7: '0621120000',
        11: '000123',
        12: '120000',
        13: '0621',
        14: '3012',
        22: '812',
        25: '59',
        32: '456789',
        37: '617200000123',
        41: 'TERM0001',
        42: 'MERCHANT0000001',
        49: '978',
      },
    },
    '0100|723C048108C08000|16|4970101234567890|000000|000000031240|0621120000|000123|120000|' +
      '0621|3012|812|59|06|456789|617200000123|TERM0001|MERCHANT0000001|978',
  ],
  [
    'packed: odd numbers of digits, a track padded behind, a fee, a PIN block',
    BCD_87,
    {
      mti: '0200',
      fields: {
        2: '4970101234567890123',
        3: '000000',
        28: 'D00000150',
        35: '4970101234567890=3012',
        37: '617200000123',
        52: bytes('0123456789ABCDEF'),
      },
    },
    '<02 00>|<60 00 00 10 28 00 10 00>|<19>|<04 97 01 01 23 45 67 89 01 23>|<00 00 00>|' +
      '<44 00 00 01 50>|<21>|<49 70 10 12 34 56 78 90 D3 01 2F>|617200000123|' +
      '<01 23 45 67 89 AB CD EF>',
  ],
  [
    'an answer with EMV data objects',
    ASCII_87,
    {
      mti: '0110',
      fields: {
        3: '000000',
        4: '000000031240',
        7: '0621120001',
        11: '000123',
        37: '617200000123',
        38: 'A1B2C3',
        39: '00',
        41: 'TERM0001',
        55: [
          { tag: '9F26', value: bytes('0102030405060708') },
          { tag: '8A', value: bytes('3030') },
        ],
      },
    },
    '0110|322000000E800200|000000|000000031240|0621120001|000123|617200000123|A1B2C3|00|' +
      'TERM0001|015|<9F26 08 01 02 03 04 05 06 07 08>|<8A 02 30 30>',
  ],
  [
    'a reversal that names its original',
    ASCII_87,
    {
      mti: '0400',
      fields: {
        2: '4970101234567890',
        3: '000000',
        4: '000000031240',
        7: '0621120100',
        11: '000124',
        37: '617200000123',
        39: '68',
        41: 'TERM0001',
        90: ORIGINAL,
      },
    },
    '0400|F22000000A800000|0000004000000000|16|4970101234567890|000000|000000031240|' +
      '0621120100|000124|617200000123|68|TERM0001|0100|000123|0621120000|00000456789|' +
      '00000000000',
  ],
  [
    'the original packed: its parts begin inside of bytes',
    BCD_87,
    { mti: '0421', fields: { 90: ORIGINAL } },
    '<04 21>|<80 00 00 00 00 00 00 00>|<00 00 00 40 00 00 00 00>|' +
      '<0100 000123 0621120000 00000456789 00000000000>',
  ],
  [
    'the acceptor in parts, private data in elements, bytes in hex',
    ASCII_87,
    {
      mti: '0110',
      fields: { 43: ACME, 48: { '01': 'ALICE SMITH', '92': '123' }, 52: bytes('0A1B2C3D4E5F6071') },
    },
    '0110|0000000000211000|Acme Cycles              |Lyon         |FR|022|01|11|ALICE SMITH|' +
      '92|03|123|0A1B2C3D4E5F6071',
  ],
  [
    'binary bitmaps and lengths, a track padded in front, data objects in hex',
    MIXED,
    {
      mti: '0100',
      fields: { 2: '123', 35: '12345=789', 55: [{ tag: '9F10', value: bytes('06010A03A00000') }] },
    },
    '0100|<40 00 00 00 20 00 02 00>|<03>|<01 23>|<09>|<01 23 45 D7 89>|<00 0A>|9F10|07|06010A03A00000',
  ],
];

for (const [title, spec, message, pieces] of VECTORS) {
  test(`B8: ${title}: written as the standard says, and read back`, () => {
    const written = encode(message, spec);
    assert.ok(written.ok, written.ok ? '' : written.detail);
    assert.equal(written.value.toString('hex'), octets(pieces).toString('hex'));
    const read = decode(octets(pieces), spec);
    assert.ok(read.ok, read.ok ? '' : read.detail);
    assert.deepEqual(plain(read.value), plain(message));
  });
}

const EMV_ONLY = '0000000000000200';

const UNREADABLE: readonly (readonly [spec: Spec, octets: string, detail: string])[] = [
  [ASCII_87, '', 'mti: 0 bytes of 4'],
  [ASCII_87, '080', 'mti: 3 bytes of 4'],
  [ASCII_87, '1100|0000000000000000', 'mti: is no message type of 1987'],
  [ASCII_87, '08x0|0000000000000000', 'mti: is no message type of 1987'],
  [ASCII_87, '0800|82200000', 'bitmap: 8 bytes of 16'],
  [ASCII_87, '0800|822000000000000G', 'bitmap: character 15 is no hex digit'],
  [ASCII_87, '0800|8000000000000000|04', 'bitmap 2: 2 bytes of 16'],
  [BCD_87, '<0800>|<80 00 00 00 00 00 00 00>|<80 00 00 00 00 00 00 00>', '65: is no field of bcd87'],
  [ASCII_87, '0100|1000000000000000|00000', '4: 5 bytes of 12'],
  [ASCII_87, '0100|4000000000000000|2|', '2: 1 bytes of 2'],
  [ASCII_87, '0100|4000000000000000|20|00000000000000000000', '2: says 20 where 19 is the most'],
  [ASCII_87, '0100|4000000000000000|1x|0', '2: its length is no number'],
  [BCD_87, '<0100>|<40 00 00 00 00 00 00 00>|<1A>|<00>', '2: its length is no number'],
  [ASCII_87, '0100|2000000000000000|00x000', '3: character 2 is no n'],
  [ASCII_87, '0110|0000000002000000|0|<00>', '39: character 1 is no an'],
  [BCD_87, '<0100>|<20 00 00 00 00 00 00 00>|<00 A0 00>', '3: half byte 2 is not what a packed n has there'],
  [
    BCD_87,
    '<0100>|<40 00 00 00 00 00 00 00>|<03>|<11 23>',
    '2: half byte 0 is not what a packed n has there',
  ],
  [
    BCD_87,
    '<0100>|<00 00 00 00 20 00 00 00>|<03>|<12 30>',
    '35: half byte 3 is not what a packed z has there',
  ],
  [BCD_87, '<0100>|<00 00 00 10 00 00 00 00>|<45 00 00 00 00>', '28: is neither credit nor debit'],
  [ASCII_87, '0100|0000001000000000|E00000000', '28: character 0 is no x+n'],
  [ASCII_87, '0100|0000000000001000|0123456789ABCDEX', '52: character 15 is no hex digit'],
  [ASCII_87, '0100|2000000000000000|000000|abc', 'end: 3 bytes too many'],
  [ASCII_87, `0100|${EMV_ONLY}|006|<9F26 03 01 02 03>`, '55.9F26: 3 bytes of 8'],
  [ASCII_87, `0100|${EMV_ONLY}|006|<9F26 08 01 02 03>`, '55.9F26: 3 bytes of 8'],
  [ASCII_87, `0100|${EMV_ONLY}|003|<9F26 80>`, '55.9F26: 0x80 begins no length'],
  [ASCII_87, `0100|${EMV_ONLY}|004|<8A 84 00 00>`, '55.8A: 0x84 begins no length'],
  [ASCII_87, `0100|${EMV_ONLY}|003|<8A 82 00>`, '55.8A: is cut inside its length'],
  [ASCII_87, `0100|${EMV_ONLY}|001|<8A>`, '55.8A: has no length'],
  [ASCII_87, `0100|${EMV_ONLY}|004|<9F 9F 9F 9F>`, '55: the tag at byte 0 has no end'],
  [ASCII_87, `0100|${EMV_ONLY}|006|<9C 01 00 9C 01 00>`, '55.9C: is there twice'],
  [ASCII_87, '0100|0000000000010000|006|920312', '48.92: 2 characters of 3'],
  [ASCII_87, '0100|0000000000010000|003|92x', '48.92: has no length'],
  [ASCII_87, '0100|0000000000010000|002|x2', '48: no element begins at character 0'],
  [ASCII_87, '0100|0000000000010000|010|9201a9201b', '48.92: is there twice'],
  [ASCII_87, `0100|0000000000200000|${'x'.repeat(38)}|75`, '43.country: character 0 is no a'],
];

test('S20: what is no message is refused with the path and the reason, and never shows a value (S8)', () => {
  for (const [spec, pieces, detail] of UNREADABLE) {
    const read = decode(octets(pieces), spec);
    assert.deepEqual(read, { ok: false, refusal: 'malformed_message', detail, path: detail.split(': ')[0] });
  }
});

const UNWRITABLE: readonly (readonly [mti: string, fields: Fields, detail: string])[] = [
  ['2100', {}, 'mti: is no message type of 1987'],
  ['0100', { 65: '1' }, '65: is no field of ascii87'],
  ['0100', { 4: '31240' }, '4: 5 characters of 12'],
  ['0100', { 2: '1'.repeat(20) }, '2: 20 characters of at most 19'],
  ['0100', { 3: '00000x' }, '3: character 5 is no n'],
  ['0100', { 43: { ...ACME, name: 'Café'.padEnd(25) } }, '43.name: character 3 is no ans'],
  ['0100', { 43: { ...ACME, city: 'Lyon' } }, '43.city: 4 characters of 13'],
  ['0100', { 43: { ...ACME, street: 'x' } }, '43.street: is no part of the field'],
  ['0100', { 43: 'x'.repeat(40) }, '43: is not what the field holds'],
  ['0100', { 48: { '1': 'x' } }, '48.1: is no number of an element'],
  ['0100', { 48: { '01': 'x'.repeat(100) } }, '48.01: 100 characters are too many'],
  ['0100', { 52: bytes('00') }, '52: 1 bytes of 8'],
  ['0100', { 52: '00000000' }, '52: is not what the field holds'],
  ['0100', { 4: bytes('00') }, '4: is not what the field holds'],
  ['0100', { 55: bytes('9C0100') }, '55: is not what the field holds'],
  ['0100', { 55: [{ tag: '9F26', value: bytes('010203') }] }, '55.9F26: 3 bytes of 8'],
  ['0100', { 55: [{ tag: '9F', value: bytes('00') }] }, '55.9F: is no tag'],
  [
    '0100',
    { 55: Array.from({ length: 2 }, () => ({ tag: '9C', value: bytes('00') })) },
    '55.9C: is there twice',
  ],
];

test('what could not be read again is not written; nothing is padded or cut', () => {
  for (const [mti, fields, detail] of UNWRITABLE) {
    const written = encode({ mti, fields }, ASCII_87);
    assert.deepEqual(written, {
      ok: false,
      refusal: 'malformed_message',
      detail,
      path: detail.split(': ')[0],
    });
  }
});

test('every message that a spec allows is written and read back the same, in three specs', () => {
  for (const spec of [ASCII_87, BCD_87, MIXED]) {
    fc.assert(
      fc.property(anyMessage(spec), (message) => {
        const written = encode(message, spec, 4);
        assert.ok(written.ok, written.ok ? '' : written.detail);
        assert.equal(written.value.readUInt32BE(0), 0, 'the room in front is left free');
        const read = decode(written.value.subarray(4), spec);
        assert.ok(read.ok, read.ok ? '' : read.detail);
        assert.deepEqual(plain(read.value), plain(message));
      }),
      { numRuns: 300 },
    );
  }
});

test('zero bytes between data objects mean nothing, and an empty second bitmap is read', () => {
  const padded = decode(octets(`0100|${EMV_ONLY}|006|<00 00 9C 01 00 00>`), ASCII_87);
  assert.ok(padded.ok);
  assert.deepEqual(plain(padded.value.fields), { 55: [{ tag: '9C', value: '00' }] });
  const forced = decode(octets('0800|8000000000000000|0000000000000000'), ASCII_87);
  assert.deepEqual(forced, { ok: true, value: { mti: '0800', fields: {} } });
});

test('a message that was refused in the middle leaves nothing of itself in the next one', () => {
  const card = { 2: '4970101234567890', 3: 'x' };
  assert.equal(encode({ mti: '0100', fields: card }, ASCII_87).ok, false);
  const next = encode({ mti: '0800', fields: {} }, ASCII_87);
  assert.ok(next.ok);
  assert.equal(next.value.toString('latin1'), '08000000000000000000');
});

test('message types answer and repeat each other', () => {
  const answers = ['0100', '0200', '0220', '0221', '0400', '0401', '0420', '0421', '0800'].map(answerMti);
  assert.deepEqual(answers, ['0110', '0210', '0230', '0230', '0410', '0410', '0430', '0430', '0810']);
  assert.deepEqual(['0220', '0400', '0421'].map(repeatMti), ['0221', '0401', '0421']);
  assert.deepEqual(['0110', '0430', '0810', '0100', '0421'].map(isAnswer), [true, true, true, false, false]);
});
