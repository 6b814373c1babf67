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

/**
 * One page, newest first. `searches`: one list of tokens for each master key that tokens may have been made
 * under; empty for no search.
 */
export async function listItems(
  db: Db,
  mailbox: Mailbox,
  after: MailboxPlace | null,
  limit: number,
  searches: readonly (readonly bigint[])[],
): Promise<Listed[]> {
  const { home, partyKey, clientId, box } = mailbox;
  const { atUs, id } = after ?? START;
  const stored = box === 'sent' ? 'sent' : 'received';
  const half = { sent: db``, received: db``, waiting: db`and not i.done`, read: db`and i.done` }[box];
  const place = db`timestamptz 'epoch' + ${atUs}::bigint * interval '1 microsecond'`;
  const columns = db`i.message_home::int as "home", i.message_id as "id",
    (extract(epoch from i.at) * 1000000)::bigint::text as "atUs"`;
  if (searches.length === 0) {
    return db<Listed[]>`
      select ${columns} from mailbox_item i
      where i.home = ${home} and i.party_key = ${bytea(partyKey)}::text::bytea and i.client_id = ${clientId}
        and i.box = ${stored} ${half} and (i.at, i.message_id) < (${place}, ${id})
      order by i.at desc, i.message_id desc limit ${limit}`;
  }
  // Tokens are of one mailbox only, so the index of tokens alone finds a search's few rows; the planner would
  // rather walk through the whole mailbox.
  const each = searches.map(
    (tokens) => db`
      select i.* from mailbox_item i where i.tokens @> ${tokens.map(String)}::bigint[]`,
  );
  const found = each.slice(1).reduce((all, one) => db`${all} union ${one}`, each[0] ?? db``);
  return db<Listed[]>`
    with found as materialized (${found})
    select ${columns} from found i
    where i.home = ${home} and i.party_key = ${bytea(partyKey)}::text::bytea and i.client_id = ${clientId}
      and i.box = ${stored} ${half} and (i.at, i.message_id) < (${place}, ${id})
    order by i.at desc, i.message_id desc limit ${limit}`;
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
