import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RESPONSE_CODES } from '../../bank/iso8583/response-code.ts';
import type { Fields } from '../../bank/iso8583/message.ts';
import { declineCode, TERMINAL_CODES } from './answer-code.ts';
import { digestOf, originOf, readAsked } from './request.ts';
import { linesOf, ticketLines, ticketText, type Ticket } from './ticket.ts';

const SALE: Fields = {
  2: '4970101234567890',
  3: '000000',
  4: '000000031240',
  7: '1122183059',
  11: '000123',
  12: '193059',
  13: '1122',
  14: '3012',
  22: '051',
  35: '4970101234567890=30122010000',
  41: 'SHOP0001',
  42: 'ACME           ',
  49: '978',
};

/** What becomes of a sale with one field changed. */
const CASES: readonly (readonly [what: string, change: Fields, answer: string])[] = [
  ['as it should be', {}, 'sale'],
  ['number and expiry from the track', { 2: undefined, 14: undefined }, 'sale'],
  ['keyed by hand', { 22: '012', 35: undefined }, 'sale'],
  ['currency in letters', { 49: 'EUR' }, 'sale'],
  ['an amount of nothing', { 4: '000000000000' }, '13'],
  ['no amount', { 4: undefined }, '13'],
  ['no currency', { 49: undefined }, '57'],
  ['a currency of nobody', { 49: '999' }, '57'],
  ['another processing', { 3: '200000' }, '12'],
  ['no card', { 2: undefined, 35: undefined }, '30'],
  ['a track of another card', { 35: '4970101234567891=30122010000' }, '14'],
  ['a track of another expiry', { 35: '4970101234567890=31012010000' }, '14'],
  ['a track that is none', { 35: '0123456789' }, '30'],
  ['a month 13', { 14: '3013', 35: undefined }, '54'],
  ['read in an unknown way', { 22: '991' }, '30'],
  ['no time', { 12: undefined }, '30'],
  ['a code without its session', { 48: { '20': '123456' } }, '30'],
  ['a session without its code', { 48: { '10': 'pay_1' } }, '30'],
  ['a code with a card', { 48: { '10': 'pay_1', '20': '123456' } }, '30'],
];

for (const [what, change, expected] of CASES) {
  test(`B3: a sale with ${what}: ${expected}`, () => {
    const read = readAsked({ mti: '0200', fields: { ...SALE, ...change } });
    assert.equal(read.ok ? read.value.kind : read.refusal, expected);
  });
}

test('a code and a reversal are read; other messages are refused', () => {
  const { 3: processing, 4: amount, 7: time, 11: stan, 12: hour, 13: date, 49: currency } = SALE;
  const base = { 3: processing, 4: amount, 7: time, 11: stan, 12: hour, 13: date, 49: currency };
  const code = readAsked({ mti: '0201', fields: { ...base, 48: { '10': 'pay_1', '20': '12345678' } } });
  assert.ok(code.ok && code.value.kind === 'code');
  assert.deepEqual(code.value.amount, { minor: 31_240n, currency: 'EUR' });
  const original = { mti: '0200', stan: '000123', transmitted: '1122183059', acquirer: '', forwarder: '' };
  const reversal = readAsked({ mti: '0400', fields: { 90: original } });
  assert.deepEqual(reversal.ok && reversal.value, {
    kind: 'reversal',
    original: { stan: '000123', day: '1122' },
  });
  assert.ok(!readAsked({ mti: '0400', fields: { 90: { ...original, mti: '0100' } } }).ok);
  assert.ok(!readAsked({ mti: '0100', fields: SALE }).ok);
  assert.deepEqual(originOf({ mti: '0200', fields: SALE }), { day: '1122', stan: '000123' });
  assert.equal(originOf({ mti: '0200', fields: { 11: '000123' } }), null);
});

test('a repeat has the digest of its original, another question has not', () => {
  const key = Buffer.alloc(32, 1);
  const first = digestOf({ mti: '0200', fields: SALE }, key);
  assert.deepEqual(digestOf({ mti: '0201', fields: { ...SALE, 64: Buffer.alloc(8, 3) } }, key), first);
  for (const change of [{ 4: '000000031241' }, { 2: '4970101234567891' }, { 48: { '20': '1' } }]) {
    assert.notDeepEqual(digestOf({ mti: '0200', fields: { ...SALE, ...change } }, key), first);
  }
});

test('S17: no code of a bank that is no plain no is shown to a terminal; nothing sounds like 00 or 1A', () => {
  for (const code of [...Object.keys(RESPONSE_CODES), '1A', 'ZZ', '']) {
    const shown = declineCode(code);
    assert.ok(!['00', '1A', '55', '09', '11', '16', '10'].includes(shown), `${code} became ${shown}`);
  }
  assert.equal(declineCode('51'), '51');
  assert.equal(declineCode('91'), '91');
  assert.equal(declineCode('68'), '05');
  assert.equal(declineCode(null), '91');
  const done = Object.entries(TERMINAL_CODES).filter(([, { next }]) => next === 'done');
  assert.deepEqual(
    done.map(([code]) => code),
    ['00'],
  );
});

test('a ticket is as wide as the paper, in plain ASCII, and shows four digits of the card', () => {
  const ticket: Ticket = {
    language: 'fr',
    merchant: 'Boulangerie Étoile du Marché Saint-Honoré',
    place: 'Paris',
    terminal: 'SHOP0001',
    localDate: '1122',
    localTime: '193059',
    amount: { minor: 31_240n, currency: 'EUR' },
    card: 'Visa ···· 7890',
    authCode: 'A1B2C3',
    rrn: '632600000001',
    payment: 'pay_00000000000000000000000000',
    exemption: null,
  };
  for (const language of ['en', 'fr', 'de', 'es'] as const) {
    const lines = ticketLines({ ...ticket, language });
    assert.ok(
      lines.every((line) => line.length <= 32 && /^[ -~]*$/.test(line)),
      lines.join('\n'),
    );
    const text = ticketText({ ...ticket, language });
    assert.ok(text.length <= 999 && text.length % 32 === 0);
    assert.deepEqual(
      linesOf(text),
      lines.map((line) => line.trimEnd()),
    );
  }
  const printed = ticketLines(ticket).join('\n');
  assert.match(printed, /22\.11\. +19:30/);
  assert.match(printed, /Carte +Visa \*{4} 7890/);
  assert.match(printed, /MONTANT +EUR 312\.40/);
  assert.match(printed, /CONFIRME PAR CODE/);
  assert.match(ticketLines({ ...ticket, exemption: 'low_value' }).join('\n'), /SANS CODE\n +\(low_value\)/);
});
