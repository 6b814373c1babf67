import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { certificateInput, MESSAGE_EVENTS, MESSAGE_ID, receiptFor } from '../../test/receipts.ts';
import { testKeys } from '../../test/evidence.ts';
import { certificatePdf } from '../message/certificate.ts';

/** The command as a person runs it, on files and on standard input. */
const COMMAND = fileURLToPath(new URL('./countersign.ts', import.meta.url));

let folder: string;
let receipt: string;
let pdf: Uint8Array;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-verify-'));
  receipt = await receiptFor(MESSAGE_ID, MESSAGE_EVENTS);
  pdf = await certificatePdf(certificateInput(receipt));
});

after(() => rm(folder, { recursive: true, force: true }));

async function verify(content: string | Uint8Array, name: string, ...args: string[]) {
  const path = name === '-' ? '-' : join(folder, name);
  if (path !== '-') await writeFile(path, content);
  const input = path === '-' ? { input: Buffer.from(content) } : {};
  const done = spawnSync(process.execPath, [COMMAND, 'verify', path, ...args], {
    ...input,
    encoding: 'utf8',
  });
  return { status: done.status, says: `${done.stdout}${done.stderr}` };
}

test('M5: a certificate is verified by the receipt inside of it, and that is said', async () => {
  for (const name of ['certificate.pdf', '-']) {
    const { status, says } = await verify(pdf, name);
    assert.equal(status, 0, says);
    assert.match(says, /what the receipt attached in the PDF proves/);
    assert.match(says, /was not compared with it/);
    assert.match(says, /ContentHandover/);
    assert.match(says, /✔ This receipt holds/);
  }
});

test('M5: a receipt is verified as ever, from a file and from standard input', async () => {
  const key = (await testKeys()).verifiers.map(({ text }) => text);
  for (const name of ['receipt.json', '-']) {
    const { status, says } = await verify(receipt, name, '--key', ...key);
    assert.equal(status, 0, says);
    assert.match(says, /✔ This receipt holds\.\n/);
    assert.doesNotMatch(says, /PDF/);
  }
});

test('S20: a PDF without a receipt, and one that was altered, end with 1 and say why', async () => {
  const empty = await verify('%PDF-1.7\n', 'empty.pdf');
  assert.equal(empty.status, 1);
  assert.match(empty.says, /empty\.pdf has no receipt in it: No file is attached in this PDF\./);
  const altered = await certificatePdf(certificateInput(receipt.replace('Ada', 'Eve')));
  const { status, says } = await verify(altered, 'altered.pdf');
  assert.equal(status, 1);
  assert.match(says, /✘ This receipt does not hold/);
});
