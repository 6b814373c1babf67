import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeGsm, encodeGsm, gsmLength } from './gsm.ts';

const LETTERS =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNO' +
  'PQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€';

const gsmText = fc.string({ unit: fc.constantFrom(...LETTERS.split('')), maxLength: 300 });

test('the alphabet has 127 letters and 10 extended ones, each read back as itself', () => {
  assert.equal(new Set(LETTERS).size, 137);
  for (const letter of LETTERS) assert.equal(decodeGsm(encodeGsm(letter) ?? new Uint8Array()), letter);
});

test('known septets of 3GPP TS 23.038', () => {
  assert.deepEqual(encodeGsm('@Δ _à'), Uint8Array.of(0x00, 0x10, 0x20, 0x11, 0x7f));
  assert.deepEqual(encodeGsm('5 €'), Uint8Array.of(0x35, 0x20, 0x1b, 0x65));
  assert.deepEqual(encodeGsm('[x]'), Uint8Array.of(0x1b, 0x3c, 0x78, 0x1b, 0x3e));
});

test('every text of the alphabet round-trips and has the length that was foretold', () => {
  fc.assert(
    fc.property(gsmText, (text) => {
      const septets = encodeGsm(text);
      assert.ok(septets);
      assert.equal(septets.length, gsmLength(text));
      assert.equal(decodeGsm(septets), text);
    }),
  );
});

test('a character outside the alphabet is never replaced: the whole text is not GSM', () => {
  for (const text of ['ç', 'naïve', 'Привет', '漢', '😀', '`', '\u001b', '\u0000', '’']) {
    assert.equal(encodeGsm(text), null, text);
    assert.equal(gsmLength(text), null, text);
  }
});

test('reading never fails, whatever the octets are', () => {
  assert.equal(decodeGsm(Uint8Array.of(0x41, 0x1b)), 'A ');
  assert.equal(decodeGsm(Uint8Array.of(0x1b, 0x1b, 0x41)), ' A');
  assert.equal(decodeGsm(Uint8Array.of(0x1b, 0x41)), 'A');
  assert.equal(decodeGsm(Uint8Array.of(0x80, 0x41)), '\ufffdA');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      assert.ok(decodeGsm(octets).length <= octets.length);
    }),
  );
});
