import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCountersign } from '../src/sdk/countersign.ts';
import { CountersignProblem } from '../src/sdk/problem.ts';
import { freshNumber, MESSAGE_POLICY } from './message-kit.ts';
import { nextCode } from './security-kit.ts';
import { openWorld } from './world.ts';

test('M2 to M6: the whole story over the SDK, with the progress of an upload and the live states', async () => {
  await using world = await openWorld({ policy: MESSAGE_POLICY });
  const { messages, confirmations } = createCountersign({ baseUrl: world.url, apiKey: world.apiKey });
  const [from, to] = [freshNumber(), freshNumber()];
  const draft = await messages.create({
    sender: { number: from },
    addressee: { number: to },
    subject: 'Lease',
    acceptance: true,
  });
  const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(300_000, 'x')]);
  const progress: number[] = [];
  const file = await messages.upload(draft.id, 1, pdf, {
    name: 'bail.pdf',
    type: 'application/pdf',
    onProgress: (sent) => progress.push(sent),
  });
  assert.deepEqual([file.name, file.sizeBytes, progress.at(-1)], ['bail.pdf', pdf.length, pdf.length]);
  await messages.upload(draft.id, 2, new Blob(['annex']).stream(), { name: 'a.txt', type: 'text/plain' });
  await messages.removeFile(draft.id, 2);

  const states: string[] = [];
  const followed = (async () => {
    for await (const { state } of messages.events(draft.id)) states.push(state);
  })();
  const first = nextCode(world, from);
  const submission = await messages.submit(draft.id);
  await confirmations.verify(submission.id, { code: await first, session: submission.session.secret });
  const second = nextCode(world, to);
  const reading = await messages.openReading(draft.id);
  const { secret: session } = reading.session;
  await confirmations.verify(reading.id, { code: await second, session });
  const proved = { reading: reading.id, session };
  await assert.rejects(
    messages.handOver(draft.id, proved),
    (error: unknown) => error instanceof CountersignProblem && error.refusal === 'acceptance_needed',
  );
  assert.equal((await messages.accept(draft.id, proved)).state, 'accepted');
  const handed = await messages.handOver(draft.id, proved);
  assert.deepEqual(
    handed.files.map(({ n, name }) => [n, name]),
    [[1, 'bail.pdf']],
  );
  const downloaded = await messages.download(draft.id, proved, 1);
  assert.ok(Buffer.from(await downloaded.arrayBuffer()).equals(pdf));
  await followed;
  assert.equal(states.at(-1), 'handed_over');
  await assert.rejects(
    messages.download(draft.id, { ...proved, session: 'another' }, 1),
    (error: unknown) => error instanceof CountersignProblem && error.status === 404,
  );
  const listed = await messages.list({ party: to, box: 'read', q: 'lea' });
  assert.deepEqual(
    listed.items.map(({ id }) => id),
    [draft.id],
  );
  assert.equal((await messages.receipt(draft.id, 'addressee'))['subject'], draft.id);
  const certificate = await messages.certificate(draft.id);
  assert.equal(Buffer.from(certificate.subarray(0, 5)).toString(), '%PDF-');
  await messages.erase(draft.id);
  assert.equal((await messages.get(draft.id)).contentErased, true);
});
