import { isoTime } from '../std/clock.ts';
import { toHex } from '../std/bytes.ts';
import { appendEntries, newEntry, type NewEntry } from '../evidence/append.ts';
import type { JsonObject, JsonValue } from '../evidence/json.ts';
import type { Tx } from '../store/connection.ts';
import type { NewEvent } from '../webhook/publish.ts';
import type { Context } from './context.ts';
import { recordOf, shownParty, type Head, type Message, type StepName } from './message.ts';
import { openHead } from './seal.ts';

/**
 * What a message leaves in the log, by the names of ETSI EN 319 522-1, exactly one entry for each transition
 * (M6); and the webhooks of the same events, in the same transaction. Facts are public for ever, so
 * nothing in them is about a person; what is, is committed, and opened to the holder of a receipt only.
 */
export const EVENT_NAMES = [
  'SubmissionAcceptance',
  'SubmissionRejection',
  'NotificationForAcceptance',
  'NotificationForAcceptanceFailure',
  'ConsignmentAcceptance',
  'ConsignmentRejection',
  'AcceptanceRejectionExpiry',
  'ContentConsignment',
  'ContentConsignmentFailure',
  'ConsignmentNotification',
  'ConsignmentNotificationFailure',
  'ContentAccessTracking',
  'ContentHandover',
  'ContentHandoverFailure',
  // Not one of ETSI's: the content was erased on demand, after its story had ended.
  'ContentErasure',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

export type Happening = {
  readonly message: Message;
  readonly name: EventName;
  /** Tells events of one name apart: the number of the submission, the notice or the reading. */
  readonly n?: number | undefined;
  /** On the negative ones. */
  readonly reason?: string | undefined;
  readonly facts?: JsonObject | undefined;
};

/** The entries of a step that a person or the time takes. */
export function eventsOf(
  name: Extract<StepName, 'accept' | 'refuse' | 'handOver' | 'recall' | 'expire'>,
  consigned: boolean,
): readonly EventName[] {
  const table = {
    accept: ['ConsignmentAcceptance', 'ContentConsignment'],
    refuse: ['ConsignmentRejection'],
    handOver: ['ContentHandover'],
    recall: [consigned ? 'ContentHandoverFailure' : 'ContentConsignmentFailure'],
    expire: [consigned ? 'ContentHandoverFailure' : 'AcceptanceRejectionExpiry'],
  } as const satisfies Record<typeof name, readonly EventName[]>;
  return table[name];
}

/**
 * What the entries commit to. `sender` and `addressee` are what each side may know of the other, and
 * are opened to both; the records with the whole number are opened to the person himself.
 */
export function openedFields(message: Message, head: Head): Readonly<Record<string, JsonValue>> {
  return {
    subject: head.subject,
    sender: shownParty(head, head.sender),
    addressee: shownParty(head, head.addressee),
    senderRecord: recordOf(head.sender),
    addresseeRecord: recordOf(head.addressee),
    content: message.digest === null ? null : toHex(message.digest),
    nonce: head.nonce,
    files: head.files.map(({ name, type, sizeBytes, sha256 }) => ({ name, type, sizeBytes, sha256 })),
  };
}

export type RecordEvents = (tx: Tx, happenings: readonly Happening[]) => Promise<void>;

/** Writes entries and webhooks in the transaction of what happened. */
export function createRecord(context: Pick<Context, 'keys' | 'clock' | 'publish'>): RecordEvents {
  const { keys, clock, publish } = context;
  return async (tx, happenings) => {
    if (happenings.length === 0) return;
    const timeMs = clock.nowMs();
    const heads = new Map(happenings.map(({ message }) => [message.id, openHead(keys, message)]));
    await Promise.all([
      appendEntries(
        tx,
        happenings.map((one) => entryOf(one, heads.get(one.message.id) ?? null, timeMs)),
      ),
      publish(
        tx,
        happenings.map((one) => eventOf(one, timeMs)),
      ),
    ]);
  };
}

/** Erased messages have no salt; their later entries commit to nothing. */
const NO_SALT = new Uint8Array(16);

function entryOf(
  { message, name, n, reason, facts }: Happening,
  head: Head | null,
  timeMs: number,
): NewEntry {
  const { home, id, tenantId, clientId, salt } = message;
  return newEntry(home, {
    type: name,
    id,
    n,
    timeMs,
    tenant: tenantId,
    facts: { client: clientId, ...(reason === undefined ? {} : { reason }), ...facts },
    opened: salt && head ? openedFields(message, head) : {},
    salt: salt ?? NO_SALT,
  });
}

function eventOf({ message, name, n, reason }: Happening, timeMs: number): NewEvent {
  const { id, tenantId, clientId } = message;
  return {
    tenantId,
    clientId,
    type: `message.${name}`,
    subjectId: id,
    data: () => ({
      message: id,
      at: isoTime(timeMs),
      ...(n === undefined ? {} : { n }),
      ...(reason === undefined ? {} : { reason }),
    }),
  };
}
