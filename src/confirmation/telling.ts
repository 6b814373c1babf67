/**
 * What the webhooks of a tenant are told of confirmations: `confirmation.opened`, and how each ended, in the
 * fields of the API's own answer. The act is not told: who wants it asks, with a key.
 */
import { isoTime } from '../std/clock.ts';
import { maskAddress } from '../directory/number.ts';
import type { NewEvent } from '../webhook/publish.ts';
import type { Confirmation } from './confirmation.ts';
import { purposeOf, type Outcome } from './outcomes.ts';
import type { NewConfirmation } from './store.ts';

/** One that policy calls normal is confirmed as it is opened. */
export function openedEvent(row: NewConfirmation): NewEvent {
  return eventOf(row, row.state, row.reason, row.issuedAtMs);
}

export function endedEvent({ row, state, reason }: Outcome): NewEvent {
  return eventOf(row, state, reason, row.createdAtMs);
}

function eventOf(
  row: Confirmation | NewConfirmation,
  state: string,
  reason: string | null,
  createdAtMs: number,
): NewEvent {
  const { id, tenantId, clientId } = row;
  return {
    tenantId,
    clientId,
    type: `confirmation.${state}`,
    subjectId: id,
    data: () => ({
      id,
      state,
      reason,
      purpose: purposeOf(row.act),
      client: clientId,
      subscriber: row.subscriberId,
      sentTo: state === 'opened' ? maskAddress(row.address) : null,
      createdAt: isoTime(createdAtMs),
    }),
  };
}
