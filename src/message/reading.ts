import { must } from '../std/assert.ts';
import { toHex } from '../std/bytes.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Act } from '../confirmation/act.ts';
import type { Outcome, OutcomeRoom } from '../confirmation/outcomes.ts';
import { isSessionSecret } from '../confirmation/session.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import { isPending, READING_MS, type Message, type MessageState } from './message.ts';
import { owns, readOwned } from './owned.ts';
import { toOfParty } from './party.ts';
import { findReadings, insertReading, proveReadings, readReading, type Reading } from './reading-store.ts';
import type { Happening, RecordEvents } from './record.ts';
import { openHead } from './seal.ts';
import { countReadings, lockMessages, readMessages } from './store.ts';
import { principalOf } from './submit.ts';
import type { Asking, Caller, CodeSent, InReading, InReadingRefusal, ReadingRefusal } from './verbs.ts';

/**
 * A reading: one session in which the addressee proves himself by a code that works in it alone (M2).
 *
 *   openReading ─▶ asked ─right code─▶ proved ─15 min─▶ over
 *                                        └ accept, refuse, hand over, fetch files: with the secret of this session
 */
export function createOpenReading(context: Context) {
  const { store, keys, confirmations } = context;
  return async (caller: Caller, id: string, asking: Asking): Promise<Result<CodeSent, ReadingRefusal>> => {
    const row = await readOwned(store.sql, caller, id, 'addressee');
    if (!row) return refuse('not_found');
    if (!mayBeOpened(row)) return refuse('not_waiting');
    const head = openHead(keys, row);
    if (row.contentKey === null || head === null) return refuse('content_erased');
    const { digest } = row;
    const act: Act = {
      purpose: 'message',
      text: head.sender.shown,
      contentDigest: toHex(must(digest, 'a registered message has a digest')),
    };
    const opened = await confirmations.open(principalOf(caller), {
      to: toOfParty(head.addressee),
      act,
      connected: false,
      language: head.addressee.subscriberId === null ? row.language : null,
      ...asking,
      // Its sender named the number; and nobody reads without a code, whatever policy says of other acts.
      allowCallerAddress: true,
      alwaysSecured: true,
      alongside: (tx, { id: confirmationId, sessionHash }) =>
        insertReading(tx, row, { confirmationId, sessionHash }),
    });
    return opened.ok ? ok({ opened: opened.value, act }) : opened;
  };
}

function mayBeOpened(row: Message): boolean {
  return row.state === 'handed_over' || (isPending(row.state) && !isOverdue(row));
}

/** Past its end, though the jobs role has not come by yet. */
export function isOverdue({ state, expiresAtMs, nowMs }: Message): boolean {
  return isPending(state) && expiresAtMs !== null && nowMs >= expiresAtMs;
}

/** What follows the right code of an addressee, in its transaction. */
export function createReadingRoom(context: Context, record: RecordEvents): OutcomeRoom {
  const told = new WeakMap<readonly Outcome[], readonly string[]>();

  async function onEnded(tx: Tx, outcomes: readonly Outcome[]): Promise<void> {
    const right = new Map(
      outcomes.filter(({ state }) => state === 'confirmed').map((outcome) => [outcome.row.id, outcome]),
    );
    if (right.size === 0) return;
    const readings = await findReadings(tx, [...right.keys()]);
    if (readings.length === 0) return;
    const keys = new Map(readings.map(({ home, messageId }) => [messageId, { home, id: messageId }]));
    const messages = new Map((await lockMessages(tx, [...keys.values()])).map((row) => [row.id, row]));
    const proved: { confirmationId: string; n: number }[] = [];
    const happenings: Happening[] = [];
    for (const { confirmationId, messageId } of readings) {
      const message = messages.get(messageId);
      // It was recalled, refused or expired while the code was on its way: the code proves nothing any more.
      if (!message || !mayBeOpened(message)) continue;
      const n = message.readings + happenings.filter((one) => one.message.id === messageId).length;
      const { channel, assurance } = must(right.get(confirmationId), 'a reading has its outcome').row;
      proved.push({ confirmationId, n });
      const facts = { confirmation: confirmationId, channel, assurance };
      happenings.push({ message, name: 'ContentAccessTracking', n, facts });
    }
    if (proved.length === 0) return;
    for (const { message } of happenings) await countReadings(tx, [message]);
    await Promise.all([proveReadings(tx, proved), record(tx, happenings)]);
    told.set(
      outcomes,
      happenings.map(({ message }) => message.id),
    );
  }

  return {
    onEnded,
    onCommitted: (outcomes) => {
      for (const id of told.get(outcomes) ?? []) context.changes.tell(id);
    },
  };
}

export type ProvedReading = { readonly message: Message; readonly reading: Reading & { readonly n: number } };

/**
 * The reading that a caller says he is in: of a message of his, in the session in which its code was
 * right, and not longer ago than allowed. Only whoever holds the session is told what is wrong.
 */
export async function findReading(
  db: Db,
  caller: Caller,
  asked: InReading,
): Promise<Result<ProvedReading, InReadingRefusal>> {
  const reading = await readReading(db, asked.confirmationId);
  if (!reading || reading.messageId !== asked.messageId) return refuse('not_found');
  const [message] = await readMessages(db, [{ home: reading.home, id: reading.messageId }]);
  return judgeReading(caller, asked, reading, message);
}

/** The same, with the lock of the message. */
export async function lockReading(
  tx: Tx,
  caller: Caller,
  asked: InReading,
): Promise<Result<ProvedReading, InReadingRefusal>> {
  const found = await readReading(tx, asked.confirmationId);
  if (!found || found.messageId !== asked.messageId) return refuse('not_found');
  const [message] = await lockMessages(tx, [{ home: found.home, id: found.messageId }]);
  // Under the lock, for another request of the same reading may have changed it.
  const reading = await readReading(tx, asked.confirmationId);
  return reading ? judgeReading(caller, asked, reading, message) : refuse('not_found');
}

const OVER: Readonly<Partial<Record<MessageState, InReadingRefusal>>> = {
  recalled: 'message_recalled',
  refused: 'message_refused',
  expired: 'message_expired',
};

function judgeReading(
  caller: Caller,
  asked: InReading,
  reading: Reading,
  message: Message | undefined,
): Result<ProvedReading, InReadingRefusal> {
  const sameSession = isSessionSecret(asked.session, reading.sessionHash);
  if (!message || !sameSession || !owns(caller, message, 'addressee')) return refuse('not_found');
  const { n, provedAtMs } = reading;
  const over = OVER[message.state] ?? (isOverdue(message) ? 'message_expired' : null);
  if (over !== null) return refuse(over);
  if (provedAtMs === null || n === null) return refuse('not_proved');
  if (message.nowMs >= provedAtMs + READING_MS) return refuse('reading_over');
  return ok({ message, reading: { ...reading, n } });
}
