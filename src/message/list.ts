import { homeOf } from '../std/id.ts';
import { must } from '../std/assert.ts';
import type { Context } from './context.ts';
import { readFilesOf } from './file-store.ts';
import { listItems, searchItems, type MailboxPlace } from './mailbox-store.ts';
import { homeOfPartyKey } from './message.ts';
import { owns } from './owned.ts';
import { searchTokens } from './search.ts';
import { readMessages } from './store.ts';
import type { Caller, ListInput, MessageList } from './verbs.ts';
import { viewOf } from './view.ts';

/** A person's mailbox at one client, in pages, newest first, or what in it has the words that are searched for. */
export function createList(context: Context) {
  const { store, keys } = context;
  const { sql } = store;
  return async (caller: Caller, party: Uint8Array, input: ListInput): Promise<MessageList> => {
    const { box, q, cursor, limit } = input;
    const mailbox = { home: homeOfPartyKey(party), partyKey: party, clientId: caller.clientId, box };
    const searches = q === null ? [] : searchTokens(keys, party, q);
    if (q !== null && searches.length === 0) return { items: [], nextCursor: null };
    const after = cursor === null ? null : placeOf(cursor);
    const found =
      searches.length === 0
        ? await listItems(sql, mailbox, after, limit + 1)
        : await searchItems(sql, mailbox, after, limit + 1, searches);
    const page = found.slice(0, limit);
    if (page.length === 0) return { items: [], nextCursor: null };
    const [rows, files] = await Promise.all([readMessages(sql, page), readFilesOf(sql, page)]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    const filesById = Map.groupBy(files, ({ messageId }) => messageId);
    const seeing = { ...caller, party };
    const items = page.flatMap(({ id }) => {
      const row = byId.get(id);
      return row && owns(seeing, row, null) ? [viewOf(keys, row, filesById.get(id) ?? [], seeing)] : [];
    });
    const last = must(page.at(-1), 'a page has its last item');
    return { items, nextCursor: found.length > limit ? `${last.atUs}.${last.id}` : null };
  };
}

const CURSOR = /^(\d{1,17})\.(msg_[0-9a-z]{26})$/;

export function isCursor(text: string): boolean {
  const id = CURSOR.exec(text)?.[2];
  return id !== undefined && homeOf('msg', id) !== null;
}

function placeOf(cursor: string): MailboxPlace | null {
  const [, atUs, id] = CURSOR.exec(cursor) ?? [];
  return atUs === undefined || id === undefined ? null : { atUs, id };
}
