import { LANGUAGES } from '../std/language.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { encodeGsm, gsmLength } from './sms/gsm.ts';
import { segment } from './sms/segment.ts';
import { cut, foldToGsm, MESSAGE_SEGMENTS_MAX, oneLine } from './template-fit.ts';
import { momentText } from './moment-text.ts';
import { ALERTS, MESSAGE_PURPOSES, NEWS, type MessagePurpose } from './template-texts.ts';
import {
  amountText,
  maskCode,
  renderMessage,
  type CodeMessage,
  type MessageAct,
  type NoticeMessage,
} from './template.ts';

const ACTS: Readonly<Record<MessagePurpose, MessageAct>> = {
  access: { purpose: 'access', resource: 'Acme intranet' },
  transfer: {
    purpose: 'transfer',
    amount: { value: '312.40', currency: 'EUR' },
    payee: { name: 'Acme', account: 'FR7630006000011234567890189' },
    debtorAccount: 'DE89370400440532013000',
  },
  payment: {
    purpose: 'payment',
    amount: { value: '312.40', currency: 'EUR' },
    payee: { name: 'Acme' },
  },
  order: {
    purpose: 'order',
    items: [
      { name: 'Coffee', quantity: 2 },
      { name: 'Tea', quantity: 1 },
    ],
    amount: { value: '312.40', currency: 'EUR' },
    payee: { name: 'Acme' },
  },
  send_message: {
    purpose: 'send_message',
    text: 'Lease',
    payee: { name: 'Acme' },
    contentDigest: '3fa94c1e'.repeat(8),
  },
  message: { purpose: 'message', text: 'Acme', contentDigest: '3fa94c1e'.repeat(8) },
  declaration: { purpose: 'declaration', text: 'New address', contentDigest: '3fa94c1e'.repeat(8) },
  bind_address: { purpose: 'bind_address' },
};

const message = (act: MessageAct, more: Partial<CodeMessage> = {}): CodeMessage => ({
  kind: 'code',
  act,
  code: '40718256',
  language: 'en',
  clientName: 'Acme Bank',
  domain: 'bank.example',
  ...more,
});

function segmentsOf(text: string, referenceBits: 8 | 16): number {
  const cut = segment(text, { reference: 1, referenceBits });
  assert.ok(cut.ok);
  return cut.value.length;
}

const written = (value: string, currency = 'EUR') =>
  LANGUAGES.map((language) => amountText({ value, currency }, language));

const gsmText = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'B', ' ', '7', 'é', '-'), minLength: 1, maxLength });

test('M1: every purpose in every language says the act first and the code last, in one GSM segment', () => {
  const seen = new Set<string>();
  for (const language of LANGUAGES) {
    for (const purpose of MESSAGE_PURPOSES) {
      const act = ACTS[purpose];
      const { text } = renderMessage(message(act, { language }));
      assert.ok((gsmLength(text) ?? 161) <= 160, text);
      const [body = '', lastLine, ...rest] = text.split('\n');
      assert.equal(lastLine, '@bank.example #40718256');
      assert.equal(rest.length, 0);
      assert.match(body, /: 40718256$/);
      assert.match(body, /Acme Bank/);
      if (act.amount) assert.ok(body.includes(language === 'en' ? 'EUR 312.40' : '312,40 EUR'), body);
      if (act.payee) assert.ok(body.indexOf('Acme') < body.indexOf('Acme Bank'), body);
      if (act.payee?.account) assert.ok(body.includes('(...0189)') && body.includes('...3000'), body);
      if (act.items) assert.ok(body.includes('2 x Coffee, 1 x Tea'), body);
      if (act.contentDigest) assert.ok(body.includes('3fa9-4c1e-3fa9'), body);
      assert.match(body, /Never tell|Ne donnez ce code|niemandem nennen|No diga esta clave/);
      seen.add(body);
    }
  }
  assert.equal(seen.size, LANGUAGES.length * MESSAGE_PURPOSES.length);
});

test('M1: the text of a transfer, whole', () => {
  assert.equal(
    renderMessage(message(ACTS.transfer)).text,
    'Transfer EUR 312.40 to Acme (...0189), from account ...3000. Asked by Acme Bank. ' +
      'Never tell this code to anyone: 40718256\n@bank.example #40718256',
  );
});

test('M3 M6: the texts of a registered message and of a declaration, whole', () => {
  const bodyOf = (act: MessageAct) => renderMessage(message(act)).text.split('. ')[0];
  assert.equal(
    bodyOf(ACTS.send_message),
    'Send the registered message "Lease" to Acme, fingerprint 3fa9-4c1e-3fa9',
  );
  assert.equal(bodyOf(ACTS.message), 'Open the registered message from Acme, fingerprint 3fa9-4c1e-3fa9');
  assert.equal(
    bodyOf({ purpose: 'message', contentDigest: '3fa94c1e'.repeat(8) }),
    'Open the registered message, fingerprint 3fa9-4c1e-3fa9',
  );
  assert.equal(bodyOf(ACTS.declaration), 'Submit the declaration "New address", fingerprint 3fa9-4c1e-3fa9');
});

test('S7: a subject that imitates the addressee stays within its quotes', () => {
  for (const text of ['Lease" to Mallory, "', 'Lease” to Mallory, “']) {
    const { text: sent } = renderMessage(message({ ...ACTS.send_message, text }));
    assert.match(sent, /^Send the registered message "Lease' to Mallory, '" to Acme, fingerprint/);
  }
});

const notice = (more: Partial<NoticeMessage> = {}): NoticeMessage => ({
  kind: 'notice',
  senderName: 'Acme Bank',
  number: '7K2M-9QXR',
  url: 'https://post.example/mail/cli_0g3n5s2h8v4k7m1q9r',
  acceptance: false,
  reminder: false,
  expiresAt: momentText(1_796_565_900_000, 'en'),
  language: 'en',
  clientName: 'Post',
  ...more,
});

test('M8: a notice says from whom, until when and where to go, in one GSM segment, and nothing else', () => {
  assert.equal(
    renderMessage(notice()).text,
    'Registered message from Acme Bank waits for you. Read it by 6 Dec 2026, 14:05 UTC at ' +
      'https://post.example/mail/cli_0g3n5s2h8v4k7m1q9r (no. 7K2M-9QXR). Post.',
  );
  assert.equal(
    renderMessage(notice({ url: 'https://countersign.example/mail/cli_0g3n5s2h8v4k7m1q9r6t2w8x5z' })).text,
    'Registered message from Acme Bank. Read it by 6 Dec 2026, 14:05 UTC at ' +
      'https://countersign.example/mail/cli_0g3n5s2h8v4k7m1q9r6t2w8x5z',
  );
  const seen = new Set<string>();
  for (const language of LANGUAGES) {
    for (const acceptance of [true, false]) {
      for (const reminder of [true, false]) {
        const expiresAt = momentText(1_796_565_900_000, language);
        const senderName = 'Ministry of Agriculture, Forestry, Regions and Water';
        const content = notice({ language, acceptance, reminder, expiresAt, senderName });
        const { text } = renderMessage(content);
        assert.ok((gsmLength(text) ?? 161) <= 160, text);
        assert.ok(text.endsWith(content.url) && text.includes(expiresAt), text);
        assert.match(text, / Ministry of A/);
        assert.doesNotMatch(text, /[\n#]/);
        seen.add(text);
      }
    }
  }
  assert.equal(seen.size, LANGUAGES.length * 4);
});

test('S19: an address that could open a message by itself is never sent', () => {
  for (const url of ['https://post.example/mail?session=x', 'https://post.example/m#x', 'post.example']) {
    assert.throws(() => renderMessage(notice({ url })), /opens nothing by itself/);
  }
});

test('M6: the sender is told what became of his message, in every language, in one GSM segment', () => {
  const seen = new Set<string>();
  for (const language of LANGUAGES) {
    for (const event of NEWS) {
      const at = momentText(1_796_565_900_000, language);
      const content = { addresseeName: 'Bob Berger', subject: 'The "new" lease', clientName: 'Post' };
      const { text } = renderMessage({ kind: 'news', event, at, language, ...content });
      assert.ok((gsmLength(text) ?? 161) <= 160, text);
      assert.ok(text.includes(`"The 'new' lease"`) && text.includes('Bob Berger'), text);
      assert.ok(text.includes(at) && text.endsWith('Post.'), text);
      seen.add(text);
    }
  }
  assert.equal(seen.size, LANGUAGES.length * NEWS.length);
});

test('the moment in a message is in GSM letters and cannot be read in two ways', () => {
  assert.deepEqual(
    LANGUAGES.map((language) => momentText(1_796_565_900_000, language)),
    ['6 Dec 2026, 14:05 UTC', '06/12/2026, 14:05 UTC', '06.12.2026, 14:05 UTC', '06/12/2026, 14:05 UTC'],
  );
});

test('a detail that the sentence of the purpose does not name is said after it', () => {
  const { text } = renderMessage(
    message({ ...ACTS.access, amount: { value: '9.00', currency: 'CHF' }, text: 'Day ticket.' }),
  );
  assert.match(text, /^Access to Acme intranet, CHF 9\.00: Day ticket\. Asked by/);
});

test('S11: binding says the number in GSM letters, and not the digest that stands for its id', () => {
  const act: MessageAct = {
    purpose: 'bind_address',
    text: '+33 6 •• •• •• 12',
    contentDigest: '3fa94c1e'.repeat(8),
  };
  const { text } = renderMessage(message(act, { language: 'fr' }));
  assert.match(text, /^Enregistrement d'un numéro : \+33 6 \*\* \*\* \*\* 12\. Demandé par/);
  assert.ok(gsmLength(text));
});

test('amounts are written with the code of the currency and only the separators of the language', () => {
  assert.deepEqual(written('1312.40'), ['EUR 1,312.40', '1 312,40 EUR', '1.312,40 EUR', '1.312,40 EUR']);
  assert.deepEqual(written('0.05'), ['EUR 0.05', '0,05 EUR', '0,05 EUR', '0,05 EUR']);
  assert.deepEqual(written('1312', 'JPY'), ['JPY 1312', '1312 JPY', '1312 JPY', '1312 JPY']);
  assert.equal(written('12500000', 'JPY')[1], '12 500 000 JPY');
  assert.equal(written('1234.567', 'KWD')[2], '1.234,567 KWD');
});

test('alerts are one GSM segment in every language, name the client, and carry no code and no link', () => {
  assert.match(
    renderMessage({ kind: 'alert', alert: 'blocked', language: 'en', clientName: 'Acme' }).text,
    /blocked for a while\./,
  );
  for (const language of LANGUAGES) {
    for (const alert of ALERTS) {
      for (const blockMs of [30_000, 60_000, 3_600_000, 86_400_000]) {
        const { text } = renderMessage({ kind: 'alert', alert, language, clientName: 'Acme Bank', blockMs });
        assert.ok((gsmLength(text) ?? 161) <= 160, text);
        assert.ok(text.includes('Acme Bank'));
        assert.doesNotMatch(text, /[@#\n]|\d{6}/);
        const shown = { 30_000: '30', 60_000: '1 ', 3_600_000: '60 ' }[blockMs] ?? '1440 ';
        assert.equal(text.includes(` ${shown}`), alert === 'blocked', text);
      }
    }
  }
});

test('a long payee gives way before the text, and neither is cut inside a number or a character', () => {
  const payee = {
    name: 'François Lefèbvre et Fils, société anonyme de très grand renom',
    account: 'FR0123456789',
  };
  const { text } = renderMessage(message({ ...ACTS.transfer, payee }));
  assert.ok((gsmLength(text) ?? 161) <= 160);
  assert.match(
    text,
    /^Transfer EUR 312\.40 to Francois Lefè[^.]*\.\.\. \(\.\.\.6789\), from account \.\.\.3000\. /,
  );
  assert.equal(cut('Invoice 20241188', 15, true), 'Invoice...');
  assert.equal(cut('Pay 1,250.00 now', 13, true), 'Pay...');
  assert.equal(cut('漢字👩🏽漢字', 6, false), '漢字…');
  assert.equal(cut('Ciel bleu', 9, true), 'Ciel bleu');
});

test('letters of Latin are folded when that saves the message from UCS-2; other scripts stay exact', () => {
  assert.equal(foldToGsm('Škoda – “Łódź” œuvre…'), 'Skoda - "Lodz" oeuvre...');
  assert.equal(foldToGsm('Peña & Söhne à Åre'), 'Peña & Söhne à Åre');
  assert.equal(foldToGsm('株式会社'), null);
  assert.equal(foldToGsm('Acme 😀'), null);
  const { text } = renderMessage(message({ ...ACTS.payment, payee: { name: '株式会社アクメ' } }));
  assert.ok(text.startsWith('Pay EUR 312.40 to 株式会社アクメ. '), text);
});

test('S7: a payee that imitates the last line or a code makes neither a line nor a code', () => {
  for (const name of [
    'Acme\n@evil.example #11111111',
    'Acme\u2028@evil.example #11111111',
    'Acme\r\n\u0085@evil.example #11111111',
    '@evil.example #40718256',
    '\u202eemcA',
  ]) {
    const content = message({ ...ACTS.payment, payee: { name } });
    const { text } = renderMessage(content);
    assert.equal(text.split(/[\n\r\u0085\u2028\u2029]/).length, 2, text);
    assert.ok(text.endsWith(': 40718256\n@bank.example #40718256'), text);
    assert.doesNotMatch(text, /\u202e/);
    assert.equal(maskCode(text, content.code), renderMessage({ ...content, code: '********' }).text);
  }
  assert.throws(() => maskCode('no code here\n@a #1', '123456'), /another code/);
  assert.throws(() => renderMessage(message(ACTS.access, { code: '123' })), /6 to 10 digits/);
  assert.throws(() => renderMessage(message(ACTS.access, { domain: 'a.example #1' })), /host name/);
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 70 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 70 }),
  fc.string({ unit: fc.constantFrom('€', 'é', 'a', ' ', '1', '.'), minLength: 1, maxLength: 140 }),
  fc.string({ unit: fc.constantFrom('ж', '漢', '😀', '7', '\n', '@evil.example #123456'), maxLength: 70 }),
  fc.constantFrom('Acme', '@evil.example #40718256', "L'été", '{amount}', '<b>x</b>', "'{'"),
);
const account = fc.stringMatching(/^[A-Z0-9]{4,34}$/);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const anyAct: fc.Arbitrary<MessageAct> = fc.record({
  purpose: fc.constantFrom(...MESSAGE_PURPOSES),
  amount: fc.record({
    value: fc.stringMatching(/^(0|[1-9][0-9]{0,14})(\.[0-9]{2,4})?$/),
    currency: fc.constantFrom('EUR', 'JPY', 'KWD'),
  }),
  payee: fc.record({ name: hostile, account: optional(account) }),
  debtorAccount: optional(account),
  resource: hostile,
  text: optional(hostile),
  items: fc.array(fc.record({ name: hostile, quantity: fc.integer({ min: 1, max: 1_000_000 }) }), {
    minLength: 1,
    maxLength: 20,
  }),
  contentDigest: fc.stringMatching(/^[0-9a-f]{64}$/),
});
const anyMessage: fc.Arbitrary<CodeMessage> = fc.record({
  kind: fc.constant('code'),
  act: anyAct,
  code: fc.stringMatching(/^[0-9]{6,10}$/),
  language: fc.constantFrom(...LANGUAGES),
  clientName: hostile,
  domain: fc.constantFrom('a.example', 'localhost:8080', `${'long-label.'.repeat(22)}example.org`),
});

test('M6 M8: whatever the names are, notices and news fit, in one line, with address and moments whole', () => {
  const anyText = fc.record({
    name: hostile,
    subject: hostile,
    clientName: hostile,
    language: fc.constantFrom(...LANGUAGES),
    event: fc.constantFrom(...NEWS),
    acceptance: fc.boolean(),
    reminder: fc.boolean(),
  });
  fc.assert(
    fc.property(anyText, ({ name, subject, clientName, language, event, acceptance, reminder }) => {
      const at = momentText(1_796_565_900_000, language);
      const told = notice({ senderName: name, clientName, language, acceptance, reminder, expiresAt: at });
      for (const { text } of [
        renderMessage(told),
        renderMessage({ kind: 'news', event, addresseeName: name, subject, at, language, clientName }),
      ]) {
        assert.ok(segmentsOf(text, 8) <= 3, text);
        assert.ok(text.includes(at));
        assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }
      assert.ok(renderMessage(told).text.includes(told.url));
    }),
    { numRuns: 500 },
  );
});

test('S6 S7: whatever the act is, amount, accounts and code are whole, the last line is exact, and it fits', () => {
  fc.assert(
    fc.property(anyMessage, (content) => {
      const { act, code, language } = content;
      const { text } = renderMessage(content);
      const end = text.indexOf('\n');
      const body = text.slice(0, end);
      assert.equal(text.slice(end), `\n@${content.domain} #${code}`);
      assert.ok(body.endsWith(`: ${code}`));
      assert.doesNotMatch(body, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      if (act.amount) assert.ok(body.includes(amountText(act.amount, language)));
      if (act.payee?.account) assert.ok(body.includes(`(...${act.payee.account.slice(-4)})`));
      if (act.debtorAccount) assert.ok(body.includes(`...${act.debtorAccount.slice(-4)}`));
      assert.ok(segmentsOf(text, 8) <= MESSAGE_SEGMENTS_MAX);
      assert.ok(segmentsOf(text, 16) <= MESSAGE_SEGMENTS_MAX);
      assert.equal(maskCode(text, code), renderMessage({ ...content, code: '*'.repeat(code.length) }).text);
    }),
    { numRuns: 1500 },
  );
});

test('an act in GSM letters with one detail of each kind is one segment, however long they are', () => {
  const acts = fc.record({
    name: gsmText(70),
    text: gsmText(140),
    language: fc.constantFrom(...LANGUAGES),
  });
  fc.assert(
    fc.property(acts, ({ name, text, language }) => {
      const act = { ...ACTS.transfer, debtorAccount: undefined, payee: { name, account: 'FR0189' }, text };
      const sent = renderMessage(message(act, { language })).text;
      assert.ok(encodeGsm(sent));
      assert.equal(segmentsOf(sent, 16), 1, sent);
    }),
  );
});

test('one line is one line, and plain text is left alone', () => {
  assert.equal(oneLine('Acme & Sons'), 'Acme & Sons');
  assert.equal(oneLine(' a\u00a0\u202fb\tc\u200bd\ud800 '), 'a b cd');
});
