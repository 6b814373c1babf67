import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskAddress, parseNumber, parseSmsNumber } from './number.ts';

test('S12: every spelling of one number gives one value', () => {
  const spellings = [
    '+33612345678',
    '+33 6 12 34 56 78',
    '+33 (0)6 12 34 56 78',
    '+33.6.12.34.56.78',
    '06 12 34 56 78',
    '0612345678',
    '06-12-34-56-78',
    '0033 6 12 34 56 78',
    'tel:+33-6-12-34-56-78',
    '＋３３ ６ １２ ３４ ５６ ７８',
    '０６１２３４５６７８',
    '\u00a0+33\u00a06\u00a012\u202f34\u202f56\u202f78 ',
    '٠٦١٢٣٤٥٦٧٨',
  ];
  for (const text of spellings) {
    const number = parseSmsNumber(text, 'FR');
    assert(number.ok, text);
    assert.deepEqual(number.value, { e164: '+33612345678', country: 'FR' }, text);
  }
});

test('a number without its country is refused when there is no default country', () => {
  assert.equal(parseNumber('0612345678').ok, false);
  assert.equal(parseNumber('+33612345678').ok, true);
});

test('S12: what is no whole telephone number is refused', () => {
  const texts = [
    '',
    '+',
    '112',
    '+33',
    '+3361234567',
    '+336123456789',
    'call +33612345678',
    '+33612345678 ext. 5',
    '+33612345678;+33612345679',
    '+999123456789',
    'é'.repeat(100),
    '+' + '3'.repeat(1000),
  ];
  for (const text of texts) {
    const number = parseNumber(text, 'FR');
    assert(!number.ok, text);
    assert.equal(number.refusal, 'malformed_address');
  }
});

test('S13: numbers whose owner earns from each message are refused, and so are those of no country', () => {
  const texts = [
    '+33899123456',
    '+19002345678',
    '+448712345678',
    '+447012345678',
    '+882161234567',
    '+8835100012345',
  ];
  for (const text of texts) assert.equal(parseSmsNumber(text).ok, false, text);
  for (const text of ['+12025550156', '+4915123456789', '+34612345678', '+447911123456', '+33765432198']) {
    assert.equal(parseSmsNumber(text).ok, true, text);
  }
});

test('numbers that regulators keep for fiction can be used, in every spelling', () => {
  for (const text of ['06 39 98 01 12', '+33 (0)6 39 98 01 12', '+33639980112']) {
    assert.deepEqual(parseSmsNumber(text, 'FR'), {
      ok: true,
      value: { e164: '+33639980112', country: 'FR' },
    });
  }
  const british = parseSmsNumber('07700 900123', 'GB');
  assert.deepEqual(british, { ok: true, value: { e164: '+447700900123', country: 'GB' } });
  assert.equal(maskAddress('+33639980112'), '+33 6 •• •• •• 12');
});

test('a masked number keeps its country, its first and its last two digits', () => {
  assert.equal(maskAddress('+33612345678'), '+33 6 •• •• •• 78');
  assert.equal(maskAddress('+12025550156'), '+1 2•• ••• ••56');
  assert.equal(maskAddress('+4915123456789'), '+49 1••• •••••89');
  assert.equal(maskAddress('12345'), '••••5');
  assert.equal(maskAddress(''), '');
});
