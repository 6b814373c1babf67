import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { byteNeedles, createScanner, makeCanaries, needlesOf } from './card-canary.ts';

const canaries = makeCanaries();

function found(bytes: Buffer): boolean {
  const scanner = createScanner();
  scanner.add(needlesOf(canaries));
  scanner.bytes('here', bytes);
  return scanner.leaks().length > 0;
}

test('S8: the scan for card numbers finds each of its spellings, whatever stands around it', () => {
  const pan = canaries.pan(4711);
  assert.equal(pan.length, 16);
  for (const around of ['', 'a', 'ab', 'abc']) {
    const clear = Buffer.from(`${around}${pan}${around}`);
    assert(found(clear), 'in clear');
    assert(found(Buffer.from(clear.toString('hex'))), 'in hexadecimal');
    assert(found(Buffer.from(clear.toString('base64'))), 'in base64');
    assert(found(Buffer.from(clear.toString('base64url'))), 'in base64 for URLs');
    assert(found(Buffer.concat([randomBytes(9), Buffer.from(pan, 'hex'), randomBytes(9)])), 'packed');
    assert(found(Buffer.from(`0${pan}0`, 'hex')), 'packed, after an odd number of digits');
    assert(found(Buffer.from(`${around}${pan}`, 'utf16le')), 'in UTF-16');
  }
  assert(found(Buffer.from(pan.replace(/(\d{4})(?=\d)/g, '$1 '))), 'set apart by spaces');
  assert(found(Buffer.from(pan.replace(/(\d{4})(?=\d)/g, '$1-'))), 'set apart by hyphens');
  assert(found(Buffer.from(pan.slice(0, 12))), 'more than six of its first digits');
  assert(!found(Buffer.from(`${pan.slice(0, 6)}******${pan.slice(-4)}`)), 'what may be shown');
  assert(!found(randomBytes(1_000_000)), 'nothing in what is random');
});

test('S8: the scan counts a security code where it stands by itself, and finds bytes in their spellings', () => {
  const scanner = createScanner();
  const block = randomBytes(8);
  scanner.add(byteNeedles('PIN block', block));
  scanner.text('here', `{"code":"739","x":739} 1739 73.739 a739 code=739&x 739`);
  assert.equal(scanner.words()['739'], 4);
  assert.deepEqual(scanner.leaks(), []);
  scanner.text('there', JSON.stringify({ block: block.toString('hex') }));
  scanner.text('elsewhere', JSON.stringify({ block: block.toString('base64') }));
  scanner.bytes('raw', Buffer.concat([Buffer.from('abc'), block]));
  assert.deepEqual(
    scanner.leaks().map(({ place }) => place),
    ['there', 'elsewhere', 'raw'],
  );
});
