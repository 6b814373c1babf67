import { toHex } from '../std/bytes.ts';
import { homeOf } from '../std/id.ts';
import type { KeyRing } from '../std/key-ring.ts';
import { readHistory } from '../evidence/history.ts';
import type { Entry } from '../evidence/entry.ts';
import type { Context } from './context.ts';
import { readFiles, type FileRow } from './file-store.ts';
import { fingerprintOf, shownParty, type FileInfo, type Message } from './message.ts';
import { readOwned, rolesOf } from './owned.ts';
import { openFileHead, openHead } from './seal.ts';
import type { Caller, MessageStory, MessageView, Role, StoryEvent } from './verbs.ts';

/** What is shown of a message, and to whom. */

/** Sizes and names of the files of a message as they are stored now; a name that was erased is empty. */
export function filesOf(
  keys: KeyRing,
  message: Message,
  rows: readonly FileRow[],
): (FileInfo & { whole: boolean })[] {
  return rows.map(({ n, head, sizeBytes, whole }) => {
    const open = head === null ? null : openFileHead(keys, message, n, head);
    const { name = '', type = '', sha256 = '' } = open ?? {};
    return { n, name, type, sizeBytes, sha256, whole };
  });
}

/** Of somebody who wrote to himself, the sender. */
function roleOf(caller: Caller, message: Message): Role | null {
  return caller.party === null ? null : (rolesOf(caller.party, message)[0] ?? null);
}

/**
 * The addressee learns nothing but from whom it is, and how long it waits, until it was handed over to him:
 * whoever must decide whether to accept decides on that alone.
 */
export function viewOf(
  keys: KeyRing,
  message: Message,
  rows: readonly FileRow[],
  caller: Caller,
): MessageView {
  const role = roleOf(caller, message);
  const closed = role === 'addressee' && message.handedOverAtMs === null;
  const head = openHead(keys, message);
  const { digest } = message;
  const { id, clientId, state, reason, acceptance, language, notifySender, submissionId } = message;
  const { readings, notices, createdAtMs, acceptedAtMs, expiresAtMs, handedOverAtMs, endedAtMs } = message;
  return {
    id,
    clientId,
    state,
    reason,
    role,
    subject: closed ? null : (head?.subject ?? null),
    sender: head && shownParty(head, head.sender),
    addressee: head && shownParty(head, head.addressee),
    acceptance,
    language,
    notifySender,
    files: closed ? [] : filesOf(keys, message, rows),
    sizeBytes: message.sizeBytes,
    digest: digest && toHex(digest),
    fingerprint: digest && fingerprintOf(digest),
    contentErased: message.contentKey === null,
    submissionId: role === 'addressee' ? null : submissionId,
    readings,
    notices,
    validityMs: message.expiresAfterMs,
    createdAtMs,
    acceptedAtMs,
    expiresAtMs,
    handedOverAtMs,
    endedAtMs,
    nowMs: message.nowMs,
  };
}

/** The message as the caller may see it, read anew. */
export async function viewNow(context: Context, caller: Caller, id: string): Promise<MessageView | null> {
  const row = await readOwned(context.store.sql, caller, id, null);
  return row && viewOf(context.keys, row, await readFiles(context.store.sql, row), caller);
}

export function createView(context: Context) {
  const { sql } = context.store;
  return async (caller: Caller, id: string): Promise<MessageStory | null> => {
    const view = await viewNow(context, caller, id);
    const home = homeOf('msg', id);
    if (view === null || home === null) return null;
    const entries = await readHistory(sql, home, id);
    return { ...view, events: entries.map(storyEvent) };
  };
}

function storyEvent({ type, n, time, facts }: Entry): StoryEvent {
  const text = (name: string) => (typeof facts[name] === 'string' ? facts[name] : null);
  return {
    name: type,
    n,
    atMs: Date.parse(time),
    reason: text('reason'),
    channel: text('channel'),
    kind: text('kind'),
    confirmationId: text('confirmation'),
  };
}
