import { appendEntries, newEntry, type NewEntry } from '../evidence/append.ts';
import type { JsonObject, JsonValue } from '../evidence/json.ts';
import { isoTime } from '../std/clock.ts';
import { formatAmount } from '../std/money.ts';
import type { Tx } from '../store/connection.ts';
import type { NewEvent } from '../webhook/publish.ts';
import type { Context } from './context.ts';
import type { PaymentRow } from './store.ts';

/**
 * What a payment leaves in the log, one entry for each step, and the webhooks of the same events, in the same
 * transaction. Facts are public for ever, so nothing in them is about a person; what is, is committed, and
 * opened to the holder of a receipt only.
 */
export const ENTRY_NAMES = [
  'PaymentCreated',
  /** A payer has chosen how to pay; n is the number of the try. */
  'PaymentBegun',
  /** The try came to nothing, and another may follow. */
  'PaymentDeclined',
  /** The code was sent. */
  'PaymentAsked',
  /** The code was right, and the bank is asked. */
  'PaymentExecuting',
  'PaymentAuthorised',
  'PaymentCompleted',
  'PaymentRefused',
  'PaymentCancelled',
  'PaymentExpired',
  /** n is the number of the refund. */
  'PaymentRefunded',
  /** A bank took back its word after the code was right: somebody must look at it. */
  'PaymentCompletionRefused',
] as const;
export type EntryName = (typeof ENTRY_NAMES)[number];

/** `row` as it is after the step. */
export type Happening = {
  readonly row: PaymentRow;
  readonly name: EntryName;
  readonly n?: number;
  readonly facts?: JsonObject;
  /** Of a refund: what was given back. */
  readonly minor?: bigint;
};

export type RecordPayments = (tx: Tx, happenings: readonly Happening[]) => Promise<void>;

/** Writes entries and webhooks in the transaction of what happened. */
export function createRecord({ clock, publish }: Pick<Context, 'clock' | 'publish'>): RecordPayments {
  return async (tx, happenings) => {
    if (happenings.length === 0) return;
    const timeMs = clock.nowMs();
    await Promise.all([
      appendEntries(
        tx,
        happenings.map((one) => entryOf(one, timeMs)),
      ),
      publish(
        tx,
        happenings.flatMap((one) => eventOf(one, timeMs)),
      ),
    ]);
  };
}

/** Erased payers have no salt; their later entries commit to nothing. */
const NO_SALT = new Uint8Array(16);

function entryOf({ row, name, n, facts, minor }: Happening, timeMs: number): NewEntry {
  const { home, id, tenantId, clientId, salt, means } = row;
  return newEntry(home, {
    type: name,
    id,
    n,
    timeMs,
    tenant: tenantId,
    facts: { client: clientId, ...(means === null ? {} : { means }), ...facts },
    opened: salt ? openedFields(row, minor ?? row.completed ?? row.minor) : {},
    salt: salt ?? NO_SALT,
  });
}

/** What the entries commit to. */
function openedFields(row: PaymentRow, minor: bigint): Readonly<Record<string, JsonValue>> {
  const { currency, payee, reference, address, subscriberId, lastFour, reason, exemption } = row;
  return {
    amount: { value: formatAmount({ minor, currency }), currency },
    payee,
    reference,
    payer: address,
    subscriber: subscriberId,
    cardLastFour: lastFour,
    reason,
    exemption,
  };
}

/** A try that begins or fails is the payer's own affair; the merchant hears what becomes of the payment. */
const TOLD: Readonly<Record<EntryName, string | null>> = {
  PaymentCreated: 'payment.created',
  PaymentBegun: null,
  PaymentDeclined: 'payment.declined',
  PaymentAsked: 'payment.confirming',
  PaymentExecuting: 'payment.executing',
  PaymentAuthorised: 'payment.authorised',
  PaymentCompleted: 'payment.completed',
  PaymentRefused: 'payment.refused',
  PaymentCancelled: 'payment.cancelled',
  PaymentExpired: 'payment.expired',
  PaymentRefunded: 'payment.refunded',
  PaymentCompletionRefused: 'payment.completion_refused',
};

function eventOf({ row, name, n, minor }: Happening, timeMs: number): NewEvent[] {
  const type = TOLD[name];
  if (type === null) return [];
  const { id, tenantId, clientId, currency } = row;
  const amount = (value: bigint) => ({ value: formatAmount({ minor: value, currency }), currency });
  return [
    {
      tenantId,
      clientId,
      type,
      subjectId: id,
      data: () => ({
        payment: id,
        state: row.state,
        reason: row.reason,
        reference: row.reference,
        amount: amount(row.minor),
        completed: row.completed === null ? null : amount(row.completed),
        refunded: amount(row.refunded),
        at: isoTime(timeMs),
        ...(n === undefined || minor === undefined ? {} : { n, refund: amount(minor) }),
      }),
    },
  ];
}
