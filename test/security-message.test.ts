import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { parseKeyRing } from '../src/std/key-ring.ts';
import { unwrapKey, openHead } from '../src/message/seal.ts';
import { checkInvariants } from './invariants.ts';
import {
  askReading,
  bring,
  eventsOf,
  fetchFile,
  inReading,
  MESSAGE_POLICY,
  putFile,
  askSubmission,
  read,
  send,
  stateOf,
  storyOf,
  typeOf,
  write,
  type Code,
  type Sent,
} from './message-kit.ts';
import { addClient } from './security-kit.ts';
import { openWorld, type World } from './world.ts';

/** Every wrong way to read a registered message, each refused clearly, and none of them leaving a trace of reading. */
let world: World;
const SECRET = 'The lease ends on 31 March.';

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

async function unread(sent: Sent, state = 'waiting'): Promise<void> {
  assert.equal(await stateOf(world, sent), state);
  assert.ok(!(await storyOf(world, sent)).includes('ContentHandover'), 'nothing was handed over');
}

async function refusalOf(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { type: string };
  return [response.status, body.type.replace('/problems/', '')];
}

suite('eight wrong ways to read a registered message', () => {
  test('S9: in another session: the code of one session is of no use to the secret of another', async () => {
    const sent = await send(world);
    const own = await read(world, sent);
    const other = await askReading(world, sent);
    for (const reading of [
      { ...own, secret: other.secret },
      { ...own, secret: 'guessed' },
      { ...own, secret: '' },
    ]) {
      const answer = await inReading(world, sent, reading, 'handover');
      assert.ok(answer.status === 404 || answer.status === 400, answer.text);
    }
    const unproved = await inReading(world, sent, other, 'handover');
    assert.deepEqual([unproved.status, typeOf(unproved)], [409, 'not_proved']);
    const crossed = await bring(world, { ...other, code: own.code });
    assert.equal(typeOf(crossed), 'refused');
    await unread(sent);
  });

  test('S14: as another person: a reading of one message opens no other, nor does another client', async () => {
    const [mine, yours] = [await send(world), await send(world)];
    const reading = await read(world, mine);
    assert.equal((await inReading(world, yours, reading, 'handover')).status, 404);
    assert.equal((await fetchFile(world, yours, reading, 0)).status, 404);
    const { key } = await addClient(world);
    for (const [method, path] of [
      ['GET', yours.path],
      ['POST', `${yours.path}/readings`],
      ['POST', `${yours.path}/recall`],
      ['POST', `${yours.path}/submission`],
      ['DELETE', `${yours.path}/content`],
      ['GET', `${yours.path}/receipt`],
      ['GET', `${yours.path}/certificate`],
      ['GET', `${yours.path}/events`],
    ] as const) {
      const body = method === 'POST' && !path.endsWith('recall') ? {} : undefined;
      const answer = await world.call(method, path, body, { authorization: `Bearer ${key}` });
      const unknown = await world.call(method, path.replace(yours.id, `msg_${'0'.repeat(26)}`), body, {
        authorization: `Bearer ${key}`,
      });
      assert.deepEqual([answer.status, answer.text], [404, unknown.text], path);
    }
    assert.equal((await inReading(world, mine, reading, 'handover', key)).status, 404);
    const list = await world.call(
      'GET',
      `/v1/messages?party=${encodeURIComponent(yours.addressee)}`,
      undefined,
      {
        authorization: `Bearer ${key}`,
      },
    );
    assert.deepEqual(list.body['items'], []);
    await unread(mine);
    await unread(yours);
  });

  test('S19: by a GET: whatever is fetched, nothing is handed over, and nothing is consumed', async () => {
    const sent = await send(world);
    const reading = await read(world, sent);
    for (let times = 0; times < 3; times++) {
      assert.deepEqual(await refusalOf(await fetchFile(world, sent, reading, 0)), [409, 'not_handed_over']);
      for (const path of [sent.path, `${sent.path}/readings/${reading.id}/handover`]) {
        const looked = await world.call('GET', path);
        assert.ok(!looked.text.includes(SECRET));
      }
    }
    await unread(sent);
    assert.equal((await inReading(world, sent, reading, 'handover')).status, 200, 'and it still can be');
  });

  test('S9: with a code that was used: it confirms nothing again, and an old reading is over after 15 minutes', async () => {
    const sent = await send(world);
    const reading = await read(world, sent);
    assert.equal(typeOf(await bring(world, reading)), 'ended');
    assert.equal((await inReading(world, sent, reading, 'handover')).status, 200);
    await world.database.advanceClock(15 * 60_000 + 1000);
    assert.equal(typeOf(await inReading(world, sent, reading, 'handover')), 'reading_over');
    assert.deepEqual(await refusalOf(await fetchFile(world, sent, reading, 0)), [409, 'reading_over']);
    const again = await askReading(world, sent);
    assert.equal(typeOf(await bring(world, { ...again, code: reading.code })), 'refused');
    assert.equal(typeOf(await inReading(world, sent, again, 'handover')), 'not_proved');
  });

  test('S9: after its recall, whether the code came before or after it', async () => {
    const sent = await send(world);
    const proved = await read(world, sent);
    const asked = await askReading(world, sent);
    assert.equal((await world.call('POST', `${sent.path}/recall`)).status, 200);
    const late = await inReading(world, sent, proved, 'handover');
    assert.deepEqual([late.status, typeOf(late)], [410, 'message_recalled']);
    assert.equal((await bring(world, asked)).status, 200, 'the code itself is right');
    assert.equal(typeOf(await inReading(world, sent, asked, 'handover')), 'message_recalled');
    assert.equal(typeOf(await world.call('POST', `${sent.path}/readings`, {})), 'not_waiting');
    const tracked = (await eventsOf(world, sent)).filter(({ name }) => name === 'ContentAccessTracking');
    assert.equal(tracked.length, 1, 'the later code proved nothing of this message');
    await unread(sent, 'recalled');
  });

  test('S9: after its end, also before any process has recorded that', async () => {
    const sent = await send(world, { more: { validityMs: 60 * 60_000 } });
    await world.database.advanceClock(55 * 60_000);
    const proved = await read(world, sent);
    const asked = await askReading(world, sent);
    await world.database.advanceClock(5 * 60_000);
    const late = await inReading(world, sent, proved, 'handover');
    assert.deepEqual([late.status, typeOf(late)], [410, 'message_expired']);
    assert.notEqual(typeOf(await inReading(world, sent, asked, 'handover')), 'acceptance_needed');
    assert.equal(typeOf(await world.call('POST', `${sent.path}/readings`, {})), 'not_waiting');
    assert.ok(!(await storyOf(world, sent)).includes('ContentHandover'));
  });

  test("S14: as the tenant's administrator: his key opens nothing here, not even with a reading", async () => {
    const sent = await send(world);
    const reading = await read(world, sent);
    const key = world.adminKey;
    const admin = { authorization: `Bearer ${key}` };
    for (const answer of [
      await inReading(world, sent, reading, 'handover', key),
      await world.call('GET', sent.path, undefined, admin),
      await world.call('POST', `${sent.path}/readings`, {}, admin),
      await world.call('GET', '/v1/messages?party=%2B33612345678', undefined, admin),
    ]) {
      assert.deepEqual([answer.status, typeOf(answer)], [403, 'client_key_only']);
    }
    assert.deepEqual(await refusalOf(await fetchFile(world, sent, reading, 0, key)), [
      403,
      'client_key_only',
    ]);
    await unread(sent);
  });

  test('S8: from a dump of the database, without the master key: nothing in it says what was sent', async () => {
    const sent = await write(world, { more: { text: `${SECRET} ${SECRET}` } });
    const name = 'inventory-of-the-house.txt';
    assert.equal((await putFile(world, sent, 1, 'text/plain', `${SECRET} annexed`, name)).status, 200);
    await bring(world, await askSubmission(world, sent));
    const reading = await read(world, sent);
    await inReading(world, sent, reading, 'handover');
    await fetchFile(world, sent, reading, 1);
    const { sql } = world.database.store;
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`;
    for (const { name: table } of tables) {
      const rows = await sql.unsafe<{ row: string }[]>(`select t::text as row from "${table}" t`);
      const dump = rows.map(({ row }) => row).join('\n');
      const asBytes = Buffer.from(SECRET).toString('hex');
      for (const clear of [SECRET, asBytes, name, Buffer.from(name).toString('hex')]) {
        assert.ok(!dump.includes(clear), `${table} holds no content`);
      }
    }
    // The rows say which key they need, and another master key does not open them.
    const [row] = await sql<{ keyId: string; contentKey: Uint8Array; head: Uint8Array }[]>`
      select key_id as "keyId", content_key as "contentKey", head from message where id = ${sent.id}`;
    const other = parseKeyRing(`${row?.keyId}:${Buffer.alloc(32).fill('another key').toString('base64')}`);
    assert.ok(row && other.ok);
    assert.equal(unwrapKey(other.value, { id: sent.id, keyId: row.keyId }, row.contentKey), null);
    assert.equal(openHead(other.value, { id: sent.id, keyId: row.keyId, head: row.head }), null);
  });
});

suite('content that is not as it was sent', () => {
  const HARM: readonly (readonly [what: string, harm: (sent: Sent) => Promise<unknown>])[] = [
    ['changed', (sent) => chunk(sent, `sealed = set_byte(sealed, 5, get_byte(sealed, 5) # 1)`, 0)],
    [
      'missing',
      (sent) => world.database.store.sql`delete from message_chunk where message_id = ${sent.id} and n = 1`,
    ],
    ['cut', (sent) => chunk(sent, `sealed = substring(sealed for 1000)`, 2)],
    [
      'reordered',
      async (sent) => {
        await chunk(sent, 'n = 100', 0);
        await chunk(sent, 'n = 0', 1);
        await chunk(sent, 'n = 1', 100);
      },
    ],
    ['of another message', swapped],
  ];

  async function chunk(sent: Sent, change: string, n: number): Promise<void> {
    const { sql } = world.database.store;
    await sql`update message_chunk set ${sql.unsafe(change)} where message_id = ${sent.id} and n = ${n} and file_n = 1`;
  }

  async function swapped(sent: Sent): Promise<void> {
    const other = await long();
    await world.database.store.sql`
      update message_chunk c set sealed = o.sealed from message_chunk o
      where c.message_id = ${sent.id} and o.message_id = ${other.id} and c.file_n = 1 and o.file_n = 1 and c.n = o.n`;
  }

  async function long(): Promise<Sent> {
    const sent = await write(world);
    const text = 'x'.repeat(150_000);
    assert.equal((await putFile(world, sent, 1, 'text/plain', text)).status, 200);
    assert.equal((await bring(world, await askSubmission(world, sent))).status, 200);
    return sent;
  }

  for (const [what, harm] of HARM) {
    test(`M6, S20: a chunk that is ${what}: found before anything is handed over, refused, logged once`, async () => {
      const sent = await long();
      await harm(sent);
      const reading: Code = await read(world, sent);
      for (let times = 0; times < 2; times++) {
        const answer = await inReading(world, sent, reading, 'handover');
        assert.deepEqual([answer.status, typeOf(answer)], [500, 'damaged'], answer.text);
      }
      assert.deepEqual(await refusalOf(await fetchFile(world, sent, reading, 1)), [409, 'not_handed_over']);
      const failures = (await eventsOf(world, sent)).filter(({ name }) => name === 'ContentHandoverFailure');
      assert.deepEqual(
        failures.map(({ n, reason }) => [n, reason]),
        [[0, 'damaged']],
      );
      await unread(sent);
    });
  }
});
