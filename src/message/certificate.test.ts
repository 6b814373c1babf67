import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { certificateInput, DIGEST, MESSAGE_EVENTS, MESSAGE_ID, receiptFor } from '../../test/receipts.ts';
import { receiptInPdf } from '../evidence/attached.ts';
import { eventText } from '../evidence/event-texts.ts';
import { verifyReceipt } from '../evidence/verify.ts';
import { LANGUAGES } from '../std/language.ts';
import { certificatePdf, type CertificateInput } from './certificate.ts';
import { CERTIFICATE_TEXTS } from './certificate-texts.ts';

const SIZE_MAX_BYTES = 150_000;

let input: CertificateInput;

before(async () => {
  input = certificateInput(await receiptFor(MESSAGE_ID, MESSAGE_EVENTS));
});

/** The lines of text on the only page, as a viewer reads them: through each font's map back to Unicode. */
function linesOf(pdf: Uint8Array): string[] {
  const streams = streamsOf(Buffer.from(pdf));
  const maps = [
    ...Buffer.from(pdf)
      .toString('latin1')
      .matchAll(/(\d+) 0 obj\n<<\n([\s\S]*?)>>/g),
  ];
  const cmapOf = new Map<string, string[]>();
  for (const [, id = '', body = ''] of maps) {
    const toUnicode = /\/ToUnicode (\d+) 0 R/.exec(body)?.[1];
    if (toUnicode) cmapOf.set(id, lettersOf(streams.get(toUnicode) ?? ''));
  }
  const fonts = new Map(
    [
      ...Buffer.from(pdf)
        .toString('latin1')
        .matchAll(/\/(F\d+) (\d+) 0 R/g),
    ].map(([, name = '', id = '']) => [name, cmapOf.get(id) ?? []]),
  );
  const content = [...streams.values()].find((text) => text.includes(' Tf')) ?? '';
  return [...content.matchAll(/\/(F\d+) [\d.]+ Tf[\s\S]*?\[([^\]]*)\] TJ/g)].map(
    ([, font = '', glyphs = '']) =>
      [...glyphs.matchAll(/<([0-9a-f]*)>/g)]
        .flatMap(([, hex = '']) => hex.match(/.{4}/g) ?? [])
        .map((glyph) => fonts.get(font)?.[parseInt(glyph, 16)] ?? '\0')
        .join(''),
  );
}

function streamsOf(file: Buffer): Map<string, string> {
  const text = file.toString('latin1');
  const found = new Map<string, string>();
  for (const match of text.matchAll(/(\d+) 0 obj\n<<\n((?:(?!endobj)[^])*?)>>\nstream\n/g)) {
    const [whole, id = '', dictionary = ''] = match;
    const start = match.index + whole.length;
    const length = Number(/\/Length (\d+)/.exec(dictionary)?.[1]);
    const data = file.subarray(start, start + length);
    found.set(id, (dictionary.includes('/FlateDecode') ? inflateSync(data) : data).toString('latin1'));
  }
  return found;
}

/** The texts of a ToUnicode map, by glyph. */
function lettersOf(cmap: string): string[] {
  return [...cmap.matchAll(/\[(<[^\]]*)\]/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/<([0-9a-f ]*)>/g)].map(([, hex = '']) =>
      String.fromCharCode(...hex.split(' ').map((each) => parseInt(each, 16))),
    ),
  );
}

test('M5: the attached receipt comes back as it was, and holds', async () => {
  const found = await receiptInPdf(await certificatePdf(input));
  assert.ok(found.ok);
  assert.equal(found.value, input.receiptJson);
  assert.ok((await verifyReceipt(found.value)).ok);
});

test('the same input gives the same bytes, in few of them', async () => {
  const once = await certificatePdf(input);
  assert.deepEqual(await certificatePdf(input), once);
  assert.ok(once.length < SIZE_MAX_BYTES);
});

test('M5: it says what, who, when, how proved, by which fingerprints, and how to verify it', async () => {
  const lines = linesOf(await certificatePdf(input));
  for (const line of [
    'Certificate of a registered message',
    'Sender’s copy',
    'Handed over to the addressee on 4 March 2026, 14:26:52 UTC.',
    'Termination of the lease',
    MESSAGE_ID,
    'Ada Lovelace',
    '+33 6 39 98 01 12',
    'Proved by a code sent by SMS,',
    'Grace Hopper',
    '2026-03-04 14:26:52',
    'ContentHandover',
    'The content was handed over to the addressee',
    'message.txt',
    '1.2 kB',
    DIGEST,
    '6b23 c0d5 f35d',
    DIGEST.slice(0, 32),
    'log.example/countersign',
    'entries 0–5 of 6',
    'https://confirm.example/verify',
    'countersign verify certificate.pdf',
  ]) {
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
  }
});

test('in each language every sentence can be printed, and none claims to be qualified', async () => {
  for (const language of LANGUAGES) {
    for (const kind of ['sender', 'addressee', 'declaration'] as const) {
      const lines = linesOf(await certificatePdf({ ...input, language, kind, handedOverAtMs: null }));
      const text = lines.join('\n');
      assert.ok(lines.includes(CERTIFICATE_TEXTS[language].copy[kind]));
      assert.doesNotMatch(text, /[▯\0]/);
      assert.doesNotMatch(text, /qualif|cualif|eIDAS/i);
    }
  }
});

test('each event of the story has its words, in each language', () => {
  for (const language of LANGUAGES) {
    for (const { type } of MESSAGE_EVENTS) assert.ok(eventText(language, type), `${language} ${type}`);
    assert.equal(eventText(language, 'toString'), null);
  }
});

test('what people wrote is only text: it is nowhere in the file but on the page and in the receipt', async () => {
  const words = ')>></rdf:li><x>&\\';
  const strange = { ...input, subject: words, title: words, sender: { ...input.sender, name: words } };
  const pdf = await certificatePdf(strange);
  assert.ok(!Buffer.from(pdf).toString('latin1').includes('<x>'));
  assert.ok(linesOf(pdf).filter((line) => line === words).length === 3);
  assert.ok((await receiptInPdf(pdf)).ok);
});

test('before the handover the addressee learns neither subject nor files', async () => {
  const closed = { ...input, kind: 'addressee', subject: '', files: [], handedOverAtMs: null } as const;
  const lines = linesOf(await certificatePdf(closed));
  assert.ok(lines.includes(CERTIFICATE_TEXTS.en.sealed));
  assert.ok(lines.includes(CERTIFICATE_TEXTS.en.status.notHandedOver));
  assert.ok(!lines.some((line) => line.startsWith('Content:')));
});

test('names in Greek and Cyrillic stand as they are; what cannot be printed is marked, and that is said', async () => {
  const lines = linesOf(
    await certificatePdf({
      ...input,
      subject: 'Re: 李\u202e\n😀 Ω',
      sender: { ...input.sender, name: 'Κωνσταντίνος Παπαδόπουλος' },
      addressee: { ...input.addressee, name: 'Юлия Щербакова' },
    }),
  );
  assert.ok(lines.includes('Κωνσταντίνος Παπαδόπουλος'));
  assert.ok(lines.includes('Юлия Щербакова'));
  assert.ok(lines.includes('Re: ▯▯ ▯ Ω'));
  assert.ok(lines.some((line) => line.endsWith(CERTIFICATE_TEXTS.en.unprintable)));
});

test('much of everything stays on one page: what is left out is counted', async () => {
  const long = 'Very long and important words about the lease of the flat on the second floor, '.repeat(3);
  const pdf = await certificatePdf({
    ...input,
    language: 'de',
    subject: long,
    title: long,
    sender: { ...input.sender, name: 'Κ'.repeat(400), number: '1'.repeat(400) },
    addressee: { ...input.addressee, name: long },
    events: Array.from({ length: 40 }, (_, i) => ({ name: 'ContentAccessTracking', atMs: i, text: long })),
    files: Array.from({ length: 20 }, () => ({ name: `${long}.pdf`, sizeBytes: 5_000_000, sha256: DIGEST })),
    verifyUrl: `https://${'long.'.repeat(12)}example/verify`,
  });
  assert.equal(
    Buffer.from(pdf)
      .toString('latin1')
      .match(/\/Type \/Page\n/g)?.length,
    1,
  );
  assert.ok(pdf.length < SIZE_MAX_BYTES);
  const lines = linesOf(pdf);
  const files = lines.filter((line) => line.endsWith('.pdf') && line.includes('…')).length;
  assert.ok(files > 0 && files < 20);
  assert.ok(lines.includes(CERTIFICATE_TEXTS.de.more(20 - files)));
  assert.ok(lines.includes(CERTIFICATE_TEXTS.de.more(31)));
  assert.ok(lines.includes(`https://${'long.'.repeat(12)}example/verify`));
});

test('nothing leaves the page, and the parts do not meet', async () => {
  const content = [...streamsOf(Buffer.from(await certificatePdf(input))).values()].find((text) =>
    text.includes(' Tf'),
  );
  const places = [...(content ?? '').matchAll(/1 0 0 1 ([\d.-]+) ([\d.-]+) Tm/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  assert.ok(places.length > 40);
  for (const [x = 0, y = 0] of places) assert.ok(x >= 50 && x <= 545 && y >= 20 && y <= 822, `${x} ${y}`);
});
