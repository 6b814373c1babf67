import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { checkInvariants } from './invariants.ts';
import {
  askSubmission,
  bring,
  eventsOf,
  fetchFile,
  freshNumber,
  inReading,
  MESSAGE_POLICY,
  putFile,
  read,
  receiptOf,
  send,
  stateOf,
  storyOf,
  typeOf,
  untilEvent,
  write,
  type Sent,
} from './message-kit.ts';
import { until, wrongFor } from './security-kit.ts';
import { openReceiver } from './webhook-receiver.ts';
import { openWorld, type World } from './world.ts';

/** The other ways that a registered message may go: every transition, its one entry, and what each side is told. */
let world: World;
const DAY_MS = 24 * 60 * 60_000;

before(async () => {
  world = await openWorld({ policy: MESSAGE_POLICY, environment: { ALLOW_PRIVATE_ADDRESSES: 'true' } });
});

after(async () => {
  try {
    await checkInvariants(world);
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

async function untilState(sent: Sent, state: string): Promise<void> {
  await until(`${sent.id} is ${state}`, async () => ((await stateOf(world, sent)) === state ? true : null));
}

/** The next text to a number that says this. */
function nextText(number: string, pattern: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const stop = world.handsets.subscribe(number, ({ text }) => {
      if (!pattern.test(text)) return;
      stop();
      resolve(text);
    });
  });
}

async function chunksLeft(sent: Sent): Promise<number> {
  const rows = await world.database.store.sql<{ left: number }[]>`
    select count(*)::int as left from message_chunk where message_id = ${sent.id}`;
  return rows[0]?.left ?? 0;
}

test('M2, M3: what must be accepted is handed over only then, and its sender is told each step', async () => {
  const sent = await send(world, { more: { acceptance: true, notifySender: true } });
  await untilEvent(world, sent, 'NotificationForAcceptance');
  const reading = await read(world, sent);
  const early = await inReading(world, sent, reading, 'handover');
  assert.deepEqual([early.status, typeOf(early)], [409, 'acceptance_needed']);
  const told = nextText(sent.sender, /accept/i);
  const accepted = await inReading(world, sent, reading, 'acceptance');
  assert.deepEqual([accepted.status, accepted.body['state']], [200, 'accepted'], accepted.text);
  assert.match(await told, /Notice to quit/);
  assert.equal(typeOf(await inReading(world, sent, reading, 'refusal')), 'already_answered');
  const toldAgain = nextText(sent.sender, /read|handed/i);
  assert.equal((await inReading(world, sent, reading, 'handover')).status, 200);
  assert.match(await toldAgain, new RegExp(sent.addressee.replace('+', '\\+')));
  const story = await storyOf(world, sent);
  assert.deepEqual(story, [
    'SubmissionAcceptance',
    'NotificationForAcceptance',
    'ContentAccessTracking',
    'ConsignmentAcceptance',
    'ContentConsignment',
    'ContentHandover',
  ]);
});

test('M2, M6: a refused message is closed for ever, its content goes, and its sender holds the proof', async () => {
  const sent = await send(world, { more: { acceptance: true } });
  const reading = await read(world, sent);
  const refused = await inReading(world, sent, reading, 'refusal');
  assert.deepEqual([refused.status, refused.body['state']], [200, 'refused'], refused.text);
  assert.equal(typeOf(await inReading(world, sent, reading, 'handover')), 'message_refused');
  const events = await eventsOf(world, sent);
  assert.equal(events.find(({ name }) => name === 'ConsignmentRejection')?.reason, 'refused');
  assert.equal(typeOf(await world.call('POST', `${sent.path}/recall`)), 'not_waiting');
  await until('its chunks are deleted', async () => ((await chunksLeft(sent)) === 0 ? true : null));
  assert.equal((await receiptOf(world, sent, 'sender')).status, 200);
});

test('M4: a submission that its sender does not confirm is rejected, and can be submitted again', async () => {
  const sent = await write(world);
  const first = await askSubmission(world, sent);
  assert.equal(typeOf(await world.call('POST', `${sent.path}/submission`, {})), 'not_draft');
  assert.equal((await putFile(world, sent, 1, 'text/plain', 'late')).status, 409);
  const cancelled = await world.call('POST', `/v1/confirmations/${first.id}/cancellation`, {
    reason: 'not_me',
  });
  assert.equal(cancelled.status, 200);
  assert.equal(await stateOf(world, sent), 'rejected');
  const second = await askSubmission(world, sent);
  for (let tries = 0; tries < 5; tries++) await bring(world, second, wrongFor(second.code, tries));
  assert.equal(await stateOf(world, sent), 'rejected');
  const events = await eventsOf(world, sent);
  assert.deepEqual(
    events.map(({ name, n, reason }) => [name, n, reason]),
    [
      ['SubmissionRejection', 0, 'not_me'],
      ['SubmissionRejection', 1, 'attempts_used_up'],
    ],
  );
  assert.equal(typeOf(await world.call('POST', `${sent.path}/readings`, {})), 'not_waiting');
});

test('M4: the code is for exactly what is sent: another file is another digest, and needs another code', async () => {
  const sent = await write(world);
  const first = await askSubmission(world, sent);
  const digest = (await world.call('GET', sent.path)).body['digest'];
  await world.call('POST', `/v1/confirmations/${first.id}/cancellation`, {});
  assert.equal((await putFile(world, sent, 1, 'text/plain', 'an annex')).status, 200);
  const second = await askSubmission(world, sent);
  const now = await world.call('GET', sent.path);
  assert.notEqual(now.body['digest'], digest);
  assert.equal((await bring(world, second)).status, 200);
  assert.equal(await stateOf(world, sent), 'waiting');
});

test('M6: recall before and after acceptance, each with its own entry, and never after the handover', async () => {
  const plain = await send(world);
  const recalled = await world.call('POST', `${plain.path}/recall`);
  assert.deepEqual([recalled.status, recalled.body['state']], [200, 'recalled']);
  assert.equal(typeOf(await world.call('POST', `${plain.path}/recall`)), 'not_waiting');
  const failure = (await eventsOf(world, plain)).find(({ name }) => name === 'ContentHandoverFailure');
  assert.equal(failure?.reason, 'recalled');

  const asked = await send(world, { more: { acceptance: true } });
  await world.call('POST', `${asked.path}/recall`);
  assert.ok((await storyOf(world, asked)).includes('ContentConsignmentFailure'));

  const handed = await send(world);
  const reading = await read(world, handed);
  await inReading(world, handed, reading, 'handover');
  assert.equal(typeOf(await world.call('POST', `${handed.path}/recall`)), 'already_handed_over');
});

test('M6: recall and handover at once: exactly one of them wins, and one entry says which', async () => {
  for (let round = 0; round < 6; round++) {
    const sent = await send(world);
    const reading = await read(world, sent);
    const [recalled, ...handed] = await Promise.all([
      world.call('POST', `${sent.path}/recall`),
      inReading(world, sent, reading, 'handover'),
      inReading(world, sent, reading, 'handover'),
    ]);
    const won = handed.filter(({ status }) => status === 200).length;
    assert.equal(recalled.status === 200, won === 0, `${recalled.text} ${handed[0]?.text}`);
    const story = await storyOf(world, sent);
    const endings = story.filter((name) => name.startsWith('ContentHandover'));
    assert.deepEqual(endings, [won === 0 ? 'ContentHandoverFailure' : 'ContentHandover']);
  }
});

test('M8: notices say from whom, are repeated on their days, and stop at the end', async () => {
  const sent = await send(world, { more: { notifySender: true, validityMs: 5 * DAY_MS } });
  await untilEvent(world, sent, 'ConsignmentNotification', 0);
  const reminded = nextText(sent.addressee, /Ada Sender/);
  await world.database.advanceClock(DAY_MS + 1000);
  await reminded;
  await untilEvent(world, sent, 'ConsignmentNotification', 1);
  // One day before the end; the third day after the first reminder would be the same one.
  await world.database.advanceClock(3 * DAY_MS);
  await untilEvent(world, sent, 'ConsignmentNotification', 2);
  const told = nextText(sent.sender, /Notice to quit/);
  await world.database.advanceClock(DAY_MS);
  await untilState(sent, 'expired');
  await told;
  const events = await eventsOf(world, sent);
  assert.equal(events.filter(({ name }) => name === 'ConsignmentNotification').length, 3);
  const end = events.filter(({ name }) => name === 'ContentHandoverFailure');
  assert.deepEqual(
    end.map(({ reason }) => reason),
    ['time_passed'],
  );
  await until('its chunks are deleted', async () => ((await chunksLeft(sent)) === 0 ? true : null));
});

test('M6: what must be accepted and is not in time expires with an entry of its own', async () => {
  const sent = await send(world, { more: { acceptance: true, validityMs: 60 * 60_000 } });
  await world.database.advanceClock(60 * 60_000 + 1000);
  await untilState(sent, 'expired');
  const events = await eventsOf(world, sent);
  assert.equal(events.find(({ name }) => name === 'AcceptanceRejectionExpiry')?.reason, 'time_passed');
});

test('M2: drafts that nobody submits are deleted after a day, and the content of rejected ones erased', async () => {
  const draft = await write(world);
  const rejected = await write(world);
  const asked = await askSubmission(world, rejected);
  await world.call('POST', `/v1/confirmations/${asked.id}/cancellation`, {});
  await world.database.advanceClock(DAY_MS + 1000);
  await until('the draft is gone', async () => ((await stateOf(world, draft)) === undefined ? true : null));
  await until('the content is gone', async () => ((await chunksLeft(rejected)) === 0 ? true : null));
  const again = await world.call('POST', `${rejected.path}/submission`, {});
  assert.equal(typeOf(again), 'content_erased');
  assert.ok((await storyOf(world, rejected)).includes('SubmissionRejection'));
});

test('M6: the content is erased, and what was sent and when it was read stays', async () => {
  const sent = await send(world);
  assert.equal(typeOf(await world.call('DELETE', `${sent.path}/content`)), 'still_waiting');
  const reading = await read(world, sent);
  await inReading(world, sent, reading, 'handover');
  assert.equal((await world.call('DELETE', `${sent.path}/content`)).status, 204);
  assert.equal((await world.call('DELETE', `${sent.path}/content`)).status, 204);
  assert.equal((await fetchFile(world, sent, reading, 0)).status, 410);
  assert.equal(typeOf(await world.call('POST', `${sent.path}/readings`, {})), 'content_erased');
  const seen = await world.call('GET', sent.path);
  assert.deepEqual([seen.body['subject'], seen.body['contentErased']], ['Notice to quit', true]);
  assert.ok(seen.body['handedOverAt']);
  assert.equal((await storyOf(world, sent)).filter((name) => name === 'ContentErasure').length, 1);
  assert.equal((await receiptOf(world, sent, 'addressee')).status, 200);
  await until('its chunks are deleted', async () => ((await chunksLeft(sent)) === 0 ? true : null));
});

test('P3, M5: subscribers write to each other by identifier; the sender is named by contract, the addressee as typed', async () => {
  const [ada, bob] = [freshNumber(), freshNumber()];
  const admin = { authorization: `Bearer ${world.adminKey}` };
  const ids: string[] = [];
  for (const [name, number, user] of [
    ['Ada Lovelace', ada, 'ada'],
    ['Bob Martin', bob, 'bob'],
  ] as const) {
    const made = await world.call(
      'POST',
      '/v1/subscribers',
      {
        name,
        identifiers: [{ kind: 'username', value: user }],
        addresses: [{ channel: 'sms', value: number, vouched: true }],
      },
      admin,
    );
    assert.equal(made.status, 201, made.text);
    ids.push(String(made.body['id']));
  }
  const draft = await world.call('POST', '/v1/messages', {
    sender: { identifier: { value: 'ada' } },
    addressee: { identifier: { value: 'bob' } },
    subject: 'Lease of the 12 March',
    text: 'Dear Bob',
  });
  assert.equal(draft.status, 201, draft.text);
  const id = String(draft.body['id']);
  const sent = { id, path: `/v1/messages/${id}`, sender: ada, addressee: bob };
  assert.equal((draft.body['addressee'] as { name: string }).name, 'bob');
  assert.equal((await bring(world, await askSubmission(world, sent))).status, 200);
  const sender = await receiptOf(world, sent, 'sender');
  assert.ok(!sender.text.includes(bob) && !sender.text.includes('Bob Martin'), 'he learns nothing new');

  const listed = await world.call('GET', `/v1/messages?party=${ids[1]}&box=waiting`);
  const [item] = listed.body['items'] as Record<string, unknown>[];
  assert.deepEqual(
    [item?.['id'], item?.['subject'], (item?.['files'] as [] | undefined)?.length],
    [id, null, 0],
  );
  const found = async (q: string, box = 'received') => {
    const answer = await world.call(
      'GET',
      `/v1/messages?party=${ids[1]}&box=${box}&q=${encodeURIComponent(q)}`,
    );
    return (answer.body['items'] as unknown[]).length;
  };
  assert.deepEqual([await found('love ada'), await found('lease'), await found('zebra')], [1, 0, 0]);
  const reading = await read(world, sent);
  assert.equal((await inReading(world, sent, reading, 'handover')).status, 200);
  assert.deepEqual([await found('LEAS 12'), await found('lease', 'waiting')], [1, 0]);
  assert.equal(await found('lease', 'read'), 1);

  // Erasing one of them leaves the log whole and the message without anybody in it.
  const erased = await world.call('DELETE', `/v1/subscribers/${ids[1]}`, undefined, admin);
  assert.equal(erased.status, 204, erased.text);
  const later = await world.call('GET', sent.path);
  assert.deepEqual([later.body['subject'], later.body['addressee']], [null, null]);
  assert.equal((await receiptOf(world, sent, 'sender')).status, 200);
});

test('M3: a message is followed live until it ends', async () => {
  const sent = await send(world);
  const stream = await fetch(`${world.url}${sent.path}/events`, {
    headers: { authorization: `Bearer ${world.apiKey}` },
  });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  assert.match((await reader.read()).value ?? '', /"state":"waiting"/);
  await world.call('POST', `${sent.path}/recall`);
  let events = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) events += part.value;
  assert.match(events, /"state":"recalled","reason":"recalled"/);
});

test('M8: what the network refuses to deliver is on record, and its sender is told', async () => {
  const number = freshNumber();
  world.smsc.refuse(number, 'ESME_RINVDSTADR');
  const sender = freshNumber();
  const told = nextText(sender, /did not reach/);
  const sent = await send(world, { sender, addressee: number, more: { notifySender: true } });
  const failure = await untilEvent(world, sent, 'ConsignmentNotificationFailure', 0);
  assert.equal(failure.reason, 'rejected');
  assert.match(await told, /Notice to quit/);
});

test('M8: what the network took and could not deliver is on record, and its sender is told', async () => {
  const number = freshNumber();
  const sender = freshNumber();
  world.smsc.receiptOutcome((to) => (to === number ? 'UNDELIV' : 'DELIVRD'));
  const told = nextText(sender, /did not reach/);
  const sent = await send(world, { sender, addressee: number, more: { notifySender: true } });
  const failure = await untilEvent(world, sent, 'ConsignmentNotificationFailure', 0);
  assert.equal(failure.reason, 'failed');
  assert.match(await told, /Notice to quit/);
  assert.ok((await storyOf(world, sent)).includes('ConsignmentNotification'));
  world.smsc.receiptOutcome(() => 'DELIVRD');
});

test('M3, P13: every event of a message is a webhook too, and tells nothing of what it says', async () => {
  await using receiver = await openReceiver();
  const made = await world.call(
    'POST',
    '/v1/webhook-endpoints',
    { url: receiver.url, types: ['message.*'] },
    { authorization: `Bearer ${world.adminKey}` },
  );
  assert.equal(made.status, 201, made.text);
  const sent = await send(world);
  await untilEvent(world, sent, 'ConsignmentNotification');
  await inReading(world, sent, await read(world, sent), 'handover');
  const told = await receiver.waitFor(5);
  assert.deepEqual(told.map(({ event }) => event.type).toSorted(), [
    'message.ConsignmentNotification',
    'message.ContentAccessTracking',
    'message.ContentConsignment',
    'message.ContentHandover',
    'message.SubmissionAcceptance',
  ]);
  for (const { event, body } of told) {
    assert.equal(event.data['message'], sent.id);
    for (const hidden of ['Notice to quit', 'lease', sent.addressee]) assert.ok(!body.includes(hidden));
  }
});
