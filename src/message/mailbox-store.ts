import type { Db, Tx } from '../store/connection.ts';
import { bytea, type MessageKey } from './store.ts';
import type { Box } from './verbs.ts';

/** The SQL of mailboxes: what a person sent and received at one client, newest first. */
export type NewItem = {
  readonly box: 'sent' | 'received';
  readonly partyHome: number;
  readonly home: number;
  readonly id: string;
  readonly tokens: readonly bigint[];
};

/** Lists messages; the rest of each item is read from its message, which the transaction has just written. */
export async function insertItems(tx: Tx, items: readonly NewItem[]): Promise<void> {
  const parameter = JSON.stringify(items.map((item) => ({ ...item, tokens: `{${item.tokens.join(',')}}` })));
  await tx`
    insert into mailbox_item (home, party_key, client_id, box, at, message_home, message_id, tokens)
    select i."partyHome", case i."box" when 'sent' then m.sender_key else m.addressee_key end, m.client_id, i."box",
      case i."box" when 'sent' then m.created_at else m.accepted_at end, m.home, m.id, i."tokens"::bigint[]
    from json_to_recordset(${parameter}::text::json) as i ("box" text, "partyHome" smallint, "home" smallint,
      "id" text, "tokens" text)
    join message m on m.home = i."home" and m.id = i."id"
    where i."home" between 0 and 1023
    on conflict do nothing`;
}

export type DoneItem = MessageKey & {
  /** Of the addressee. */
  readonly partyHome: number;
  /** What is searched from now on; null leaves it. */
  readonly tokens: readonly bigint[] | null;
};

/** There is nothing left to receive of these. */
export async function finishItems(tx: Tx, items: readonly DoneItem[]): Promise<void> {
  const parameter = JSON.stringify(
    items.map((item) => ({ ...item, tokens: item.tokens && `{${item.tokens.join(',')}}` })),
  );
  await tx`
    update mailbox_item as i set done = true, tokens = coalesce(d."tokens"::bigint[], i.tokens)
    from json_to_recordset(${parameter}::text::json) as d ("home" smallint, "id" text, "partyHome" smallint,
      "tokens" text)
    join message m on m.home = d."home" and m.id = d."id"
    where i.home = d."partyHome" and i.party_key = m.addressee_key and i.client_id = m.client_id
      and i.box = 'received' and i.at = m.accepted_at and i.message_id = m.id and d."home" between 0 and 1023`;
}

export type Listed = MessageKey & {
  /** Microseconds since 1970, as text: the place in the order. */
  readonly atUs: string;
};

export type Mailbox = {
  readonly home: number;
  readonly partyKey: Uint8Array;
  readonly clientId: string;
  readonly box: Box;
};

/** A place in the order of a mailbox; what comes after it is older. */
export type MailboxPlace = { readonly atUs: string; readonly id: string };

/** Later than anything. */
const START: MailboxPlace = { atUs: '9000000000000000', id: '' };

/** The conditions of one mailbox, from a place on; and what is read of its items. */
function partsOf(db: Db, mailbox: Mailbox, after: MailboxPlace) {
  const { home, partyKey, clientId, box } = mailbox;
  const stored = box === 'sent' ? 'sent' : 'received';
  const half = { sent: db``, received: db``, waiting: db`and not i.done`, read: db`and i.done` }[box];
  const place = db`timestamptz 'epoch' + ${after.atUs}::bigint * interval '1 microsecond'`;
  return {
    columns: db`i.message_home::int as "home", i.message_id as "id",
      (extract(epoch from i.at) * 1000000)::bigint::text as "atUs"`,
    where: db`i.home = ${home} and i.party_key = ${bytea(partyKey)}::text::bytea and i.client_id = ${clientId}
      and i.box = ${stored} ${half} and (i.at, i.message_id) < (${place}, ${after.id})`,
  };
}

/** One page, newest first. */
export async function listItems(
  db: Db,
  mailbox: Mailbox,
  after: MailboxPlace | null,
  limit: number,
): Promise<Listed[]> {
  const { columns, where } = partsOf(db, mailbox, after ?? START);
  return db<Listed[]>`
    select ${columns} from mailbox_item i where ${where}
    order by i.at desc, i.message_id desc limit ${limit}`;
}

/** One list of tokens for each master key that tokens may have been made under; at least one. */
export type Search = readonly (readonly bigint[])[];

/** How many of the newest items are looked through before the index of tokens is asked. */
const WALK_MAX = 300;

/**
 * One page of what a search finds, newest first. A common word fills the page out of the newest items;
 * of a rare one the index of tokens, which are of one mailbox only, finds the few there are.
 */
export async function searchItems(
  db: Db,
  mailbox: Mailbox,
  after: MailboxPlace | null,
  limit: number,
  search: Search,
): Promise<Listed[]> {
  const walked = await walkItems(db, mailbox, after ?? START, search);
  const hits = walked.filter(({ hit }) => hit).slice(0, limit);
  const last = walked.at(-1);
  if (hits.length === limit || last?.place !== WALK_MAX) return hits;
  return [...hits, ...(await lookUpItems(db, mailbox, last, limit - hits.length, search))];
}

type Walked = Listed & { readonly hit: boolean; readonly place: number };

/** Among the next items in the order those that the search finds, and the last one that was looked at. */
async function walkItems(db: Db, mailbox: Mailbox, after: MailboxPlace, search: Search): Promise<Walked[]> {
  const { columns, where } = partsOf(db, mailbox, after);
  return db<Walked[]>`
    select "home", id, "atUs", hit, place from (
      select w."home", w.id, w."atUs", w.hit, row_number() over ()::int as place, count(*) over () as total from (
        select ${columns}, ${hitOf(db, search)} as hit from mailbox_item i where ${where}
        order by i.at desc, i.message_id desc limit ${WALK_MAX}::int
      ) as w
    ) as walked where hit or place = total`;
}

/** The planner would rather walk through the whole mailbox, so it is made to ask the index of tokens first. */
async function lookUpItems(
  db: Db,
  mailbox: Mailbox,
  after: MailboxPlace,
  limit: number,
  search: Search,
): Promise<Listed[]> {
  const { columns, where } = partsOf(db, mailbox, after);
  return db<Listed[]>`
    with i as materialized (
      select home, party_key, client_id, box, done, at, message_home, message_id from mailbox_item i
      where ${hitOf(db, search)}
    )
    select ${columns} from i where ${where} order by i.at desc, i.message_id desc limit ${limit}`;
}

function hitOf(db: Db, search: Search) {
  const each = search.map((tokens) => db`i.tokens @> ${tokens.map(String)}::bigint[]`);
  return each.slice(1).reduce((all, one) => db`${all} or ${one}`, each[0] ?? db`false`);
}

/** Messages of an erased person are in nobody's mailbox any more. */
export async function deleteItems(
  tx: Tx,
  items: readonly (MessageKey & { readonly partyHomes: readonly number[] })[],
): Promise<void> {
  const rows = items.flatMap(({ home, id, partyHomes }) =>
    partyHomes.map((partyHome) => ({ home, id, partyHome })),
  );
  await tx`
    delete from mailbox_item as i
    using json_to_recordset(${JSON.stringify(rows)}::text::json) as d ("home" smallint, "id" text,
      "partyHome" smallint), message m
    where m.home = d."home" and m.id = d."id" and i.home = d."partyHome"
      and i.party_key in (m.sender_key, m.addressee_key) and i.client_id = m.client_id and i.message_id = m.id
      and d."home" between 0 and 1023`;
}
