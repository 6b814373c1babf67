import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELDS, readForm, type Posted } from './form.ts';
import type { FieldErrors, Offers } from './view.ts';

/** What a payer types, field by field. */
const NOW_MS = Date.UTC(2026, 10, 22);
const ASKED: Offers = { payer: 'asked', cards: [], bill: false, trust: false, mayBeExempt: false };
const NAMED: Offers = {
  payer: 'named',
  cards: [{ token: 'crd_1', text: 'Visa ···· 1111', expires: '03/29' }],
  bill: true,
  trust: true,
  mayBeExempt: false,
};

function typed(more: Partial<Record<keyof typeof FIELDS, string>> = {}): Posted {
  const fields = { number: '4111 1111 1111 1111', expiry: '03 / 29', code: '123', means: 'card', ...more };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [FIELDS[name as keyof typeof FIELDS], value]),
  );
}

test('B1: a card that is typed is read, and revealed to the verb only (S8)', () => {
  const read = readForm(typed({ who: ' alice ', keep: '1' }), ASKED, NOW_MS);
  assert.ok(read.choice?.means.kind === 'card');
  const { card, keep } = read.choice.means;
  assert.deepEqual(
    [card.pan.reveal(), card.expiry, card.securityCode?.reveal(), keep],
    ['4111111111111111', '2903', '123', true],
  );
  assert.deepEqual(read.choice.payers, [{ identifier: { value: 'alice' } }]);
  assert.doesNotMatch(JSON.stringify(read), /4111|"123"/);
});

test('what may be a telephone is looked for by name first, then as the number that it is', () => {
  const read = readForm(typed({ who: '+33 6 39 98 01 12' }), ASKED, NOW_MS);
  assert.deepEqual(read.choice?.payers, [
    { identifier: { value: '+33 6 39 98 01 12' } },
    { address: { channel: 'sms', value: '+33639980112' } },
  ]);
});

test('each field says what is wrong with it, all at once', () => {
  const cases: [Parameters<typeof typed>[0], FieldErrors][] = [
    [{}, { who: 'missing' }],
    [
      { who: 'a', number: '', expiry: '', code: '' },
      { number: 'missing', expiry: 'missing', code: 'missing' },
    ],
    [{ who: 'a', number: '4111 1111 1111 1112' }, { number: 'malformed' }],
    [{ who: 'a', number: '4111 1111' }, { number: 'malformed' }],
    [{ who: 'a', expiry: '13/29' }, { expiry: 'malformed' }],
    [{ who: 'a', expiry: '10/26' }, { expiry: 'expired' }],
    [{ who: 'a', code: '1234' }, { code: 'malformed' }],
    [{ who: 'a', number: '378282246310005', code: '123' }, { code: 'malformed' }],
  ];
  for (const [fields, errors] of cases) {
    const read = readForm(typed(fields), ASKED, NOW_MS);
    assert.deepEqual(read.errors, errors, JSON.stringify(fields));
    assert.equal(read.choice, null);
  }
});

test('only what was offered can be chosen; anything else is a card that is to be typed', () => {
  const chosen = (means: string, offers = NAMED) =>
    readForm({ [FIELDS.means]: means }, offers, NOW_MS).choice?.means ?? null;
  assert.deepEqual(chosen('crd_1'), { kind: 'card_on_file', token: 'crd_1' });
  assert.deepEqual(chosen('bill'), { kind: 'trustee' });
  assert.equal(chosen('crd_2'), null, 'S14');
  assert.equal(chosen('bill', { ...NAMED, bill: false }), null);
  assert.deepEqual(readForm({ [FIELDS.means]: 'bill' }, NAMED, NOW_MS).choice?.payers, []);
});
