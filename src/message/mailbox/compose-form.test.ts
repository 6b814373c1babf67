import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftOf, fieldsOf, NO_FIELDS, typeOfFile } from './compose-form.ts';

const typed = (fields: Record<string, string>) => fieldsOf(new Map(Object.entries(fields)));
const WHOLE = { to: ' bruno ', subject: 'Lease', text: 'one\r\ntwo', valid: '7', acceptance: '1' };

test('M2: what was typed becomes a draft, and line breaks are as people count them', () => {
  const draft = draftOf(typed(WHOLE));
  assert.deepEqual(draft.ok && draft.value, {
    addressees: [{ identifier: { value: 'bruno' } }],
    addresseeName: null,
    subject: 'Lease',
    text: 'one\ntwo',
    acceptance: true,
    language: null,
    notifySender: false,
    validityMs: 7 * 86_400_000,
  });
});

test('M2: an addressee is a customer, a number, or a name or mail address with a number', () => {
  const addressees = (fields: Record<string, string>) => {
    const draft = draftOf(typed({ ...WHOLE, ...fields }));
    return draft.ok ? [draft.value.addressees, draft.value.addresseeName] : draft.refusal;
  };
  assert.deepEqual(addressees({ to: '+33 6 39 98 01 14' }), [
    [{ identifier: { value: '+33 6 39 98 01 14' } }, { number: '+33 6 39 98 01 14' }],
    null,
  ]);
  assert.deepEqual(addressees({ to: 'carl@example.org', number: '+33639980114' }), [
    [{ number: '+33639980114', mail: 'carl@example.org' }],
    null,
  ]);
  assert.deepEqual(addressees({ to: 'Carl Ott', number: '+33639980114' }), [
    [{ number: '+33639980114' }],
    'Carl Ott',
  ]);
});

test('what is wrong is named, first fault first', () => {
  const problem = (fields: Record<string, string>) => {
    const draft = draftOf(typed({ ...WHOLE, ...fields }));
    return draft.ok ? null : draft.refusal;
  };
  assert.equal(problem({ to: '  ' }), 'to_missing');
  assert.equal(problem({ subject: '' }), 'subject_missing');
  assert.equal(problem({ subject: 'two\u2028lines' }), 'subject_malformed');
  assert.equal(problem({ subject: 'hidden \u202e order' }), 'subject_malformed');
  assert.equal(problem({ subject: 'x'.repeat(141) }), 'subject_malformed');
  assert.equal(problem({ text: 'x'.repeat(20_001) }), 'text_too_long');
  assert.equal(problem({ text: 'x\r\n'.repeat(10_000) }), null, 'a line break is one character');
});

test('what no page offers is what a page begins with', () => {
  const fields = typed({ valid: '9999', language: 'xx', notify: 'yes' });
  assert.deepEqual([fields.validDays, fields.language, fields.notifySender], [15, '', false]);
  assert.deepEqual(draftOf(NO_FIELDS).ok, false);
});

test('a file is what the browser says, else what its name says', () => {
  assert.equal(typeOfFile('a.pdf', 'application/pdf'), 'application/pdf');
  assert.equal(typeOfFile('fax.TIFF', ''), 'image/tiff');
  assert.equal(typeOfFile('notes.md', 'text/markdown'), 'text/plain');
  assert.equal(typeOfFile('tool.exe', 'application/x-msdownload'), 'application/x-msdownload');
  assert.equal(typeOfFile('constructor', ''), '');
});
