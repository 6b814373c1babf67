import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshNumber, inReading, MESSAGE_POLICY, read, send, type Sent } from './message-kit.ts';
import { openWorld, type World } from './world.ts';

const COPIES = 700;

/** The same message again and again in the mailboxes of its two people, each a minute older. */
async function copy(world: World, sent: Sent, count: number): Promise<void> {
  const { sql } = world.database.store;
  const id = `substr(id, 1, 6) || lpad(g::text, 24, '0')`;
  const older = `g * interval '1 minute'`;
  await sql.unsafe(`
    insert into message (home, id, tenant_id, client_id, state, acceptance, language, notify_sender, sender_key,
      addressee_key, key_id, head, content_key, digest, salt, expires_after_ms, created_at, accepted_at, expires_at,
      handed_over_at)
    select home, ${id}, tenant_id, client_id, 'handed_over', acceptance, language, notify_sender, sender_key,
      addressee_key, key_id, head, content_key, digest, salt, expires_after_ms, created_at - ${older},
      accepted_at - ${older}, expires_at, accepted_at
    from message, generate_series(1, ${count}) g where id = '${sent.id}'`);
  await sql.unsafe(`
    insert into mailbox_item (home, party_key, client_id, box, at, message_home, message_id, done, tokens)
    select home, party_key, client_id, box, at - ${older}, message_home,
      substr(message_id, 1, 6) || lpad(g::text, 24, '0'), true, tokens
    from mailbox_item, generate_series(1, ${count}) g where message_id = '${sent.id}'`);
}

async function walk(world: World, query: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const page = await world.call('GET', `/v1/messages?${query}&limit=100${cursor}`);
    assert.equal(page.status, 200, page.text);
    ids.push(...(page.body['items'] as { id: string }[]).map(({ id }) => id));
    const next = page.body['nextCursor'] as string | null;
    if (next === null) return ids;
    cursor = `&cursor=${next}`;
  }
}

test('M2: a mailbox is listed and searched in pages, newest first, whatever its size', async () => {
  await using world = await openWorld({ policy: MESSAGE_POLICY });
  const [from, to] = [freshNumber(), freshNumber()];
  const people = { sender: from, addressee: to };
  const party = `party=${encodeURIComponent(to)}`;
  const sender = `party=${encodeURIComponent(from)}`;
  const old = await send(world, { ...people, more: { subject: 'Heirloom of old' } });
  const first = await send(world, { ...people, more: { subject: 'Lease of the house' } });
  assert.equal((await inReading(world, first, await read(world, first), 'handover')).status, 200);
  await copy(world, first, COPIES);
  await world.database.store.sql`
    update mailbox_item set at = at - interval '2 days' where message_id = ${old.id}`;
  const newest = await send(world, { ...people, more: { subject: 'Lease again' } });

  const all = await walk(world, `${party}&box=received`);
  assert.equal(all.length, COPIES + 3);
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual([all[0], all[1], all.at(-1)], [newest.id, first.id, old.id]);
  assert.deepEqual(await walk(world, `${party}&box=waiting`), [newest.id, old.id]);
  assert.equal((await walk(world, `${party}&box=read`)).length, COPIES + 1);
  // A word of all of them; one of a few of the newest; one beyond those that are looked through first.
  assert.equal((await walk(world, `${sender}&box=sent&q=lease`)).length, COPIES + 2);
  assert.deepEqual(await walk(world, `${sender}&box=sent&q=lease%20again`), [newest.id]);
  assert.deepEqual(await walk(world, `${sender}&box=sent&q=heirl`), [old.id]);
  assert.deepEqual(await walk(world, `${sender}&box=sent&q=${encodeURIComponent(to)}%20x`), []);
  assert.equal((await walk(world, `${party}&box=read&q=ada`)).length, COPIES + 1);

  for (const query of [
    'box=sent',
    'party=nobody',
    `${party}&cursor=x`,
    `${party}&limit=0`,
    `${party}&box=x`,
  ]) {
    assert.equal((await world.call('GET', `/v1/messages?${query}`)).status, 400, query);
  }
});
