import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../std/assert.ts';
import { parseKeyRing } from '../std/key-ring.ts';
import { searchTokens, textsOfParty, tokensOf, wordsOf } from './search.ts';

function ring(text: string) {
  const read = parseKeyRing(text);
  return must(read.ok ? read.value : null, 'the ring of a test is well-formed');
}

const key = (fill: string) => Buffer.alloc(32).fill(fill).toString('base64');
const keys = ring(`k1:${key('one')}`);
const MAILBOX = Buffer.alloc(16, 1);

function finds(q: string, texts: string[], mailbox: Uint8Array = MAILBOX): boolean {
  const tokens = new Set(tokensOf(keys, 'k1', MAILBOX, texts));
  return searchTokens(keys, mailbox, q).some((wanted) => wanted.every((token) => tokens.has(token)));
}

test('words are found by their beginnings, in any case and with or without accents', () => {
  assert.deepEqual(wordsOf('Résiliation du bail, n° 7'), ['resiliation', 'du', 'bail', 'n', '7']);
  const texts = ['Résiliation du bail', 'Marie Dupont'];
  for (const q of ['resil', 'RÉSILIATION', 'bail marie', 'dup du', 're']) assert.ok(finds(q, texts), q);
  for (const q of ['siliation', 'bail paul', 'duponts']) assert.ok(!finds(q, texts), q);
  assert.ok(
    finds('constitutionnellement', ['anticonstitutionnellement constitutionnellement']),
    'by 12 letters',
  );
});

test('a number is found in every spelling', () => {
  const party = {
    subscriberId: null,
    name: null,
    number: '+33612345678',
    mail: null,
    source: 'caller',
    shown: '+33612345678',
  } as const;
  for (const q of ['+33 6 12 34 56 78', '06 12 34', '0612345678', '612345678', '33612']) {
    assert.ok(finds(q, textsOfParty(party)), q);
  }
  assert.ok(!finds('07', textsOfParty(party)));
});

test('S8: equal words in two mailboxes have nothing in common, and a rotated key still finds what is old', () => {
  const other = Buffer.alloc(16, 2);
  assert.ok(!finds('bail', ['bail'], other));
  const old = new Set(tokensOf(keys, 'k1', MAILBOX, ['bail']));
  const rotated = ring(`k2:${key('two')},k1:${key('one')}`);
  assert.ok(searchTokens(rotated, MAILBOX, 'bail').some(([token]) => token !== undefined && old.has(token)));
});

test('what has no word finds nothing', () => {
  for (const q of ['', '  ', '+', '()', '—']) assert.deepEqual(searchTokens(keys, MAILBOX, q), [], q);
});
