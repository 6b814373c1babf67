import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifyReceipt } from '../src/evidence/verify.ts';
import { checkInvariants } from './invariants.ts';
import {
  askReading,
  askSubmission,
  bring,
  fetchFile,
  inReading,
  MESSAGE_POLICY,
  putFile,
  read,
  receiptOf,
  send,
  stateOf,
  storyOf,
  untilEvent,
  write,
} from './message-kit.ts';
import { openWorld, type World } from './world.ts';

/** Registered messages over HTTP, from the draft to the receipts, in one world that ends with the invariants. */
let world: World;

before(async () => {
  world = await openWorld({ policy: MESSAGE_POLICY });
});

after(async () => {
  try {
    await checkInvariants(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

test('M2 to M6, M8: written, confirmed by its sender, announced, proved by its addressee, handed over, receipted', async () => {
  const sent = await write(world);
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(200_000, 'pdf ')]);
  const put = await putFile(world, sent, 1, 'application/pdf', pdf, 'Bail n° 7.pdf');
  assert.equal(put.status, 200, await put.clone().text());

  const submission = await askSubmission(world, sent);
  const asked = world.handsets.messages(sent.sender).at(-1)?.text ?? '';
  assert.match(asked, /Notice to quit/);
  const seen = await world.call('GET', sent.path);
  assert.equal(seen.body['state'], 'submitted');
  assert.ok(asked.includes(String(seen.body['fingerprint'])), `${asked} shows the fingerprint`);
  const announced = world.handsets.next(sent.addressee);
  assert.equal((await bring(world, submission)).status, 200);
  const notice = (await announced).text;
  assert.match(notice, /Ada Sender/);
  assert.doesNotMatch(notice, /Notice to quit|lease/);
  await untilEvent(world, sent, 'ConsignmentNotification');

  const reading = await read(world, sent);
  const handed = await inReading(world, sent, reading, 'handover');
  assert.equal(handed.status, 200, handed.text);
  assert.equal(handed.body['subject'], 'Notice to quit');
  const text = await fetchFile(world, sent, reading, 0);
  assert.equal(await text.text(), 'The lease ends on 31 March.');
  const file = await fetchFile(world, sent, reading, 1);
  assert.equal(file.headers.get('content-type'), 'application/pdf');
  assert.equal(file.headers.get('content-length'), String(pdf.length));
  assert.match(file.headers.get('content-disposition') ?? '', /filename\*=UTF-8''Bail%20n%C2%B0%207\.pdf/);
  assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
  assert.ok(Buffer.from(await file.arrayBuffer()).equals(pdf));
  assert.equal(await stateOf(world, sent), 'handed_over');
  assert.deepEqual(await storyOf(world, sent), [
    'SubmissionAcceptance',
    'ContentConsignment',
    'ConsignmentNotification',
    'ContentAccessTracking',
    'ContentHandover',
  ]);

  const key = await (await fetch(`${world.url}/log/key`)).text();
  for (const role of ['sender', 'addressee']) {
    const receipt = await receiptOf(world, sent, role);
    assert.equal(receipt.status, 200, receipt.text);
    const verification = await verifyReceipt(receipt.text, { trustedKeys: key.trim().split('\n') });
    assert.ok(verification.ok, JSON.stringify(verification.lines));
    const record = verification.records.find(({ entry }) => entry.type === 'ContentHandover');
    assert.equal(record?.opened['subject'], 'Notice to quit');
    const sender = record?.opened['sender'] as { name: string; number: string };
    assert.equal(sender.name, 'Ada Sender');
    assert.equal(receipt.text.includes(sent.sender), role === 'sender', 'the addressee sees it masked');
  }
  const certificate = await fetch(`${world.url}${sent.path}/certificate?role=addressee`, {
    headers: { authorization: `Bearer ${world.apiKey}` },
  });
  assert.equal(certificate.status, 200);
  assert.match(Buffer.from(await certificate.arrayBuffer()).toString('latin1'), /^%PDF-/);
});

test('M2: reading again needs a new code, is tracked, and hands nothing over a second time', async () => {
  const sent = await send(world);
  const first = await read(world, sent);
  assert.equal((await inReading(world, sent, first, 'handover')).status, 200);
  assert.equal((await inReading(world, sent, first, 'handover')).status, 200);
  const second = await askReading(world, sent);
  assert.equal((await fetchFile(world, sent, second, 0)).status, 409);
  assert.equal((await bring(world, second)).status, 200);
  assert.equal((await inReading(world, sent, second, 'handover')).status, 200);
  assert.equal((await fetchFile(world, sent, second, 0)).status, 200);
  const story = await storyOf(world, sent);
  assert.equal(story.filter((name) => name === 'ContentHandover').length, 1);
  assert.equal(story.filter((name) => name === 'ContentAccessTracking').length, 2);
});
