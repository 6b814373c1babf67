import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../../std/secret.ts';
import { BRAND_RULES, brandOf, coBadgeOf, type BrandRule } from './brand.ts';
import {
  checkCard,
  checkExpiry,
  formatExpiry,
  groupDigits,
  isSecurityCode,
  maskPan,
  parseExpiry,
  parsePan,
  parseTypedExpiry,
  passesLuhn,
} from './number.ts';

const NOW_MS = Date.UTC(2026, 10, 22);

/** first digits, how many there are in all, brand, mask without the last four */
const CASES = `
  4000001234  16  visa        Visa
  4222222     13  visa        Visa
  49700000    16  visa        Visa
  51          16  mastercard  Mastercard
  5599        16  mastercard  Mastercard
  2221        16  mastercard  Mastercard
  2720        16  mastercard  Mastercard
  2721        16  unknown     Card
  2220        16  unknown     Card
  34          15  amex        American Express
  378282      15  amex        American Express
  5018        12  maestro     Maestro
  6759        19  maestro     Maestro
  6011        16  discover    Discover
  644         16  discover    Discover
  643         16  unknown     Card
  65          19  discover    Discover
  36          14  diners      Diners Club
  3095        16  diners      Diners Club
  3528        16  jcb         JCB
  3589        19  jcb         JCB
  3590        16  unknown     Card
  62          17  unionpay    UnionPay
  9           16  unknown     Card`;

function withCheckDigit(start: string, length: number): string {
  const body = start.padEnd(length - 1, '1');
  for (let last = 0; last < 10; last++) if (passesLuhn(`${body}${last}`)) return `${body}${last}`;
  throw new Error('one of ten digits always fits');
}

function cases(): { start: string; length: number; brand: string; name: string }[] {
  return CASES.trim()
    .split('\n')
    .map((line) => {
      const [start = '', length = '', brand = '', ...name] = line.trim().split(/\s+/);
      return { start, length: Number(length), brand, name: name.join(' ') };
    });
}

test('B1: a card is of the brand that its first digits say, and is shown by brand and last four', () => {
  for (const { start, length, brand, name } of cases()) {
    const digits = withCheckDigit(start, length);
    assert.equal(brandOf(digits), brand, start);
    const pan = parsePan(digits);
    assert(pan.ok, start);
    assert.equal(maskPan(pan.value), `${name} ···· ${digits.slice(-4)}`);
    assert(!inspect(pan).includes(digits), 'a number is wrapped');
  }
  assert.equal(coBadgeOf('4970'), 'cb');
  assert.equal(coBadgeOf('4000'), null);
  assert.equal(brandOf(''), 'unknown');
  assert.equal(brandOf('4'), 'visa', 'the first digit is enough for some');
});

test('B1: a number with one digit wrong or two neighbours changed over is found', () => {
  const body = fc.array(fc.nat(9), { minLength: 13, maxLength: 13 });
  fc.assert(
    fc.property(body, fc.nat(14), fc.integer({ min: 1, max: 9 }), (digits, at, by) => {
      const whole = withCheckDigit(`40${digits.join('')}`, 16);
      assert(parsePan(whole).ok);
      const place = at + 1;
      const wrong = String((Number(whole[place]) + by) % 10);
      assert.equal(
        passesLuhn(`${whole.slice(0, place)}${wrong}${whole.slice(place + 1)}`),
        false,
        'one digit',
      );
      const [a, b] = [whole[place - 1] ?? '', whole[place] ?? ''];
      const turned = `${whole.slice(0, place - 1)}${b}${a}${whole.slice(place + 1)}`;
      // 09 and 90 are what the check digit cannot tell apart.
      const same = a === b || `${a}${b}` === '09' || `${a}${b}` === '90';
      assert.equal(passesLuhn(turned), same, 'two neighbours');
    }),
  );
});

test('S8: whatever is typed as a number, the answer is a number or a refusal that shows nothing of it', () => {
  const typed = fc.oneof(fc.string(), fc.stringMatching(/^[0-9 -]{0,30}$/), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(typed, (text) => {
      const read = parsePan(text);
      if (read.ok) {
        const digits = read.value.reveal();
        const rule: BrandRule = BRAND_RULES[brandOf(digits)];
        assert(rule.lengths.includes(digits.length));
        assert.deepEqual(parsePan(groupDigits(digits)), read);
      } else assert(!/\d/.test(read.detail ?? ''), 'a refusal has no digit');
    }),
  );
  for (const text of ['', '4000', '4'.repeat(20), `${withCheckDigit('4', 16)}x`, '4'.repeat(1000)]) {
    assert.equal(parsePan(text).ok, false, `${text.slice(0, 20)} is refused`);
  }
  assert(parsePan('4000\u00a00000-0000\u20110002').ok, 'spaces and hyphens of any kind');
});

test('B1: an expiry is read as people write it and as messages have it', () => {
  const typed = ['09/28', '9/28', '09/2028', '09 / 28', '09-28', '09.2028', '0928', '092028', ' 09/28 '];
  for (const text of typed) assert.deepEqual(parseTypedExpiry(text), { ok: true, value: '2809' }, text);
  for (const text of ['2809', '09/28', '09/2028']) {
    assert.deepEqual(parseExpiry(text), { ok: true, value: '2809' }, text);
  }
  for (const text of ['', '13/28', '00/28', '2813', '9', '09/', '/28', '09/1928', '9/9/28', '0928x']) {
    assert.equal(parseTypedExpiry(text).ok, false, text);
    assert.equal(parseExpiry(text).ok, false, text);
  }
  assert.equal(formatExpiry('2809'), '09/28');
});

test('B1: a card is good until its month is over everywhere, and no longer', () => {
  const end = Date.UTC(2028, 9, 1) + 12 * 3_600_000;
  assert(checkExpiry('2809', end - 1).ok);
  const over = checkExpiry('2809', end);
  assert(!over.ok && over.refusal === 'card_expired');
  assert(checkExpiry('2612', Date.UTC(2026, 11, 31)).ok, 'December ends with its year');
  const far = checkExpiry('9901', NOW_MS);
  assert(!far.ok && far.refusal === 'card_malformed');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 24 * 12 }), (months) => {
      const at = new Date(Date.UTC(2026, 10 + months, 1));
      const text = `${String(at.getUTCFullYear()).slice(2)}${String(at.getUTCMonth() + 1).padStart(2, '0')}`;
      assert(checkExpiry(text, NOW_MS).ok, text);
    }),
  );
});

test('B1: a card is judged whole before any bank is asked', () => {
  const digits = withCheckDigit('400000', 16);
  const card = { pan: new Secret(digits), expiry: '2809', securityCode: new Secret('123') };
  assert(checkCard(card, NOW_MS).ok);
  assert(checkCard({ ...card, securityCode: null }, NOW_MS).ok, 'a terminal has none');
  const refusals = [
    { ...card, pan: new Secret(`${digits.slice(0, 15)}x`) },
    { ...card, pan: new Secret(groupDigits(digits)) },
    { ...card, expiry: '2813' },
    { ...card, securityCode: new Secret('1234') },
  ].map((each) => checkCard(each, NOW_MS));
  for (const refused of refusals) assert(!refused.ok && refused.refusal === 'card_malformed');
  const old = checkCard({ ...card, expiry: '2610' }, NOW_MS);
  assert(!old.ok && old.refusal === 'card_expired');
  assert(isSecurityCode('amex', '1234') && !isSecurityCode('amex', '123'));
});

test('B1: digits are set apart as they stand on the card', () => {
  assert.equal(groupDigits('4000001234567899'), '4000 0012 3456 7899');
  assert.equal(groupDigits('378282246310005'), '3782 822463 10005');
  assert.equal(groupDigits('30569309025904'), '3056 930902 5904');
  assert.equal(groupDigits('40000'), '4000 0');
  assert.equal(groupDigits(''), '');
});
