/**
 * A transfer moves an amount from one account to another: one is debited, the other credited (S21, I1).
 *
 *   create ──▶ posted                                    moved at once
 *   create, pending ──▶ pending ──post, all or a part──▶ posted     the rest is released
 *                          ├─────void──────────────────▶ voided
 *                          └─────its time passes───────▶ expired
 *
 * Each arrow is one row that never changes: `single`, `pending`, and for an end `posting`, `voiding` or
 * `expiry`, which names the pending one. An end happens once (names.ts).
 */
import type { Money } from '../std/money.ts';
import type { LimitRefusal } from './account.ts';

export type Phase = 'single' | 'pending' | 'posting' | 'voiding' | 'expiry';
export type EndPhase = Exclude<Phase, 'single' | 'pending'>;
export type TransferState = 'pending' | 'posted' | 'voided' | 'expired';

/** A row, as it is written. */
export type TransferRow = {
  readonly home: number;
  readonly id: string;
  readonly tenantId: string;
  readonly phase: Phase;
  readonly debitAccountId: string;
  readonly creditAccountId: string;
  /** What moved or was reserved; of a voiding and an expiry, what was released. */
  readonly amount: bigint;
  readonly currency: string;
  readonly kind: string;
  /** The caller's own id, unique in the tenant; null for an end. */
  readonly externalId: string | null;
  readonly pendingId: string | null;
  /** The same on all transfers that were made together or not at all; null for one by itself. */
  readonly link: string | null;
  readonly timeoutMs: number | null;
  readonly reference: string | null;
  readonly details: string | null;
  /** Microseconds since 1970, by the database's clock; with `n` its place on both accounts. */
  readonly atUs: number;
  readonly n: number;
};

/** What the caller sees: a transfer together with its end, if it has one. */
export type Transfer = {
  readonly row: TransferRow;
  readonly end: TransferRow | null;
};

export function stateOf({ row, end }: Transfer): TransferState {
  if (row.phase === 'single') return 'posted';
  if (end === null) return 'pending';
  return END_STATES[end.phase as EndPhase];
}

const END_STATES = {
  posting: 'posted',
  voiding: 'voided',
  expiry: 'expired',
} as const satisfies Record<EndPhase, TransferState>;

/** What has moved so far. */
export function postedAmount({ row, end }: Transfer): bigint {
  if (row.phase === 'single') return row.amount;
  return end?.phase === 'posting' ? end.amount : 0n;
}

/** Until when a pending transfer may be posted; null when its time has no end. */
export function expiresAtUs(row: Pick<TransferRow, 'atUs' | 'timeoutMs'>): number | null {
  return row.timeoutMs === null ? null : row.atUs + row.timeoutMs * 1000;
}

export type Instruction =
  | ({ readonly do: 'transfer' } & NewTransfer)
  | {
      readonly do: 'post';
      readonly pendingId: string;
      /** Absent: all of it. */
      readonly amount?: Money;
      readonly reference?: string | null;
    }
  | { readonly do: 'void'; readonly pendingId: string; readonly reference?: string | null }
  /** Of the jobs role alone, when the time has passed. */
  | { readonly do: 'expire'; readonly pendingId: string };

export type NewTransfer = {
  /** The same id with the same content is answered the same for ever; with another content it is refused. */
  readonly externalId: string;
  readonly debitAccountId: string;
  readonly creditAccountId: string;
  readonly amount: Money;
  /** What sort of transfer it is: `payment`, `fee`, `refund`. */
  readonly kind: string;
  /** One line that statements show. */
  readonly reference?: string | null;
  /** JSON text that statements do not show. No personal data: a transfer is never erased. */
  readonly details?: string | null;
  /** Reserves instead of moving; by itself it ends after `timeoutMs`, or never. */
  readonly pending?: { readonly timeoutMs: number | null } | null;
};

/** Instructions of one tenant that apply together or not at all; one by itself is a group of one. */
export type Group = { readonly tenantId: string; readonly instructions: readonly Instruction[] };

export type TransferRefusal =
  | LimitRefusal
  | 'amount_not_positive'
  | 'same_account'
  | 'unknown_account'
  | 'account_closed'
  | 'currency_mismatch'
  /** The caller's id was used for something else. */
  | 'transfer_differs'
  /** Another of the same group was refused. */
  | 'linked_refused'
  | 'unknown_transfer'
  | 'not_pending'
  | 'already_posted'
  | 'already_voided'
  | 'already_expired'
  | 'exceeds_pending';
