import type { LeasedDispatch, NewDispatch } from '../gateway/dispatch.ts';
import { enqueue, type Rendered, type Room, type Settled } from '../gateway/gateway.ts';
import { momentText } from '../gateway/moment-text.ts';
import { renderMessage } from '../gateway/template.ts';
import { NEWS, type News } from '../gateway/template-texts.ts';
import { must } from '../std/assert.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import {
  isConsigned,
  isEnded,
  isPending,
  shortIdOf,
  type Head,
  type Message,
  type Party,
} from './message.ts';
import { toOfParty } from './party.ts';
import type { EventName, Happening, RecordEvents } from './record.ts';
import { openHead } from './seal.ts';
import { lockMessages, readMessages, type MessageKey } from './store.ts';

/**
 * What the two sides are told (M3, M8): the addressee that a message waits, by notices that say from whom and
 * never what; the sender, by news, what became of it. Texts are made at the moment of sending from the row.
 *
 *   n of a dispatch: 0, 1, 2... notices;  1000 + place in NEWS, each at most once;  2000 + n of a notice that failed
 */
const DAY_MS = 24 * 60 * 60_000;
const NEWS_FROM = 1000;
const FAILED_FROM = 2000;

/** Notice number `n` of a message; from 1 on they are reminders. */
export function noticeOf(message: Pick<Message, 'home' | 'id' | 'tenantId'>, n: number): NewDispatch {
  const { home, id, tenantId } = message;
  return { home, subjectId: id, n, tenantId, kind: 'notice', channel: 'sms', validityMs: DAY_MS };
}

function newsOf(message: Message, event: News, notice = 0): NewDispatch {
  const { home, id, tenantId } = message;
  const n = event === 'notice_failed' ? FAILED_FROM + notice : NEWS_FROM + NEWS.indexOf(event);
  return { home, subjectId: id, n, tenantId, kind: 'news', channel: 'sms', validityMs: DAY_MS };
}

function eventOf(n: number): News {
  return n >= FAILED_FROM
    ? 'notice_failed'
    : must(NEWS[n - NEWS_FROM], 'the number of news is that of an event');
}

/** Tells the senders who want to be told, in the transaction of what they are told. */
export async function tellSenders(
  tx: Tx,
  messages: readonly Message[],
  event: Exclude<News, 'notice_failed'>,
): Promise<void> {
  const wanting = messages.filter(({ notifySender, salt }) => notifySender && salt !== null);
  if (wanting.length === 0) return;
  await enqueue(
    tx,
    wanting.map((message) => newsOf(message, event)),
    false,
  );
}

type Told = (message: Message, head: Head, clientName: string, n: number) => Promise<Rendered | null>;

/** Makes the texts of dispatches from the rows of their messages; null where there is nothing to tell now. */
function createRender(context: Context, tell: Told) {
  const { store, keys, clientOf } = context;
  return async (jobs: readonly LeasedDispatch[]): Promise<(Rendered | null)[]> => {
    const rows = await readMessages(store.sql, jobs.map(keyOf));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return Promise.all(
      jobs.map(async ({ subjectId, n }) => {
        const message = byId.get(subjectId);
        const head = message ? openHead(keys, message) : null;
        const client = message && (await clientOf(message.tenantId, message.clientId));
        return message && head && client ? tell(message, head, client.name, n) : null;
      }),
    );
  };
}

/** The room of the dispatches of kind `notice`. */
export function createNoticeRoom(context: Context, record: RecordEvents): Room {
  const render = createRender(context, async (message, head, clientName, n) => {
    if (!isPending(message.state) || message.salt === null) return null;
    const { language, acceptance, state, clientId, id } = message;
    const expiresAtMs = must(message.expiresAtMs, 'a registered message has its end');
    const { text } = renderMessage({
      kind: 'notice',
      senderName: head.sender.shown,
      number: shortIdOf(id),
      url: `${context.publicUrl}/mail/${clientId}`,
      acceptance: acceptance && state === 'waiting',
      reminder: n > 0,
      expiresAt: momentText(expiresAtMs, language),
      language,
      clientName,
    });
    const to = await numberOf(context, message, head.addressee);
    return to === null ? null : { to, text, masked: text, salt: message.salt };
  });

  async function onSettled(tx: Tx, settled: readonly Settled[]): Promise<void> {
    const ended = settled.filter(({ settlement }) => settlement.to !== 'queued');
    if (ended.length === 0) return;
    const rows = await lockMessages(tx, uniqueKeys(ended));
    const byId = new Map(rows.map((row) => [row.id, row]));
    const happenings: Happening[] = [];
    const failed: NewDispatch[] = [];
    for (const { key, settlement } of ended) {
      const message = byId.get(key.subjectId);
      if (!message) continue;
      if (settlement.to === 'accepted') {
        happenings.push({ message, n: key.n, name: nameOf(message, false), facts: { channel: 'sms' } });
      } else if (isPending(message.state)) {
        const facts = { channel: 'sms' };
        happenings.push({ message, n: key.n, name: nameOf(message, true), reason: settlement.to, facts });
        if (message.notifySender) failed.push(newsOf(message, 'notice_failed', key.n));
      }
    }
    if (failed.length > 0) await enqueue(tx, failed, false);
    await record(tx, happenings);
  }

  return { render, onSettled, onCommitted: (settled) => tellChanges(context, settled) };
}

/** The room of the dispatches of kind `news`. */
export function createNewsRoom(context: Context): Room {
  const render = createRender(context, async (message, head, clientName, n) => {
    if (message.salt === null) return null;
    const event = eventOf(n);
    const { language } = message;
    const atMs = {
      handed_over: message.handedOverAtMs,
      refused: message.endedAtMs,
      expired: message.endedAtMs,
    };
    const known = event === 'accepted' || event === 'notice_failed' ? null : atMs[event];
    const { text } = renderMessage({
      kind: 'news',
      event,
      addresseeName: head.addressee.shown,
      subject: head.subject,
      at: momentText(known ?? message.nowMs, language),
      language,
      clientName,
    });
    const to = await numberOf(context, message, head.sender);
    return to === null ? null : { to, text, masked: text, salt: message.salt };
  });
  return { render, onCommitted: (settled) => tellChanges(context, settled) };
}

/** Where he is reached today, for addresses change; null when he has none any more, or is no longer there. */
async function numberOf(context: Context, message: Message, party: Party): Promise<string | null> {
  if (party.subscriberId === null) return party.number;
  const found = await context.directory.resolve({
    tenantId: message.tenantId,
    to: toOfParty(party),
    channel: 'sms',
    allow: { callerAddress: false, numberDirectory: false },
  });
  return found.ok ? found.value.address.value : null;
}

function nameOf(message: Message, failed: boolean): EventName {
  const consigned = isConsigned(message) || (isEnded(message.state) && !message.acceptance);
  if (consigned) return failed ? 'ConsignmentNotificationFailure' : 'ConsignmentNotification';
  return failed ? 'NotificationForAcceptanceFailure' : 'NotificationForAcceptance';
}

function tellChanges({ changes }: Context, settled: readonly Settled[]): void {
  for (const { key } of settled) changes.tell(key.subjectId);
}

function keyOf({ home, subjectId }: LeasedDispatch): MessageKey {
  return { home, id: subjectId };
}

function uniqueKeys(settled: readonly Settled[]): MessageKey[] {
  return [
    ...new Map(settled.map(({ key }) => [key.subjectId, { home: key.home, id: key.subjectId }])).values(),
  ];
}
