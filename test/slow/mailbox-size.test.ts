import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listItems, searchItems, type Mailbox } from '../../src/message/mailbox-store.ts';
import { homeOfPartyKey, partyKeyOf } from '../../src/message/message.ts';
import { searchTokens } from '../../src/message/search.ts';
import type { Db } from '../../src/store/connection.ts';
import { freshNumber, MESSAGE_POLICY, send, type Sent } from '../message-kit.ts';
import { openWorld, type World } from '../world.ts';

const MANY = 10_000;
const PAGE = 20;
/** What the plans may read: the newest items that a search looks through, and then a page. */
const ROWS_MAX = 400;
const CALLS = 30;

type Plan = { 'Node Type': string; 'Actual Rows': number; 'Actual Loops': number; Plans?: Plan[] };

/** The same message again, `count` times, each a minute older, in the mailbox of its addressee. */
async function copy(world: World, sent: Sent, count: number): Promise<void> {
  const { sql } = world.database.store;
  const id = (column: string): string => `substr(${column}, 1, 6) || lpad(g::text, 24, '0')`;
  await sql.unsafe(`
    insert into message (home, id, tenant_id, client_id, state, acceptance, language, notify_sender, sender_key,
      addressee_key, key_id, head, digest, salt, expires_after_ms, created_at, accepted_at, expires_at, ended_at)
    select home, ${id('id')}, tenant_id, client_id, 'recalled', acceptance, language, notify_sender, sender_key,
      addressee_key, key_id, head, digest, salt, expires_after_ms, created_at, accepted_at, expires_at, accepted_at
    from message, generate_series(1, ${count}) g where id = '${sent.id}'`);
  await sql.unsafe(`
    insert into mailbox_item (home, party_key, client_id, box, at, message_home, message_id, done, tokens)
    select home, party_key, client_id, box, at - g * interval '1 minute', message_home, ${id('message_id')}, true, tokens
    from mailbox_item, generate_series(1, ${count}) g where message_id = '${sent.id}' and box = 'received'`);
  await sql.unsafe('vacuum (analyze) mailbox_item');
}

/** A database that says how it would answer, and what it read for that, in place of the answer. */
function explaining(db: Db): { db: Db; plans: Plan[] } {
  const plans: Plan[] = [];
  const explain = (strings: TemplateStringsArray, ...values: never[]): unknown => {
    const query = db(strings, ...values);
    if (!/^\s*(select|with)/.test(strings[0] ?? '')) return query;
    return db<{ 'QUERY PLAN': { Plan: Plan }[] }[]>`explain (analyze, format json) ${query}`.then((rows) => {
      plans.push(...(rows[0]?.['QUERY PLAN'] ?? []).map((one) => one.Plan));
      return [];
    });
  };
  return { db: Object.assign(explain, db), plans };
}

/** The scans of tables and indexes in a plan. */
function scansOf(plan: Plan): Plan[] {
  const below = (plan.Plans ?? []).flatMap(scansOf);
  return plan['Node Type'].endsWith('Scan') ? [plan, ...below] : below;
}

function assertSmall(what: string, plans: readonly Plan[]): void {
  assert(plans.length > 0, `${what}: a plan was made`);
  for (const scan of plans.flatMap(scansOf)) {
    const rows = scan['Actual Rows'] * scan['Actual Loops'];
    assert.notEqual(scan['Node Type'], 'Seq Scan', `${what}: by an index`);
    assert(rows <= ROWS_MAX, `${what}: ${scan['Node Type']} reads ${rows} rows`);
  }
}

async function medianMs(world: World, query: string, count: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < CALLS; n++) {
    const startMs = performance.now();
    const page = await world.call('GET', `/v1/messages?${query}&limit=${PAGE}`);
    times.push(performance.now() - startMs);
    assert.equal(page.status, 200, page.text);
    assert.equal((page.body['items'] as object[]).length, Math.min(PAGE, count), page.text);
  }
  return times.toSorted((a, b) => a - b)[CALLS >> 1] ?? Number.NaN;
}

test('M2: a mailbox of 10,000 messages is listed and searched by reading no more than one of ten', async (t) => {
  await using world = await openWorld({ policy: MESSAGE_POLICY });
  const [few, many] = [freshNumber(), freshNumber()];
  for (const [addressee, count] of [
    [few, 10],
    [many, MANY],
  ] as const) {
    await copy(world, await send(world, { addressee, more: { senderName: 'Heirloom Shop' } }), 0);
    await copy(world, await send(world, { addressee, more: {} }), count - 2);
  }
  for (const [what, more, found] of [
    ['list', '', MANY],
    ['search of what all have', '&q=ada', MANY],
    ['search of what one has', '&q=heirl', 1],
    ['search of what none has', '&q=nothing', 0],
  ] as const) {
    const [ofTen, ofMany] = [few, many].map(
      (number) => `party=${encodeURIComponent(number)}&box=received${more}`,
    );
    const ten = await medianMs(world, ofTen ?? '', Math.min(found, what === 'list' ? 10 : 9));
    const all = await medianMs(world, ofMany ?? '', found);
    t.diagnostic(`${what}: ${ten.toFixed(1)} ms of ten, ${all.toFixed(1)} ms of ${MANY}`);
  }
  const { tenantId, clientId, config } = world;
  const partyKey = partyKeyOf(tenantId, { subscriberId: null, number: many });
  const mailbox: Mailbox = { home: homeOfPartyKey(partyKey), partyKey, clientId, box: 'received' };
  await t.test('the list reads one page by its index', async () => {
    const { db, plans } = explaining(world.database.store.sql);
    await listItems(db, mailbox, null, PAGE + 1);
    assertSmall('list', plans);
  });
  await t.test('a search reads the newest items, whatever there is behind them', async () => {
    const { db, plans } = explaining(world.database.store.sql);
    await searchItems(db, mailbox, null, PAGE + 1, searchTokens(config.keys, partyKey, 'ada'));
    assertSmall('search', plans);
  });
});
