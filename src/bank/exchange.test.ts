import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { makeKeyRingText, parseKeyRing } from '../std/key-ring.ts';
import { systemRandom } from '../std/random.ts';
import { Secret } from '../std/secret.ts';
import { isPan, openCard, sealCard } from './card.ts';
import { currencyNumber } from './currency.ts';
import {
  judgeAdvice,
  judgeAnswer,
  noAnswer,
  ORIGINAL_LIFE_MS,
  repeatAfterMs,
  type Exchange,
} from './exchange.ts';
import type { Fields } from './iso8583/message.ts';
import { adviceMessage, questionMessage } from './messages.ts';

const amount = { minor: 31_240n, currency: 'EUR' };
const EXCHANGE: Exchange = {
  home: 7,
  id: 'bex_1',
  tenantId: 'ten_1',
  bankId: 'acme-bank',
  kind: 'authorise',
  stan: '000123',
  rrn: '617200000122',
  terminal: 'CSIGN001',
  merchant: 'COUNTERSIGN    ',
  processing: '000000',
  amount,
  transmittedMs: Date.UTC(2026, 5, 21, 12, 0, 7),
};

function judge(fields: Fields) {
  const { state, undo } = judgeAnswer({ amount }, { mti: '0110', fields });
  return `${state}${undo === null ? '' : `, undone: ${undo}`}`;
}

test('S17, S21: an answer approves only when it says so plainly, and of what was asked', () => {
  assert.equal(judge({ 39: '00' }), 'approved');
  assert.equal(judge({ 39: '00', 4: '000000031240', 49: '978' }), 'approved');
  assert.equal(judge({ 39: '00', 49: 'EUR' }), 'approved');
  assert.equal(judge({ 39: '00', 4: '000000031241' }), 'unknown, undone: malfunction');
  assert.equal(judge({ 39: '00', 49: '840' }), 'unknown, undone: malfunction');
  assert.equal(judge({}), 'unknown, undone: malfunction');
  assert.equal(judge({ 39: '68' }), 'unknown, undone: no_answer');
  assert.equal(judge({ 39: '10', 4: '000000001000' }), 'declined, undone: partial');
  assert.equal(judge({ 39: '85' }), 'declined, undone: no_action');
  assert.equal(judge({ 39: 'N7' }), 'declined, undone: no_action');
  assert.equal(judge({ 39: '05' }), 'declined');
  assert.equal(noAnswer('silence').undo, 'no_answer');
  assert.equal(judgeAnswer({ amount }, { mti: '0110', fields: { 39: '00', 38: '12AB  ' } }).authCode, '12AB');
});

test('S21: a reversal is never given up; a completion ends by yes or by no', () => {
  const undo = { kind: 'undo', attempts: 1, originalAgeMs: 0 } as const;
  for (const code of [null, '05', '12', '25', '30', '68', '94', '96', 'XX'])
    assert.equal(judgeAdvice(undo, code), null);
  assert.equal(judgeAdvice(undo, '00'), 'acknowledged');
  assert.equal(judgeAdvice({ ...undo, attempts: 2 }, '94'), 'acknowledged');
  assert.equal(judgeAdvice({ ...undo, originalAgeMs: ORIGINAL_LIFE_MS }, '25'), 'acknowledged');
  const complete = { kind: 'complete', attempts: 1, originalAgeMs: ORIGINAL_LIFE_MS } as const;
  assert.deepEqual(
    ['00', '25', '05', '10', 'XX', '68', '96', null].map((code) => judgeAdvice(complete, code)),
    ['acknowledged', 'refused', 'refused', 'refused', 'refused', null, null, null],
  );
});

test('an advice waits longer each time, and never longer than the most', () => {
  const timing = { repeatBaseMs: 100, repeatMaxMs: 1_000 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 9_999].map((attempts) => repeatAfterMs(attempts, timing, 1)),
    [100, 200, 400, 800, 1_000, 1_000],
  );
  assert.equal(repeatAfterMs(1, timing, 0), 50);
});

test('B8: an advice repeats itself but for its type, and names its original', () => {
  const card = { pan: new Secret('4970101234567890'), expiry: '3012' };
  const facts = {
    acquirer: '456789',
    original: { kind: 'authorise', stan: '000122', transmittedMs: EXCHANGE.transmittedMs },
    authCode: null,
    reason: 'no_answer',
  } as const;
  const advice = { ...EXCHANGE, kind: 'undo' } as const;
  const first = adviceMessage(advice, card, { ...facts, attempt: 1 });
  const again = adviceMessage(advice, card, { ...facts, attempt: 2 });
  assert.deepEqual([first.mti, again.mti], ['0420', '0421']);
  assert.deepEqual(first.fields, again.fields);
  assert.deepEqual(first.fields[90], {
    mti: '0100',
    stan: '000122',
    transmitted: '0621120007',
    acquirer: '00000456789',
    forwarder: '00000000000',
  });
  assert.equal(first.fields[39], '68');
});

test('the merchant’s name is written in what field 43 has', () => {
  const card = { pan: new Secret('4970101234567890'), expiry: null, entry: 'chip' } as const;
  const acceptor = {
    name: 'Café Zürich – 25 µm und mehr als das',
    city: 'Łódź',
    country: 'PL',
    category: '5812',
  };
  const { fields } = questionMessage(EXCHANGE, card, '1', acceptor);
  assert.deepEqual(fields[43], { name: 'Cafe Zurich . 25 .m und m', city: '.odz         ', country: 'PL' });
  assert.deepEqual(
    [fields[4], fields[49], fields[22], fields[14]],
    ['000000031240', '978', '051', undefined],
  );
});

test('S8: a card is sealed for one exchange under one key, without its security code', () => {
  const ring = parseKeyRing(makeKeyRingText(systemRandom));
  const other = parseKeyRing(makeKeyRingText(systemRandom));
  assert.ok(ring.ok && other.ok);
  const card = { pan: new Secret('4970101234567890'), expiry: '3012', securityCode: new Secret('737') };
  const sealed = sealCard(ring.value, 'bex_1', card, systemRandom);
  assert.ok(!Buffer.from(sealed.card).toString('latin1').includes('4970'));
  const opened = openCard(ring.value, 'bex_1', sealed);
  assert.deepEqual([opened?.pan.reveal(), opened?.expiry], ['4970101234567890', '3012']);
  assert.deepEqual(Object.keys(opened ?? {}), ['pan', 'expiry']);
  assert.equal(openCard(ring.value, 'bex_2', sealed), null);
  assert.equal(openCard(other.value, 'bex_1', sealed), null);
  assert.equal(openCard(ring.value, 'bex_1', { ...sealed, keyId: 'gone' }), null);
  assert.ok(!inspect(card, { depth: 5 }).includes('4970') && !JSON.stringify(card).includes('737'));
  assert.deepEqual(
    ['4970101234567890', '49701012345', '4970 1012 3456'].map((pan) => isPan(new Secret(pan))),
    [true, false, false],
  );
});

test('currencies have their numbers', () => {
  const codes = ['EUR', 'USD', 'JPY', 'CHF', 'KWD', 'XXX', 'eur', ''];
  assert.deepEqual(codes.map(currencyNumber), ['978', '840', '392', '756', '414', null, null, null]);
});
