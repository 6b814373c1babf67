import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { frameOf } from '../../../sim/terminal-line.ts';
import { decode } from '../../bank/iso8583/decode.ts';
import type { Message } from '../../bank/iso8583/message.ts';
import { hasRightMac, keyCheckValue, macFieldOf, sessionKey, signOnKey, writeWithMac } from './mac.ts';
import { TERMINAL_SPEC } from './spec.ts';

const KEY = Buffer.alloc(32, 7);
const SALE: Message = {
  mti: '0200',
  fields: { 3: '000000', 4: '000000001000', 11: '000001', 41: 'SHOP0001' },
};
const ECHO: Message = { mti: '0800', fields: { 11: '000002', 41: 'SHOP0001', 70: '301' } };

function read(frame: Buffer): { bytes: Buffer; message: Message } {
  const bytes = frame.subarray(2);
  const decoded = decode(bytes, TERMINAL_SPEC);
  assert.ok(decoded.ok);
  return { bytes, message: decoded.value };
}

test('the MAC stands in field 64, or in 128 where there is a second bitmap; both ends make the same', () => {
  assert.equal(macFieldOf(SALE), 64);
  assert.equal(macFieldOf(ECHO), 128);
  for (const message of [SALE, ECHO]) {
    const written = writeWithMac(message, KEY);
    assert.ok(written.ok);
    assert.deepEqual(frameOf(message, KEY), written.value);
    const { bytes, message: again } = read(written.value);
    assert.ok(hasRightMac(bytes, again, KEY));
    assert.ok(!hasRightMac(bytes, again, Buffer.alloc(32, 8)));
  }
});

test('S17: no bit can be changed', () => {
  const written = writeWithMac(SALE, KEY);
  assert.ok(written.ok);
  const { value } = written;
  fc.assert(
    fc.property(fc.nat(value.length * 8 - 17), (bit) => {
      const changed = Buffer.from(value.subarray(2));
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoded = decode(changed, TERMINAL_SPEC);
      assert.ok(!decoded.ok || !hasRightMac(changed, decoded.value, KEY));
    }),
  );
});

test('S17: a MAC in the wrong field, or two, is none', () => {
  const both = { ...ECHO, fields: { ...ECHO.fields, 64: Buffer.alloc(8) } };
  const written = writeWithMac(both, KEY);
  assert.ok(written.ok);
  const { bytes, message } = read(written.value);
  assert.ok(!hasRightMac(bytes, message, KEY));
  assert.ok(!hasRightMac(bytes.subarray(0, -8), { ...SALE }, KEY));
});

test('every session has a key of its own, and the check value says nothing of the key', () => {
  const nonce = '00'.repeat(16);
  const keys = [
    signOnKey(KEY),
    sessionKey(KEY, 'SHOP0001', nonce, nonce),
    sessionKey(KEY, 'SHOP0002', nonce, nonce),
    sessionKey(KEY, 'SHOP0001', nonce, '01'.repeat(16)),
    sessionKey(Buffer.alloc(32, 8), 'SHOP0001', nonce, nonce),
  ];
  assert.equal(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size, keys.length);
  assert.match(keyCheckValue(KEY), /^[0-9A-F]{6}$/);
});
