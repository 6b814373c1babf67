import type { ChannelKind, Delivery } from './channel.ts';
import { unreachable } from '../std/assert.ts';

/**
 * A dispatch: one thing to be sent over one second network (P4). It is named by its subject and a number.
 *
 *   queued ──claim──▶ leased ──▶ accepted ──▶ delivered
 *     ▲                 │ ├────▶ rejected      a final no of the network
 *     └── outage ───────┘ ├────▶ unknown       two attempts, no certain answer
 *                         ├────▶ expired       its time passed before it could be sent (S2)
 *                         └────▶ failed        accepted, and later reported undeliverable; or nothing to send any more
 *
 * The text may reach the network twice at the most: an attempt counts unless the network certainly did not
 * take it.
 */
export type DispatchKind =
  | 'code'
  /** An address was blocked after wrong tries. */
  | 'alert'
  /** To an addressee: a registered message waits. */
  | 'notice'
  /** To a sender: what became of it. */
  | 'news'
  /** To a payer: what was debited. */
  | 'debit';

export type DispatchKey = { readonly home: number; readonly subjectId: string; readonly n: number };

export type DispatchState =
  | 'queued'
  | 'leased'
  | 'accepted'
  | 'delivered'
  | 'rejected'
  | 'unknown'
  | 'expired'
  | 'failed';

export type NewDispatch = DispatchKey & {
  readonly tenantId: string;
  readonly kind: DispatchKind;
  readonly channel: ChannelKind;
  /** From now, by the database's clock. */
  readonly validityMs: number;
};

/** A dispatch that this gateway holds the lease of. */
export type LeasedDispatch = DispatchKey & {
  readonly tenantId: string;
  readonly kind: DispatchKind;
  readonly channel: ChannelKind;
  /** Counts the one that the lease was taken for. */
  readonly attempts: number;
  readonly remainingMs: number;
};

/** What happened to a leased dispatch; the row follows. */
export type Settlement =
  | { readonly to: 'accepted'; readonly reference: string }
  | { readonly to: 'rejected' | 'unknown' | 'expired' | 'failed'; readonly reason: string }
  /** The attempt did not count; another may follow after the delay. */
  | { readonly to: 'queued'; readonly delayMs: number; readonly reason: string; readonly counted: boolean };

export const ATTEMPTS_MAX = 2;
export const LEASE_MS = 15_000;
/** Between an uncertain attempt and the one repetition that is allowed. */
const REPEAT_DELAY_MS = 1_000;

/** What follows from the channel's answer to attempt number `attempts`. */
export function settle(delivery: Delivery, attempts: number): Settlement {
  switch (delivery.outcome) {
    case 'accepted':
    case 'delivered':
      return { to: 'accepted', reference: delivery.reference };
    case 'rejected':
      return { to: 'rejected', reason: delivery.reason };
    case 'unknown':
      return attempts < ATTEMPTS_MAX
        ? { to: 'queued', delayMs: REPEAT_DELAY_MS, reason: delivery.reason, counted: true }
        : { to: 'unknown', reason: delivery.reason };
    default:
      return unreachable(delivery);
  }
}
