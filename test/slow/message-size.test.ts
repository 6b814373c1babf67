import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CONTENT_MAX_BYTES } from '../../src/message/message.ts';
import {
  askReading,
  askSubmission,
  bring,
  inReading,
  MESSAGE_POLICY,
  stateOf,
  write,
  type Code,
  type Sent,
} from '../message-kit.ts';
import { openRemote, residentMb, type Remote } from './remote.ts';

/**
 * Registered messages as large as they may be, against a server in a process of its own: streamed in both
 * directions, so that neither the size nor the slowness of who reads costs it memory.
 */
const RESIDENT_MAX_MB = 250;
const SAMPLE_MS = 25;
const PART_BYTES = 64 * 1024;
const MB = 1024 * 1024;
/** They take 100 kB a second: all they have not read yet would be far more than the memory allowed. */
const SLOW_READERS = 6;
const SLOW_BYTES = 100_000;
const SLOW_SECONDS = 4;

type File = { readonly n: number; readonly type: string; readonly magic: string; readonly sizeBytes: number };

const FIRST: File = { n: 1, type: 'application/pdf', magic: '%PDF-1.7\n', sizeBytes: 60 * MB };
const SECOND: File = { n: 2, type: 'image/png', magic: '\x89PNG\r\n\x1a\n', sizeBytes: 25 * MB + 12_345 };
/** All that is left of the 100 MB, to the byte. */
const THIRD: File = {
  n: 3,
  type: 'application/pdf',
  magic: '%PDF-1.7\n',
  sizeBytes: CONTENT_MAX_BYTES - FIRST.sizeBytes - SECOND.sizeBytes,
};

/** Bytes that differ from part to part, made while they are read. */
async function* bytesOf({ n, magic, sizeBytes }: File): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < sizeBytes; at += PART_BYTES) {
    const part = Buffer.alloc(Math.min(PART_BYTES, sizeBytes - at), `${n}:${at};`);
    if (at === 0) part.write(magic, 'latin1');
    yield await Promise.resolve(part);
  }
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const part of bytes) {
    hash.update(part);
    sizeBytes += part.length;
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

type Put = { readonly status: number; readonly body: Record<string, unknown> };

/**
 * Streams a file up, at the speed at which it is taken. `announced`: with its Content-Length; 'only': and
 * then waits for what the server says before a byte is sent.
 */
async function put(remote: Remote, sent: Sent, file: File, announced: boolean | 'only'): Promise<Put> {
  const sending = request(`${remote.url}${sent.path}/files/${file.n}?name=file-${file.n}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${remote.apiKey}`,
      'content-type': file.type,
      ...(announced === false ? { 'transfer-encoding': 'chunked' } : { 'content-length': file.sizeBytes }),
    },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sending.once('response', resolve);
    // After the answer, a server that has refused does not read on.
    sending.on('error', reject);
    if (announced === 'only') sending.flushHeaders();
    else Readable.from(bytesOf(file)).pipe(sending);
  });
  const text = Buffer.concat(await response.toArray()).toString('utf8');
  sending.destroy();
  return { status: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> };
}

function getOf(remote: Remote, sent: Sent, reading: Code, n: number): Promise<Response> {
  return fetch(`${remote.url}${sent.path}/readings/${reading.id}/files/${n}`, {
    headers: { authorization: `Bearer ${remote.apiKey}`, 'countersign-session': reading.secret },
  });
}

/** Asks for a file and takes a little of it each second; gives the bytes that it took. */
async function readSlowly(remote: Remote, sent: Sent, reading: Code, n: number): Promise<number> {
  const socket = connect({ port: remote.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.write(
    `GET ${sent.path}/readings/${reading.id}/files/${n} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
      `Authorization: Bearer ${remote.apiKey}\r\nCountersign-Session: ${reading.secret}\r\n\r\n`,
  );
  let taken = 0;
  for (let second = 0; second < SLOW_SECONDS; second++) {
    for (let want = SLOW_BYTES; want > 0;) {
      const part = socket.read() as Buffer | null;
      if (part === null) await once(socket, 'readable');
      taken += part?.length ?? 0;
      want -= part?.length ?? 0;
    }
    await sleep(1_000);
  }
  socket.destroy();
  return taken;
}

/** Follows the memory of the server, in phases, and says at the end how it was. */
function watchMemory(t: TestContext, remote: Remote) {
  const most = new Map<string, number>();
  let phase = 'start';
  let isMeasured = true;
  const timer = setInterval(() => void sample(), SAMPLE_MS);

  async function sample(): Promise<void> {
    const pid = remote.server.pid();
    const residentNow = pid === null ? null : await residentMb(pid);
    isMeasured &&= residentNow !== null;
    if (residentNow !== null) most.set(phase, Math.max(most.get(phase) ?? 0, residentNow));
  }

  return {
    enter: (name: string): void => {
      phase = name;
    },
    /** The most there was; null where it cannot be measured. */
    end: (): number | null => {
      clearInterval(timer);
      if (!isMeasured) {
        t.diagnostic('no /proc here: resident memory cannot be measured, and only the bytes were checked');
        return null;
      }
      for (const [name, mb] of most) t.diagnostic(`resident, ${name}: ${mb} MB at most`);
      return Math.max(...most.values());
    },
  };
}

test('M2: 100 MB go up and are handed over as they were, streamed both ways, in less than 250 MB of memory', async (t) => {
  await using remote = await openRemote(MESSAGE_POLICY);
  const memory = watchMemory(t, remote);
  const sent = await write(remote, { more: { text: undefined } });
  const files = [FIRST, SECOND, THIRD];

  memory.enter('upload');
  const digests = new Map<number, string>();
  for (const file of files) {
    const { sha256 } = await digestOf(bytesOf(file));
    digests.set(file.n, sha256);
    const stored = await put(remote, sent, file, file.n !== SECOND.n);
    assert.equal(stored.status, 200, JSON.stringify(stored.body));
    assert.equal(stored.body['sha256'], sha256);
    assert.equal(stored.body['sizeBytes'], file.sizeBytes);
  }

  memory.enter('one byte too many');
  const tiny: File = { n: 4, type: 'text/plain', magic: 'x', sizeBytes: 1 };
  for (const announced of [true, false]) {
    const more = await put(remote, sent, tiny, announced);
    assert.equal(more.status, 413, JSON.stringify(more.body));
    assert.equal(more.body['type'], '/problems/file_too_large');
  }

  memory.enter('submission and handover');
  assert.equal((await bring(remote, await askSubmission(remote, sent))).status, 200);
  const reading = await askReading(remote, sent);
  assert.equal((await bring(remote, reading)).status, 200);
  const handed = await inReading(remote, sent, reading, 'handover');
  assert.equal(handed.status, 200, handed.text);
  assert.deepEqual(
    (handed.body['files'] as { n: number; sha256: string }[]).map(({ n, sha256 }) => [n, sha256]),
    [...digests],
  );

  memory.enter('download');
  for (const { n, sizeBytes } of files) {
    const { body, status } = await getOf(remote, sent, reading, n);
    assert.equal(status, 200);
    assert.ok(body);
    assert.deepEqual(await digestOf(body), { sha256: digests.get(n), sizeBytes });
  }

  memory.enter(`${SLOW_READERS} slow readers`);
  const taken = await Promise.all(
    Array.from({ length: SLOW_READERS }, () => readSlowly(remote, sent, reading, FIRST.n)),
  );
  for (const bytes of taken) assert.ok(bytes >= SLOW_BYTES * SLOW_SECONDS && bytes < MB, `${bytes} bytes`);
  // They left in the middle; the next one is served as ever.
  const again = await getOf(remote, sent, reading, SECOND.n);
  assert.ok(again.body);
  assert.equal((await digestOf(again.body)).sha256, digests.get(SECOND.n));
  assert.equal(await stateOf(remote, sent), 'handed_over');

  const mostMb = memory.end();
  if (mostMb !== null) assert.ok(mostMb < RESIDENT_MAX_MB, `${mostMb} MB were resident`);
  assert.equal(remote.server.crashes(), 0, remote.server.complaints.join('\n'));
});

test('S20: one byte more than 100 MB is refused, announced or not, and leaves nothing behind', async (t) => {
  await using remote = await openRemote(MESSAGE_POLICY);
  const memory = watchMemory(t, remote);
  const sent = await write(remote, { more: { text: undefined } });
  const file: File = { ...FIRST, sizeBytes: CONTENT_MAX_BYTES + 1 };
  for (const announced of ['only', false] as const) {
    memory.enter(announced ? 'announced' : 'not announced');
    const refused = await put(remote, sent, file, announced);
    assert.equal(refused.status, 413, JSON.stringify(refused.body));
    const seen = await remote.call('GET', sent.path);
    assert.deepEqual(seen.body['files'], [], 'no file is left');
  }
  const [chunks] = await remote.engine.store.sql<{ count: number }[]>`
    select count(*)::int as count from message_chunk`;
  assert.equal(chunks?.count, 0, 'no part of it is left');
  assert.equal((await put(remote, sent, { ...FIRST, sizeBytes: 1_000 }, true)).status, 200);
  const mostMb = memory.end();
  if (mostMb !== null) assert.ok(mostMb < RESIDENT_MAX_MB, `${mostMb} MB were resident`);
});
