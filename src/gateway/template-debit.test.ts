import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LANGUAGES } from '../std/language.ts';
import { momentText } from './moment-text.ts';
import { segment } from './sms/segment.ts';
import { MESSAGE_SEGMENTS_MAX } from './template-fit.ts';
import { renderMessage } from './template.ts';

const AT_MS = 1_796_565_900_000;

function debit(
  payeeName: string,
  clientName: string,
  language: (typeof LANGUAGES)[number],
  card: string | null,
) {
  const { text } = renderMessage({
    kind: 'debit',
    amount: { value: '312.40', currency: 'EUR' },
    payeeName,
    lastFour: card,
    at: momentText(AT_MS, language),
    language,
    clientName,
  });
  const cut = segment(text, { reference: 1, referenceBits: 8 });
  assert.ok(cut.ok, text);
  return { text, segments: cut.value.length };
}

test('B7: a debit is told in one segment where names are as usual', () => {
  for (const language of LANGUAGES) {
    for (const card of ['1234', null]) {
      const { text, segments } = debit('Acme', 'Acme Bank', language, card);
      assert.equal(segments, 1, text);
    }
  }
  const { text } = debit('Acme', 'Acme Bank', 'en', '1234');
  assert.equal(
    text,
    'EUR 312.40 to Acme debited from card ...1234, 6 Dec 2026, 14:05 UTC. Not you? Contact Acme Bank.',
  );
});

test('B7: whatever the names are, amount, card and moment are whole, in one line', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 90 }).map((text) => `N${text}`);
  fc.assert(
    fc.property(
      name,
      name,
      fc.constantFrom(...LANGUAGES),
      fc.constantFrom('1234', null),
      (payee, client, language, card) => {
        const { text, segments } = debit(payee, client, language, card);
        assert.ok(segments <= MESSAGE_SEGMENTS_MAX, text);
        assert.ok(text.includes(momentText(AT_MS, language)) && /312[.,]40/.test(text), text);
        assert.ok(card === null || text.includes(`...${card}`), text);
        assert.doesNotMatch(text, /[\n\r\p{Zl}\p{Zp}]/u);
      },
    ),
    { numRuns: 300 },
  );
});
