import { newEntry, type NewEntry } from '../evidence/append.ts';
import type { JsonValue } from '../evidence/json.ts';
import type { Confirmation } from './confirmation.ts';

/**
 * What a confirmation leaves in the log (P13). Facts are public for ever, so nothing in them is about a
 * person; what is about the person or the act is committed, and opened to the holder of a receipt only. A
 * terminal state has exactly one of the ending entries (I5).
 */
export const ENDING_TYPES = {
  confirmed: 'ConfirmationConfirmed',
  locked: 'ConfirmationLocked',
  expired: 'ConfirmationExpired',
  cancelled: 'ConfirmationCancelled',
} as const;

type Subject = Pick<Confirmation, 'home' | 'id' | 'tenantId' | 'salt'>;

/** Erased subjects have no salt; their later entries commit to nothing. */
const NO_SALT = new Uint8Array(16);

function entry(
  row: Subject,
  type: string,
  timeMs: number,
  facts: Readonly<Record<string, JsonValue>>,
  opened: Readonly<Record<string, JsonValue>> = {},
  n?: number,
): NewEntry {
  return newEntry(row.home, {
    type,
    id: row.id,
    n,
    timeMs,
    tenant: row.tenantId,
    facts,
    opened: row.salt ? opened : {},
    salt: row.salt ?? NO_SALT,
  });
}

type Opened = Pick<
  Confirmation,
  | 'clientId'
  | 'channel'
  | 'assurance'
  | 'addressSource'
  | 'digits'
  | 'validityMs'
  | 'connected'
  | 'act'
  | 'address'
  | 'subscriberId'
  | 'sessionNumber'
  | 'language'
>;

/** The fields that the opening and the ending entries commit to; a receipt opens them from the stored row. */
export function openedFields(row: Pick<Opened, 'act' | 'address' | 'subscriberId' | 'sessionNumber'>) {
  return {
    act: JSON.parse(row.act) as JsonValue,
    address: row.address,
    subscriber: row.subscriberId,
    sessionNumber: row.sessionNumber.toString(),
  };
}

export function openedEntry(
  row: Subject & Opened,
  timeMs: number,
  reason: string,
  exceeded: string | null,
): NewEntry {
  const { clientId, channel, assurance, addressSource, digits, validityMs, connected } = row;
  return entry(
    row,
    'ConfirmationOpened',
    timeMs,
    {
      client: clientId,
      channel,
      assurance,
      addressSource,
      digits,
      validityMs,
      connected,
      secured: reason,
      ...(exceeded ? { limitExceeded: exceeded } : {}),
    },
    openedFields(row),
  );
}

/** An act that policy calls normal: confirmed without a code, and why (P10). */
export function exemptEntry(row: Subject & Opened, timeMs: number, reason: string): NewEntry {
  return entry(
    row,
    ENDING_TYPES.confirmed,
    timeMs,
    { client: row.clientId, exempt: reason },
    openedFields(row),
  );
}

export function confirmedEntry(
  row: Subject & Opened & Pick<Confirmation, 'issue' | 'attempts'>,
  timeMs: number,
): NewEntry {
  const { clientId, channel, assurance, issue, attempts } = row;
  return entry(
    row,
    ENDING_TYPES.confirmed,
    timeMs,
    { client: clientId, channel, assurance, issue, attempts: attempts + 1 },
    // The opening entry of the same id commits to the parties; what was confirmed is said once more.
    { act: JSON.parse(row.act) as JsonValue },
  );
}

export function endedEntry(
  row: Subject,
  state: 'locked' | 'expired' | 'cancelled',
  reason: string,
  timeMs: number,
): NewEntry {
  return entry(row, ENDING_TYPES[state], timeMs, { reason });
}

/** A try that was refused, and why; the caller of the API is not told why (S5). */
export function attemptEntry(row: Subject, reason: string, timeMs: number): NewEntry {
  return entry(row, 'ConfirmationAttemptRefused', timeMs, { reason });
}

/** `exceeded`: the limit that would have refused it, were limits not only recorded. */
export function resentEntry(row: Subject, issue: number, timeMs: number, exceeded: string | null): NewEntry {
  const facts = exceeded === null ? {} : { limitExceeded: exceeded };
  return entry(row, 'ConfirmationResent', timeMs, facts, {}, issue);
}

/**
 * A sending that a limit refused (S13): of a first code, and then no confirmation exists; or of a further
 * one.
 */
export function refusedEntry(row: Subject, clientId: string, limit: string, timeMs: number): NewEntry {
  return entry(row, 'ConfirmationRefused', timeMs, { client: clientId, limit });
}
