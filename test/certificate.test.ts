import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { receiptInPdf } from '../src/evidence/attached.ts';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { VERIFY_TEXTS } from '../src/evidence/verify-page/texts.ts';
import { inReading, MESSAGE_POLICY, read, receiptOf, send } from './message-kit.ts';
import { openWorld, type World } from './world.ts';

/** Certificates of a whole server, and the same server's public page about them. */
const PICTURES = process.env['PICTURES'];

let world: World;

before(async () => {
  world = await openWorld({ policy: MESSAGE_POLICY });
});

after(() => world[Symbol.asyncDispose]());

async function verdictOf(file: Blob, name: string): Promise<{ status: number; title: string }> {
  const form = new FormData();
  form.set('file', file, name);
  const answer = await fetch(`${world.url}/verify?lang=en`, { method: 'POST', body: form });
  const page = await answer.text();
  return { status: answer.status, title: /<h1>([^<]*)<\/h1>/.exec(page)?.[1] ?? page };
}

test('M5, M6: both sides have a certificate that this server finds green, and any verifier too', async () => {
  const sent = await send(world);
  const reading = await read(world, sent);
  assert.equal((await inReading(world, sent, reading, 'handover')).status, 200);
  for (const role of ['sender', 'addressee']) {
    // The receipt is there once the last entry is in the log; the certificate is drawn from it.
    assert.equal((await receiptOf(world, sent, role)).status, 200);
    const answer = await fetch(`${world.url}${sent.path}/certificate?role=${role}`, {
      headers: { authorization: `Bearer ${world.apiKey}` },
    });
    assert.equal(answer.headers.get('content-type'), 'application/pdf');
    const pdf = await answer.blob();
    const bytes = new Uint8Array(await pdf.arrayBuffer());
    if (PICTURES) await writeFile(join(PICTURES, `certificate-${role}.pdf`), bytes);
    const receipt = await receiptInPdf(bytes);
    assert.ok(receipt.ok);
    assert.ok((await verifyReceipt(receipt.value)).ok);
    const verdict = { status: 200, title: VERIFY_TEXTS.en.verdict.own[0] };
    assert.deepEqual(await verdictOf(pdf, 'certificate.pdf'), verdict);
    assert.deepEqual(await verdictOf(new Blob([receipt.value]), 'receipt.json'), verdict);
    const forged = new Blob([receipt.value.replace('Notice to quit', 'Notice to stay')]);
    assert.equal((await verdictOf(forged, 'receipt.json')).status, 422);
  }
});

test('M5: a certificate of up to 5 MB is taken by the whole server, and no other route takes so much', async () => {
  const large = new Blob([Buffer.alloc(4 * 1024 * 1024, ' ')]);
  assert.equal((await verdictOf(large, 'large.json')).title, VERIFY_TEXTS.en.verdict.unreadable[0]);
  const elsewhere = await fetch(`${world.url}/v1/confirmations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${world.apiKey}` },
    body: large,
  });
  assert.equal(elsewhere.status, 413);
});
