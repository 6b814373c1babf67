import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asLanguage, chooseLanguage } from './language.ts';

test('the preferred language wins over the header, where we speak it', () => {
  assert.equal(chooseLanguage('de', 'fr'), 'fr');
  assert.equal(chooseLanguage('de', 'ES'), 'es');
  assert.equal(chooseLanguage('de', 'nl'), 'de');
  assert.equal(chooseLanguage('de', ''), 'de');
  assert.equal(chooseLanguage('de', null), 'de');
});

test('the header is read by its weights, the first of equals first', () => {
  const rows = [
    ['', 'en'],
    ['fr', 'fr'],
    ['fr-CA,fr;q=0.8,en;q=0.5', 'fr'],
    ['nl, de;q=0.7, en;q=0.3', 'de'],
    ['en;q=0.3, es;q=0.9', 'es'],
    ['de;q=0, en;q=0.1', 'en'],
    ['de;q=0', 'en'],
    ['es, fr', 'es'],
    ['*', 'en'],
    ['deutsch', 'en'],
    ['de;q=7, fr;q=0.2', 'fr'],
    [';;,,q=', 'en'],
  ] as const;
  for (const [header, expected] of rows) assert.equal(chooseLanguage(header), expected, header);
});

test('a header of absurd length is read only at its beginning', () => {
  assert.equal(chooseLanguage(`${'nl,'.repeat(5000)}de`), 'en');
});

test('a tag is a language only by its whole first part', () => {
  assert.equal(asLanguage('de-AT'), 'de');
  assert.equal(asLanguage('den'), null);
  assert.equal(asLanguage(undefined), null);
});
