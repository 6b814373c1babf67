import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  listItems,
  searchItems,
  type Listed,
  type Mailbox,
  type MailboxPlace,
} from '../../src/message/mailbox-store.ts';
import { readFilesOf } from '../../src/message/file-store.ts';
import { homeOfPartyKey, partyKeyOf } from '../../src/message/message.ts';
import { searchTokens } from '../../src/message/search.ts';
import { readMessages } from '../../src/message/store.ts';
import type { Box } from '../../src/message/verbs.ts';
import type { Db, Tx } from '../../src/store/connection.ts';
import { transaction } from '../../src/store/transaction.ts';
import { freshNumber, MESSAGE_POLICY } from '../message-kit.ts';
import { numberOf } from '../security-kit.ts';
import { openWorld, type World } from '../world.ts';
import { fillMailbox } from './fill-mailbox.ts';

/**
 * Ten thousand messages received by one person, listed, paged through and searched: what is held against it
 * is which rows the database reads, never a time; times are printed beside those of a mailbox of ten.
 */
const COUNT = 10_000;
const FEW = 10;
/** The newest of the received ones still wait, so that what was read begins deep in the order. */
const WAITING = 3_000;
const PAGE = 21;
/** What a search looks through first, and a page; see WALK_MAX of the room. */
const SEARCH_ROWS_MAX = 300 + PAGE;
const RARE = 8_000;
const ROUNDS = 25;

type Read = { readonly table: string; readonly rows: number; readonly seqScans: number };

/** Of each table, as the database counts it for this connection. */
async function readCounts(tx: Tx): Promise<Map<string, Read>> {
  const rows = await tx<Read[]>`
    select relname as "table", (coalesce(idx_tup_fetch, 0) + seq_tup_read)::int as "rows", seq_scan::int as "seqScans"
    from pg_stat_xact_user_tables`;
  return new Map(rows.map((row) => [row.table, row]));
}

/** What a piece of work reads. */
async function countReads<T>(
  world: World,
  work: (tx: Tx) => Promise<T>,
): Promise<{ value: T; reads: Map<string, Read> }> {
  return transaction(world.database.store.sql, async (tx) => {
    const before = await readCounts(tx);
    const value = await work(tx);
    const reads = new Map<string, Read>();
    for (const [table, { rows, seqScans }] of await readCounts(tx)) {
      const { rows: rowsBefore = 0, seqScans: scansBefore = 0 } = before.get(table) ?? {};
      reads.set(table, { table, rows: rows - rowsBefore, seqScans: seqScans - scansBefore });
    }
    return { value, reads };
  });
}

function assertReads(reads: Map<string, Read>, table: string, rowsMax: number, what: string): void {
  const { rows, seqScans } = reads.get(table) ?? { rows: 0, seqScans: 0 };
  assert.equal(seqScans, 0, `${what}: ${table} was read from its beginning to its end`);
  assert.ok(rows <= rowsMax, `${what}: ${rows} rows of ${table} were read, ${rowsMax} are enough`);
}

type Plan = { readonly 'Node Type': string; readonly 'Index Name'?: string; readonly Plans?: Plan[] };

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The plans of the statements that a function of a store runs; it is given no rows. */
async function plansOf(world: World, run: (db: Db) => Promise<unknown>): Promise<Plan[]> {
  const { sql } = world.database.store;
  const plans: Plan[] = [];
  const explain = async (query: object): Promise<unknown[]> => {
    const [row] = await sql<{ 'QUERY PLAN': { Plan: Plan }[] }[]>`explain (format json) ${query as never}`;
    plans.push(...(row?.['QUERY PLAN'] ?? []).map(({ Plan }) => Plan));
    return [];
  };
  // Fragments are never awaited, so the one that is must be the whole statement.
  const watched = (query: object): object =>
    new Proxy(query, {
      get: (target, name): unknown =>
        name === 'then'
          ? (...told: Parameters<Promise<unknown>['then']>) => explain(target).then(...told)
          : Reflect.get(target, name),
    });
  const explaining = new Proxy(sql, {
    apply: (target, self, args: unknown[]) => watched(Reflect.apply(target, self, args) as object),
  });
  await run(explaining);
  assert.ok(plans.length > 0, 'a statement was explained');
  return plans;
}

function mailboxOf(world: World, person: string, box: Box): Mailbox {
  const partyKey = partyKeyOf(world.tenantId, { subscriberId: null, number: person });
  return { home: homeOfPartyKey(partyKey), partyKey, clientId: world.clientId, box };
}

function placeOf(listed: Listed | undefined): MailboxPlace | null {
  return listed ? { atUs: listed.atUs, id: listed.id } : null;
}

async function fetchPage(world: World, query: string): Promise<{ ids: string[]; next: string | null }> {
  const page = await world.call('GET', `/v1/messages?${query}`);
  assert.equal(page.status, 200, page.text);
  const items = page.body['items'] as { id: string }[];
  return { ids: items.map(({ id }) => id), next: page.body['nextCursor'] as string | null };
}

async function walk(world: World, query: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const page = await fetchPage(world, `${query}&limit=100${cursor}`);
    ids.push(...page.ids);
    if (page.next === null) return ids;
    cursor = `&cursor=${page.next}`;
  }
}

/** The median of what a few calls took. */
async function medianMs(world: World, query: string): Promise<string> {
  const tookMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sinceMs = performance.now();
    await fetchPage(world, query);
    tookMs.push(performance.now() - sinceMs);
  }
  return (tookMs.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0).toFixed(1);
}

type Filled = { readonly person: string; readonly ids: readonly string[] };

/** Subjects begin with a word of all, and each has one of its own; they are found from the handover on. */
async function fill(world: World, count: number, firstOther: number): Promise<Filled> {
  const person = freshNumber();
  const waiting = (count * WAITING) / COUNT;
  const ids = await fillMailbox(world.server.messages.context, {
    tenantId: world.tenantId,
    clientId: world.clientId,
    person,
    others: Array.from({ length: 50 }, (_, i) => numberOf(firstOther + i)),
    box: 'received',
    count,
    subjectOf: (n) => `Letter rare${n}x`,
    isDone: (n) => n >= waiting,
  });
  return { person, ids };
}

async function checkReads(world: World, person: string, when: string): Promise<void> {
  for (const box of ['received', 'waiting', 'read'] as const) {
    const mailbox = mailboxOf(world, person, box);
    let after: MailboxPlace | null = null;
    for (const page of ['first page', 'second page']) {
      const { value, reads } = await countReads(world, (tx) => listItems(tx, mailbox, after, PAGE));
      assert.equal(value.length, PAGE, `${when}, ${box}, ${page}`);
      assertReads(reads, 'mailbox_item', PAGE + 1, `${when}, ${box}, ${page}`);
      after = placeOf(value.at(-1));
      const shown = await countReads(world, async (tx) => [
        await readMessages(tx, value),
        await readFilesOf(tx, value),
      ]);
      assertReads(shown.reads, 'message', PAGE, `${when}, ${box}, ${page}`);
      assertReads(shown.reads, 'message_file', PAGE, `${when}, ${box}, ${page}`);
    }
    const [plan] = await plansOf(world, (db) => listItems(db, mailbox, null, PAGE));
    const nodes = plan ? nodesOf(plan) : [];
    const scans = nodes.filter((node) => node['Node Type'].includes('Scan'));
    assert.deepEqual(
      scans.map((node) => node['Node Type'].replace('Only ', '')),
      ['Index Scan'],
      `${when}, ${box}: ${JSON.stringify(plan)}`,
    );
    assert.ok(
      !nodes.some((node) => node['Node Type'].includes('Sort')),
      `${when}, ${box}: nothing is sorted`,
    );
  }
}

async function checkSearches(world: World, person: string, when: string): Promise<void> {
  const { keys } = world.server.messages.context;
  const mailbox = mailboxOf(world, person, 'read');
  for (const [q, found] of [
    ['letter', PAGE],
    [`rare${RARE}x`, 1],
    [`letter rare${RARE}x`, 1],
    ['nowhere', 0],
  ] as const) {
    const search = searchTokens(keys, mailbox.partyKey, q);
    const { value, reads } = await countReads(world, (tx) => searchItems(tx, mailbox, null, PAGE, search));
    assert.equal(value.length, found, `${when}: ${q}`);
    assertReads(reads, 'mailbox_item', SEARCH_ROWS_MAX, `${when}: the search for ${q}`);
    const plans = await plansOf(world, (db) => searchItems(db, mailbox, null, PAGE, search));
    const scans = plans.flatMap(nodesOf).map((node) => node['Node Type']);
    assert.ok(!scans.includes('Seq Scan'), `${when}: ${q}`);
  }
}

async function tellTimes(t: TestContext, world: World, few: string, many: string): Promise<void> {
  const queries = ['box=received', 'box=waiting', 'box=read', 'box=read&q=letter', 'box=read&q=rare7x'];
  for (const query of queries) {
    const [small, large] = [
      await medianMs(world, `party=${encodeURIComponent(few)}&${query}`),
      await medianMs(world, `party=${encodeURIComponent(many)}&${query}`),
    ];
    t.diagnostic(`${query}: ${small} ms with ${FEW}, ${large} ms with ${COUNT} (median of ${ROUNDS})`);
  }
}

test('M2: a mailbox of 10,000 messages reads about a page for a page, and some 300 rows for a search', async (t) => {
  await using world = await openWorld({ policy: MESSAGE_POLICY });
  const { sql } = world.database.store;
  const few = await fill(world, FEW, 0);
  const many = await fill(world, COUNT, 100);
  // As it is before anything has looked at the tables, and with their statistics.
  await checkReads(world, many.person, 'without statistics');
  await checkSearches(world, many.person, 'without statistics');
  await sql`vacuum analyze mailbox_item, message, message_file`;
  await checkReads(world, many.person, 'with statistics');
  await checkSearches(world, many.person, 'with statistics');

  const party = `party=${encodeURIComponent(many.person)}`;
  assert.deepEqual(await walk(world, `${party}&box=received`), many.ids, 'each once, newest first');
  assert.deepEqual(await walk(world, `${party}&box=waiting`), many.ids.slice(0, WAITING));
  for (const n of [WAITING, RARE, COUNT - 1]) {
    assert.deepEqual(await walk(world, `${party}&box=received&q=rare${n}x`), [many.ids[n]], `number ${n}`);
  }
  assert.deepEqual(await walk(world, `${party}&box=waiting&q=rare1x`), [], 'no subject before the handover');
  await tellTimes(t, world, few.person, many.person);
});
