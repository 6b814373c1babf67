import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compactVerify, createLocalJWKSet } from 'jose';
import { ORIGIN, SALT, testKeys } from '../../test/evidence.ts';
import { toBase64Url } from '../std/bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import { fieldSalt, makeEntry } from './entry.ts';
import { growTree } from './growth.ts';
import { jcs, readJson, type JsonObject, type JsonValue } from './json.ts';
import { inclusionProof, leafHash } from './merkle.ts';
import { formatProof, parseProof } from './proof.ts';
import { parseReceipt, signReceipt, type Receipt, type ReceiptRecord } from './receipt.ts';
import { tileHashReader } from './tile.ts';
import { verifyReceipt, type Verification } from './verify.ts';

/** A receipt in this format that was issued once; every later version must accept it. */
const GOLDEN = new URL('receipt.golden.txt', import.meta.url);
const SUBJECT = 'cnf_04kq2zv0n3sm1b8yd6w5x7e9fa';
const ACT = { amount: '312.40', currency: 'EUR', payee: 'Acme' };

/** Two entries about the subject among five in the log; the address is committed and kept back. */
async function makeReceipt(): Promise<string> {
  const keys = await testKeys();
  const entries = [
    { type: 'ConfirmationOpened', id: 'cnf_other', opened: {} },
    { type: 'ConfirmationOpened', id: SUBJECT, opened: { act: ACT, address: '+33612345678' } },
    { type: 'ConfirmationOpened', id: 'cnf_another', opened: {} },
    { type: 'ConfirmationConfirmed', id: SUBJECT, n: 1, opened: { channel: 'sms' } },
    { type: 'ConfirmationOpened', id: 'cnf_last', opened: {} },
  ].map((entry, i) => ({
    tenant: 'ten_test',
    timeMs: Date.UTC(2026, 0, 2) + i,
    facts: {},
    salt: SALT,
    ...entry,
  }));
  const leaves = entries.map((entry) => makeEntry(entry).leaf);
  const tree = growTree(0, []);
  for (const leaf of leaves) tree.append(leafHash(leaf));
  const note = signCheckpoint(
    { origin: ORIGIN, size: tree.size(), root: tree.root(), extensions: [] },
    keys.signer,
  );
  const tiles = tree.takeTiles();
  const reader = tileHashReader(() => Promise.resolve(tiles.map((tile) => tile.hashes)), tree.size());
  const records: ReceiptRecord[] = [];
  for (const index of [1, 3]) {
    const { type, id, n = null, opened } = entries[index] as (typeof entries)[number] & { n?: number };
    const shown = Object.entries(opened).filter(([name]) => name !== 'address');
    records.push({
      entry: JSON.parse(leaves[index] ?? '') as JsonObject,
      opened: Object.fromEntries(
        shown.map(([name, value]) => [
          name,
          { value, salt: toBase64Url(fieldSalt(SALT, { type, id, n, name })) },
        ]),
      ),
      proof: formatProof({ index, path: await inclusionProof(reader, index, 5), checkpoint: note }),
    });
  }
  const issuedMs = Date.UTC(2026, 0, 3);
  const timestamp = { status: 'none' } as const;
  return signReceipt({ subject: SUBJECT, records, verifiers: keys.verifiers, keys, issuedMs, timestamp });
}

/** Changes a receipt and gives its text again. */
function changed(text: string, change: (receipt: Receipt) => void): string {
  const receipt = JSON.parse(text) as Receipt;
  change(receipt);
  return JSON.stringify(receipt);
}

function failures(result: Verification): string {
  assert.equal(result.ok, false);
  return result.lines
    .filter((line) => line.verdict === 'fails')
    .map((line) => line.says)
    .join('\n');
}

function first(receipt: Receipt): ReceiptRecord {
  return receipt.records[0] as ReceiptRecord;
}

test('a receipt in format 1 is made byte for byte as ever, and holds', async () => {
  const text = await makeReceipt();
  assert.equal(text, await readFile(GOLDEN, 'utf8'));
  const result = await verifyReceipt(text);
  assert.ok(result.ok, failuresOrNothing(result));
  assert.equal(result.pinned, false);
  assert.equal(result.subject, SUBJECT);
  assert.deepEqual(
    result.records.map(({ index, opened }) => ({ index, opened })),
    [
      { index: 1, opened: { act: ACT } },
      { index: 3, opened: { channel: 'sms' } },
    ],
  );
  assert.deepEqual(
    result.lines.map(({ verdict, says }) => `${verdict}: ${says}`),
    [
      `holds: The log ${ORIGIN} has signed its checkpoint of 5 entries (key ${(await testKeys()).signer.verifier.keyId}).`,
      `holds: Record 1: ConfirmationOpened of ${SUBJECT} at 2026-01-02T00:00:00.001Z.`,
      'holds: Record 1: the entry is number 1 in the log.',
      'holds: Record 1: the act shown below is the one committed in the log.',
      'note: Record 1: committed in the log but not shown: address.',
      `holds: Record 2: ConfirmationConfirmed of ${SUBJECT} at 2026-01-02T00:00:00.003Z.`,
      'holds: Record 2: the entry is number 3 in the log.',
      'holds: Record 2: the channel shown below is the one committed in the log.',
      `holds: ${ORIGIN} issued this receipt, as it is shown, at 2026-01-03T00:00:00.000Z.`,
      "note: No time-stamp was asked for: the time is the log's own word.",
      'note: The keys come from the receipt itself. Compare them with those that the log publishes: ' +
        (await testKeys()).signer.verifier.text,
    ],
  );
});

function failuresOrNothing(result: Verification): string {
  return result.ok ? '' : failures(result);
}

test('a trusted key pins the receipt; another one, or a namesake, refuses it', async () => {
  const text = await makeReceipt();
  const own = (await testKeys()).signer.verifier.text;
  const namesake = (await testKeys('two')).signer.verifier.text;
  const pinned = await verifyReceipt(text, { trustedKeys: [namesake, own] });
  assert.ok(pinned.ok && pinned.pinned);
  const foreign = await verifyReceipt(text, { trustedKeys: [namesake] });
  assert.match(failures(foreign), /The checkpoint of the log does not hold/);
  assert.match(failures(foreign), /by a key that is not known here/);
  const malformed = await verifyReceipt(text, { trustedKeys: ['key'] });
  assert.ok(!malformed.ok && malformed.refusal === 'malformed_key');
  assert.ok(!(await verifyReceipt(text, { trustedKeys: [] })).ok);
});

test('any JOSE library verifies the signature with the JWK set alone', async () => {
  const receipt = JSON.parse(await makeReceipt()) as Receipt;
  const { payload, protectedHeader } = await compactVerify(
    receipt.signature,
    createLocalJWKSet(receipt.keys.jwks),
  );
  assert.equal(protectedHeader.alg, 'EdDSA');
  assert.match(new TextDecoder().decode(payload), /"format":"countersign-receipt\/1"/);
});

test('what is altered is named', async () => {
  const text = await makeReceipt();
  const other = (await testKeys('two')).signer.verifier.text;
  const cases: [string, (receipt: Receipt) => void, RegExp][] = [
    [
      'the amount',
      (receipt) =>
        void (first(receipt).opened['act'] = {
          salt: toBase64Url(
            fieldSalt(SALT, { type: 'ConfirmationOpened', id: SUBJECT, n: null, name: 'act' }),
          ),
          value: { ...ACT, amount: '3' },
        }),
      /Record 1: the act shown is not the one committed in the log/,
    ],
    [
      'the entry',
      (receipt) => void (first(receipt).entry = { ...first(receipt).entry, n: 7 }),
      /not number 1 in the log/,
    ],
    [
      'the subject',
      (receipt) => void (receipt.subject = 'cnf_other'),
      /about cnf_04kq2zv0n3sm1b8yd6w5x7e9fa, not about cnf_other/,
    ],
    [
      'the index',
      (receipt) => void (first(receipt).proof = first(receipt).proof.replace('index 1', 'index 0')),
      /not number 0 in the log/,
    ],
    [
      'the size of the log',
      (receipt) => {
        for (const record of receipt.records) record.proof = record.proof.replace('\n5\n', '\n6\n');
      },
      /does not belong to this text/,
    ],
    ['a record left out', (receipt) => void receipt.records.pop(), /altered after the issuer had signed/],
    [
      'a field kept back',
      (receipt) => void (first(receipt).opened = {}),
      /altered after the issuer had signed/,
    ],
    ['a key added', (receipt) => void receipt.keys.log.push(other), /JWK set in the receipt differ/],
    [
      'the time-stamp',
      (receipt) => void (receipt.timestamp = { status: 'pending' }),
      /state of the time-stamp/,
    ],
    [
      'the signature',
      (receipt) => void (receipt.signature = receipt.signature.replace(/[^.]+$/, 'A'.repeat(86))),
      /malformed, or not by the key/,
    ],
    ['the spelling of the signature', (receipt) => void (receipt.signature += '='), /three parts/],
  ];
  for (const [what, change, expected] of cases) {
    assert.match(failures(await verifyReceipt(changed(text, change))), expected, what);
  }
});

test('S20: a malformed receipt is refused with the place', async () => {
  const text = await makeReceipt();
  const cases: [string, RegExp][] = [
    ['', /^Line 1, column 1: the text ends too early/],
    ['{}', /^format: /],
    [text.replace('"records"', '"record"'), /^records: /],
    [text.replace('"subject"', '"more": 1, "subject"'), /"more"/],
    [text.replace('"subject"', '"subject": "x", "subject"'), /the name "subject" comes twice/],
    [
      changed(text, (receipt) => void (receipt.records[1] = first(receipt))),
      /^records\[1\]: .*order of the log/,
    ],
    [
      changed(text, (receipt) => void (first(receipt).proof = 'x')),
      /^records\[0\]\.proof: There is no blank line/,
    ],
    [changed(text, (receipt) => void (first(receipt).entry = {})), /^records\[0\]\.entry: "v"/],
    [changed(text, (receipt) => void (receipt.keys.log[0] = 'x')), /^keys\.log\[0\]: /],
    [
      changed(text, (receipt) => void (first(receipt).opened['act'] = { value: 1, salt: '=' })),
      /^records\[0\]\.opened\.act\.salt/,
    ],
    [
      changed(text, (receipt) => void (first(receipt).proof += '\n')),
      /^records\[1\]\.proof: the records have different checkpoints/,
    ],
  ];
  for (const [broken, expected] of cases) {
    const result = await verifyReceipt(broken);
    assert.ok(!result.ok && result.refusal === 'malformed_receipt', broken.slice(0, 60));
    assert.match(result.detail ?? '', expected);
  }
});

test('S20: no change of any character leaves a receipt that holds, unless it is the same JSON', async () => {
  const text = await makeReceipt();
  const same = canonical(text);
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: text.length - 1 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
      async (at, put) => {
        const broken = text.slice(0, at) + put + text.slice(at + 1);
        const result = await verifyReceipt(broken);
        assert.equal(result.ok, canonical(broken) === same);
      },
    ),
    { numRuns: 500 },
  );
});

test('S20: a receipt whose parts are replaced by any JSON is refused, never thrown at', async () => {
  const receipt = JSON.parse(await makeReceipt()) as Receipt;
  const anything = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
  const part = fc.constantFrom<keyof Receipt>(
    'format',
    'subject',
    'records',
    'keys',
    'timestamp',
    'signature',
  );
  await fc.assert(
    fc.asyncProperty(part, anything, async (name, value) => {
      const result = await verifyReceipt(JSON.stringify({ ...receipt, [name]: value }));
      assert.equal(result.ok, false);
    }),
  );
});

test('tlog-proof: a proof is read back as it was written, and malformed ones are refused with the line', () => {
  const proof = { index: 73_894, path: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)], checkpoint: 'o\n1\n' };
  const text = formatProof(proof);
  assert.match(text, /^c2sp\.org\/tlog-proof@v1\nindex 73894\nAQEB.*=\nAgIC.*=\n\no\n1\n$/);
  assert.deepEqual(parseProof(text), { ok: true, value: proof });
  const bad: [string, RegExp][] = [
    [text.replace('@v1', '@v2'), /Line 1/],
    [text.replace('73894', '073894'), /Line 2/],
    [text.replace('AQEB', 'AQE'), /Line 3/],
    [text.replace('\n\n', '\n'), /blank line/],
    [text.replace('index', 'extra AA==\nindex'), /Line 2/],
    [text.replace('AQEB', 'AQEB'.padStart(4)).replace('\nAQ', `\n${'x\n'.repeat(1000)}AQ`), /more than 64/],
  ];
  for (const [broken, expected] of bad) {
    const parsed = parseProof(broken);
    assert.ok(!parsed.ok);
    assert.match(parsed.detail ?? '', expected);
  }
});

test('a receipt with a time-stamp on its way says so', async () => {
  const parsed = parseReceipt(await makeReceipt());
  assert.ok(parsed.ok);
  const { subject, records } = parsed.value;
  const keys = await testKeys();
  const options = {
    subject,
    records,
    verifiers: keys.verifiers,
    keys,
    issuedMs: 0,
    timestamp: { status: 'pending' } as const,
  };
  const result = await verifyReceipt(await signReceipt(options));
  assert.ok(result.ok);
  assert.ok(
    result.lines.some((line) => line.says.startsWith('A time-stamp was asked for and has not come yet')),
  );
});

function canonical(text: string): string | null {
  const read = readJson(text);
  return read.ok ? jcs(read.value) : null;
}
