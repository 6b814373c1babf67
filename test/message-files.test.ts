import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { must } from '../src/std/assert.ts';
import { checkInvariants } from './invariants.ts';
import {
  askSubmission,
  bring,
  fetchFile,
  inReading,
  MESSAGE_POLICY,
  putFile,
  read,
  typeOf,
  write,
  type Sent,
} from './message-kit.ts';
import { openedOf, until } from './security-kit.ts';
import { openWorld, type World } from './world.ts';

/** Files on their way into a message: what is taken, what breaks off, and what comes at the same time. */
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

async function chunksLeft(sent: Sent): Promise<number> {
  const rows = await world.database.store.sql<{ left: number }[]>`
    select count(*)::int as left from message_chunk where message_id = ${sent.id}`;
  return rows[0]?.left ?? 0;
}

test('M4: a file that comes while the message is being submitted is in it, or undoes it, and never half of it', async () => {
  for (let round = 0; round < 6; round++) {
    const sent = await write(world);
    const [submitted, other, put] = await Promise.all([
      world.call('POST', `${sent.path}/submission`, {}),
      world.call('POST', `${sent.path}/submission`, {}),
      putFile(world, sent, 1, 'text/plain', `annex ${round}`),
    ]);
    const won = [submitted, other].filter(({ status }) => status === 201);
    assert.ok(won.length <= 1, 'one submission at a time');
    for (const answer of [submitted, other]) {
      if (answer.status === 201) continue;
      assert.match(typeOf(answer), /^(draft_changed|file_incomplete|not_draft)$/);
    }
    const seen = await world.call('GET', sent.path);
    const files = (seen.body['files'] as { n: number; whole: boolean }[]).filter(({ whole }) => whole);
    assert.equal(files.length, put.status === 200 ? 2 : 1);
    if (won.length === 0) continue;
    await until('its code is there', () => world.handsets.lastCode(sent.sender));
    const { id, secret } = openedOf(must(won[0], 'one was submitted'));
    const code = must(world.handsets.lastCode(sent.sender), 'a code came');
    assert.equal((await bring(world, { id, secret, code })).status, 200);
    const handed = await inReading(world, sent, await read(world, sent), 'handover');
    assert.deepEqual([handed.status, (handed.body['files'] as []).length], [200, files.length], handed.text);
  }
});

test('S14: sizes, kinds and names of files are judged, whatever they say of themselves', async () => {
  const sent = await write(world);
  const refusals: [string, BodyInit, string][] = [
    ['text/html', '<p>hello', 'file_type_not_allowed'],
    ['text/plain', '<!DOCTYPE html><script>alert(1)</script>', 'file_type_not_allowed'],
    ['text/plain', Buffer.from([0xff, 0xfe, 0x00]), 'file_type_not_allowed'],
    ['image/png', 'not a picture', 'file_type_not_allowed'],
    ['application/pdf', Buffer.from('MZ\u0090\u0000%PDF-1.7'), 'file_type_not_allowed'],
    ['application/pdf', '', 'file_empty'],
  ];
  for (const [type, body, refusal] of refusals) {
    const answer = await putFile(world, sent, 1, type, body);
    const { type: found } = (await answer.json()) as { type: string };
    assert.equal(found, `/problems/${refusal}`, type);
  }
  const outside = await putFile(world, sent, 21, 'text/plain', 'x');
  assert.equal(outside.status, 400);
  const named = await putFile(world, sent, 2, 'text/plain', 'x', '../../etc/pass\u202Ewd.txt');
  assert.equal(((await named.json()) as { name: string }).name, 'pass_wd.txt');
  const announced = await fetch(`${world.url}${sent.path}/files/3`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/pdf' },
    body: Buffer.alloc(100 * 1024 * 1024 + 1),
  }).catch(() => null);
  // It is refused before it is read, so that the connection may end before all of it was sent.
  if (announced) assert.equal(announced.status, 413);
  assert.equal((await world.call('DELETE', `${sent.path}/files/2`)).status, 204);
  assert.equal((await world.call('DELETE', `${sent.path}/files/2`)).status, 404);
  const files = (await world.call('GET', sent.path)).body['files'] as { n: number; whole: boolean }[];
  assert.deepEqual(
    files.map(({ n, whole }) => [n, whole]),
    [[0, true]],
  );
});

test('M2: an upload that breaks off leaves nothing that could be submitted, and is sent again', async () => {
  const sent = await write(world);
  const leaving = new AbortController();
  const half = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Buffer.from('%PDF-1.7\n'));
      controller.enqueue(Buffer.alloc(700_000, 'x'));
    },
  });
  // A stream is sent before anything is heard, which the types do not know yet.
  const init: RequestInit & { duplex: 'half' } = {
    method: 'PUT',
    headers: { authorization: `Bearer ${world.apiKey}`, 'content-type': 'application/pdf' },
    body: half,
    duplex: 'half',
    signal: leaving.signal,
  };
  const broken = fetch(`${world.url}${sent.path}/files/1`, init).catch(() => null);
  await until('some of it arrived', async () => ((await chunksLeft(sent)) > 1 ? true : null));
  assert.equal(typeOf(await world.call('POST', `${sent.path}/submission`, {})), 'file_incomplete');
  leaving.abort();
  await broken;
  await until('the rest is cleared away', async () => ((await chunksLeft(sent)) === 1 ? true : null));
  assert.equal((await putFile(world, sent, 1, 'text/plain', 'whole')).status, 200);
  assert.equal((await bring(world, await askSubmission(world, sent))).status, 200);
});

test('M2: two uploads of one number at once: one is whole, the other is told', async () => {
  const sent = await write(world);
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((letter) => putFile(world, sent, 1, 'text/plain', letter.repeat(900_000))),
  );
  const kept = answers.filter(({ status }) => status === 200);
  assert.ok(kept.length >= 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
  const submitted = await bring(world, await askSubmission(world, sent));
  assert.equal(submitted.status, 200);
  const reading = await read(world, sent);
  assert.equal((await inReading(world, sent, reading, 'handover')).status, 200);
  const text = await (await fetchFile(world, sent, reading, 1)).text();
  assert.match(text, /^(a{900000}|b{900000}|c{900000})$/);
});
