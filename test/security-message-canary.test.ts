import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createSink, dump, dumpBytes, readDisk, type Place } from './canary.ts';
import { checkInvariants } from './invariants.ts';
import {
  askReading,
  askSubmission,
  bring,
  fetchFile,
  freshNumber,
  inReading,
  MESSAGE_POLICY,
  putFile,
  receiptOf,
  untilEvent,
  write,
  type Sent,
} from './message-kit.ts';
import { addClient, until, wrongFor } from './security-kit.ts';
import { openReceiver } from './webhook-receiver.ts';
import { openWorld, type World } from './world.ts';

/**
 * The canary scan of contents (S8): words that occur nowhere else, as text, subject, file name and inside a
 * file, are sent, announced, read and listed; whoever then has the database, its files or the logs, and
 * whoever else asks the API, finds none of them.
 */
type Canaries = {
  readonly subject: string;
  readonly text: string;
  readonly fileName: string;
  readonly file: string;
};
type Canary = keyof Canaries;

/** More than a batch of chunks, the canary in the middle of it and at its end. */
const FILE_BYTES = 700_000;

function canaryOf(what: string): string {
  return `${what}canary${randomBytes(9).toString('hex')}`;
}

/** In clear, in hexadecimal, and in base64 wherever a group of three bytes may begin. */
function spellings(word: string): string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(word)]);
    // The letters at both ends depend on what stands beside.
    return bytes.toString('base64url').slice(shift === 0 ? 0 : shift + 1, -4);
  });
  return [word, Buffer.from(word).toString('hex'), ...base64].map((text) => text.toLowerCase());
}

function findCanaries(text: string, canaries: Canaries): string[] {
  const small = text.toLowerCase().replaceAll('+', '-').replaceAll('/', '_');
  return (Object.keys(canaries) as Canary[]).filter((name) =>
    spellings(canaries[name]).some((word) => small.includes(word)),
  );
}

function fileWith(canary: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(FILE_BYTES, 'x');
  bytes.write('%PDF-1.7\n');
  bytes.write(canary, FILE_BYTES / 2);
  bytes.write(canary, FILE_BYTES - canary.length);
  return bytes;
}

/** A draft with everything in it, and its sender's code right at the second try. */
async function sendCanaries(world: World, canaries: Canaries, more: object): Promise<Sent> {
  const { subject, text } = canaries;
  const sent = await write(world, { more: { subject, text, ...more } });
  const name = `${canaries.fileName}.pdf`;
  const put = await putFile(world, sent, 1, 'application/pdf', fileWith(canaries.file), name);
  assert.equal(put.status, 200);
  const asked = await askSubmission(world, sent);
  assert.equal((await bring(world, asked, wrongFor(asked.code))).status, 422);
  assert.equal((await bring(world, asked)).status, 200);
  return sent;
}

type Look = (method: string, path: string, body?: unknown, key?: string) => Promise<void>;

/** All that others than the sender are answered before the handover. */
async function lookAround(world: World, sent: Sent, canaries: Canaries, look: Look): Promise<void> {
  const other = await addClient(world);
  const paths = [
    '',
    '/receipt',
    '/certificate',
    '/events',
    '/readings',
    '/submission',
    '/recall',
    '/content',
  ];
  for (const key of [other.key, world.adminKey]) {
    for (const path of paths) await look('GET', `${sent.path}${path}`, undefined, key);
    await look('POST', `${sent.path}/readings`, {}, key);
    await look('DELETE', `${sent.path}/files/1`, undefined, key);
    const party = encodeURIComponent(sent.sender);
    await look('GET', `/v1/messages?party=${party}&box=sent&q=${canaries.subject}`, undefined, key);
  }
  const addressee = encodeURIComponent(sent.addressee);
  for (const query of ['', `&q=${canaries.subject}`, '&box=waiting']) {
    await look('GET', `/v1/messages?party=${addressee}${query}`);
  }
  await look('GET', `${sent.path}/receipt?role=addressee`);
  // What is malformed is told with its place, and without what stood there.
  await look('POST', '/v1/messages', { subject: canaries.subject, text: canaries.text, nonsense: true });
  await look('POST', '/v1/messages', `{"subject":"${canaries.subject}", oops`);
  await look('PUT', `${sent.path}/files/1?name=${canaries.fileName}`, canaries.file);
  for (const path of [
    '/metrics',
    '/log/checkpoint',
    '/openapi.json',
    '/v1/nowhere',
    '/log/tile/entries/000',
  ]) {
    await look('GET', path);
  }
}

/** Looks into all of these, and into the database and its files. */
async function scan(world: World, sent: Sent, canaries: Canaries, said: readonly Place[]): Promise<void> {
  const places = [...said, ...(await dump(world)), ...(await dumpBytes(world)), ...(await readDisk(world))];
  // The scan itself is looked at: what certainly is there must be found, in the log of the database as well.
  const logs = places.filter(({ name, text }) => name.includes('pg_wal') && text.includes(sent.id));
  assert.ok(logs.length > 0, 'the write-ahead log can be read');
  for (const shift of ['', 'a', 'bc']) {
    const hidden = Buffer.from(`${shift}${canaries.subject} and more`).toString('base64');
    assert.deepEqual(findCanaries(`x${hidden}`, canaries), ['subject']);
  }
  assert.ok(places.length > 60, `${places.length} places were scanned`);
  const leaks = places.flatMap(({ name, text }) => {
    const names = findCanaries(text, canaries);
    return names.length === 0 ? [] : [`${name}: ${names.join(', ')}`];
  });
  assert.deepEqual(leaks, []);
}

test('S8: the text, subject, file name and content of a message are in no dump, file, log or answer to others', async () => {
  const sink = createSink();
  await using receiver = await openReceiver();
  await using world = await openWorld({
    policy: MESSAGE_POLICY,
    log: { level: 'trace', destination: sink.stream },
    environment: { ALLOW_PRIVATE_ADDRESSES: 'true' },
  });
  const { sql } = world.database.store;
  // Compressed images of pages would hide what is in them.
  await sql.unsafe(`alter database ${world.database.address.database} set wal_compression = off`);
  const canaries: Canaries = {
    subject: canaryOf('subject'),
    text: canaryOf('text'),
    fileName: canaryOf('name'),
    file: canaryOf('file'),
  };
  const answers: string[] = [];
  const look: Look = async (method, path, body, key = world.apiKey) => {
    const answer = await world.call(method, path, body, { authorization: `Bearer ${key}` });
    answers.push(`${method} ${path.split('?')[0]} ${answer.status} ${answer.text}`);
  };
  const endpoint = { url: receiver.url, types: ['*'] };
  const admin = { authorization: `Bearer ${world.adminKey}` };
  const hook = await world.call('POST', '/v1/webhook-endpoints', endpoint, admin);
  assert.equal(hook.status, 201, hook.text);

  const refused = await sendCanaries(world, canaries, { acceptance: true, notifySender: true });
  await lookAround(world, refused, canaries, look);
  const asked = await askReading(world, refused);
  assert.equal((await bring(world, asked)).status, 200);
  const early = await inReading(world, refused, asked, 'handover');
  answers.push(early.text, await (await fetchFile(world, refused, asked, 1)).text());
  assert.equal(early.status, 409);
  const no = await inReading(world, refused, asked, 'refusal');
  assert.equal(no.status, 200);
  await look('GET', `${refused.path}/receipt?role=addressee`);

  const sent = await sendCanaries(world, canaries, {});
  await untilEvent(world, sent, 'ConsignmentNotification');
  const reading = await askReading(world, sent);
  assert.equal((await bring(world, reading)).status, 200);
  assert.equal((await inReading(world, sent, reading, 'handover')).status, 200);
  const got = Buffer.from(await (await fetchFile(world, sent, reading, 1)).arrayBuffer());
  assert.ok(got.includes(canaries.file), 'the addressee reads what was sent');
  // Another session of the same person, whose code has not come back.
  const again = await askReading(world, sent);
  answers.push((await inReading(world, sent, again, 'handover')).text);
  answers.push(await (await fetchFile(world, sent, again, 1)).text());
  const own = await receiptOf(world, sent, 'addressee');
  assert.ok(own.text.includes(canaries.subject), 'his receipt opens the subject to him');
  const stranger = encodeURIComponent(freshNumber());
  await look('GET', `/v1/messages?party=${stranger}&q=${canaries.subject}`);
  const found = await world.call(
    'GET',
    `/v1/messages?party=${encodeURIComponent(sent.addressee)}&q=${canaries.subject}`,
  );
  assert.equal((found.body['items'] as unknown[]).length, 1, 'it is searched without being stored');
  await checkInvariants(world);
  await until('the webhook of the handover', () =>
    receiver.received.some(({ event }) => event.type === 'message.ContentHandover') ? true : null,
  );

  const notices = world.handsets.messages(sent.addressee).map(({ text }) => text);
  assert.ok(notices.length >= 3, 'a notice and two codes came');
  await scan(world, sent, canaries, [
    ...answers.map((text) => ({ name: `answer ${text.slice(0, 100)}`, text })),
    { name: 'texts to the addressee', text: notices.join('\n') },
    { name: 'webhooks', text: receiver.received.map(({ body }) => body).join('\n') },
    { name: 'log', text: sink.text() },
  ]);
});
