import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { receiptIn, receiptInPdf } from './attached.ts';

const PDF_MAX_BYTES = 5 * 1024 * 1024;
const RECEIPT = '{ "format": "countersign-receipt/1", "subject": "msg_1 (endstream)" }';

type Part = { dictionary: string; data: Uint8Array | string };

function pdf(parts: readonly Part[], trailer = '<< /Size 1 >>'): Buffer {
  return Buffer.concat([
    Buffer.from('%PDF-1.7\n%\xff\xff\xff\xff\n', 'latin1'),
    ...parts.flatMap(({ dictionary, data }, i) => [
      Buffer.from(`${i + 1} 0 obj\n<< ${dictionary} >>\nstream\n`),
      Buffer.from(data),
      Buffer.from('\nendstream\nendobj\n'),
    ]),
    Buffer.from(`trailer\n${trailer}\nstartxref\n0\n%%EOF\n`),
  ]);
}

const attached = (data: Uint8Array | string, more = ''): Part => ({
  dictionary: `/Type /EmbeddedFile /Params << /Size 3 /CheckSum (a\\)>>b) >> /Length ${data.length} ${more}`,
  data,
});
const packed = (text: string): Part => attached(deflateSync(text), '/Filter [ /FlateDecode ]');

async function refusalOf(file: Uint8Array): Promise<string> {
  const found = await receiptInPdf(file);
  assert.ok(!found.ok);
  return found.detail ?? '';
}

test('S20: the attached receipt is found, packed or not, whatever else the file holds', async () => {
  const page: Part = { dictionary: '/Length 8', data: '1 0 obj<' };
  for (const parts of [
    [attached(RECEIPT)],
    [packed(RECEIPT)],
    [page, attached('{"format":"another"}'), packed(RECEIPT), page],
    [{ dictionary: '/Type /Embedded#46ile /Length 99 0 R /Filter /FlateDecode', data: deflateSync(RECEIPT) }],
    [{ dictionary: '/Subtype /application#2Fjson /Filter /FlateDecode', data: deflateSync(RECEIPT) }],
    [packed(RECEIPT), packed(RECEIPT)],
  ]) {
    assert.deepEqual(await receiptInPdf(pdf(parts)), { ok: true, value: RECEIPT });
  }
});

test('a receipt by itself is taken as it is, and a PDF for what is attached in it', async () => {
  assert.deepEqual(await receiptIn(Buffer.from(RECEIPT)), {
    ok: true,
    value: { json: RECEIPT, from: 'json' },
  });
  assert.deepEqual(await receiptIn(pdf([packed(RECEIPT)])), {
    ok: true,
    value: { json: RECEIPT, from: 'pdf' },
  });
  assert.equal((await receiptIn(pdf([]))).ok, false);
});

test('S20: what is no certificate is refused, and the refusal says why', async () => {
  assert.match(await refusalOf(Buffer.from(RECEIPT)), /not a PDF/);
  assert.match(await refusalOf(new Uint8Array()), /not a PDF/);
  assert.match(await refusalOf(pdf([])), /No file is attached/);
  assert.match(await refusalOf(pdf([attached('%PDF- {"a":1}')])), /is a receipt/);
  assert.match(await refusalOf(pdf([attached(Buffer.from([0x7b, 0xff]))])), /is a receipt/);
  assert.match(await refusalOf(pdf([attached(RECEIPT)], '<< /Encrypt 3 0 R >>')), /encrypted/);
  assert.match(
    await refusalOf(pdf([{ dictionary: '/Type /XRef /Encrypt 3 0 R', data: '' }, packed(RECEIPT)])),
    /encrypted/,
  );
  assert.match(await refusalOf(pdf([attached(deflateSync(RECEIPT), '/Filter /LZWDecode')])), /LZWDecode/);
  assert.match(await refusalOf(pdf([attached('no zlib', '/Filter /FlateDecode')])), /damaged/);
  assert.match(await refusalOf(pdf([packed(RECEIPT), packed(`${RECEIPT} `)])), /More than one receipt/);
  assert.match(await refusalOf(pdf(Array.from({ length: 17 }, () => packed(RECEIPT)))), /More than 16/);
});

test('S20: a file that is too large, or would become so, is refused before it is unpacked', async () => {
  assert.match(await refusalOf(Buffer.alloc(PDF_MAX_BYTES + 1)), /larger/);
  const bomb = deflateSync(Buffer.alloc(17 * 1024 * 1024));
  assert.match(await refusalOf(pdf([attached(bomb, '/Filter /FlateDecode')])), /larger than any receipt/);
  const half = deflateSync(Buffer.alloc(9 * 1024 * 1024));
  const twice = [half, half].map((data) => attached(data, '/Filter /FlateDecode'));
  assert.match(await refusalOf(pdf(twice)), /larger than any receipt/);
});

/** Each is read in time that grows with its length only: a quadratic reader would need hours for them. */
const MALICIOUS: readonly (readonly [string, string])[] = [
  ['objects that begin and never end', '1 0 obj<<'],
  ['dictionaries inside of each other', '<<'],
  ['lists inside of each other', '1 0 obj<</A['],
  ['strings inside of each other', '1 0 obj<</A('],
  ['hexadecimal strings that do not close', '1 0 obj<</A<'],
  ['streams without an end', '1 0 obj<</Length 1>>stream\n'],
  ['streams with a far end', '1 0 obj<</Length 9999999999>>stream\nendstream'],
  ['digits', '1'],
  ['digits and spaces', '1 '],
  ['comments', '1 0 obj<</A %'],
  ['trailers', 'trailer<<>>'],
  ['white space', '1 0 obj           '],
];

for (const [what, piece] of MALICIOUS) {
  test(`S20: 5 MB of ${what} are refused and do not hang`, async () => {
    const file = Buffer.alloc(PDF_MAX_BYTES, piece);
    file.write('%PDF-1.7\n', 'latin1');
    assert.notEqual(await refusalOf(file), '');
  });
}

test('S20: whatever is changed in a certificate, it is read or refused, and never anything else', async () => {
  const whole = pdf([{ dictionary: '/Length 4', data: 'page' }, packed(RECEIPT), attached('{}')]);
  const change = fc.record({
    at: fc.nat(whole.length - 1),
    remove: fc.nat(40),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .constantFrom('<<', '>>', '(', ')', '[', '/', '%', 'stream', 'endstream', '9 0 obj', '/Length 7')
        .map((word) => new Uint8Array(Buffer.from(word))),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      let file: Buffer = whole;
      for (const { at, remove, insert } of changes) {
        file = Buffer.concat([file.subarray(0, at), insert, file.subarray(at + remove)]);
      }
      const found = await receiptInPdf(file);
      assert.ok(found.ok ? found.value.length > 0 : found.refusal === 'no_receipt' && found.detail);
    }),
    { numRuns: 3000, interruptAfterTimeLimit: 5000 },
  );
});
