/**
 * A payment: an amount from a payer to a merchant, never moved twice and never without the code or a written
 * reason for none (B1 to B8, RTS 2018/389 art. 5).
 *
 *   created ──begin──▶ authorising ──bank approves, code sent──▶ confirming ──right code──▶ completed
 *    │  ▲                  │                                       │     ├──▶ authorised ──complete──▶ completed
 *    │  └─ declined ───────┘ at most five tries                    │     └──▶ executing ──approved──▶ completed
 *    ├─ time ───▶ expired ◀── authorised                           └─ wrong, late, not me ─▶ refused ◀─ executing
 *    └─ cancel ─▶ cancelled ◀─ confirming, authorised
 *
 * authorised: the merchant completes by himself, all or a part. executing: the bank is asked after the code
 * (B5). completed: the payer is debited; refunds follow, up to what was completed. What leaves authorising,
 * confirming or authorised otherwise than forwards has its bank authorisation reversed in the same
 * transaction.
 */
import type { Id } from '../std/id.ts';

export type PaymentId = Id<'pay'>;

export type PaymentState =
  | 'created'
  | 'authorising'
  | 'confirming'
  | 'executing'
  | 'authorised'
  | 'completed'
  | 'refused'
  | 'cancelled'
  | 'expired';

/** What leads from where; whoever moves a payment wins the guarded update that says so, or does nothing. */
export const STEPS = {
  begin: { from: ['created'], to: 'authorising' },
  decline: { from: ['authorising'], to: 'created' },
  giveUp: { from: ['authorising', 'confirming', 'executing'], to: 'refused' },
  ask: { from: ['authorising'], to: 'confirming' },
  execute: { from: ['confirming', 'authorised'], to: 'executing' },
  authorise: { from: ['confirming', 'authorising'], to: 'authorised' },
  complete: { from: ['confirming', 'authorising', 'executing', 'authorised'], to: 'completed' },
  cancel: { from: ['created', 'confirming', 'authorised'], to: 'cancelled' },
  expire: { from: ['created', 'authorised'], to: 'expired' },
} as const satisfies Record<string, { readonly from: readonly PaymentState[]; readonly to: PaymentState }>;
export type StepName = keyof typeof STEPS;

export const ENDED: ReadonlySet<PaymentState> = new Set(['completed', 'refused', 'cancelled', 'expired']);

/**
 * card: its data are typed for this payment (fig. 7). card_on_file: kept under contract (fig. 8). terminal:
 * read by a payment terminal (fig. 9). trustee: billed by the operator at the end of the period (fig. 10).
 */
export const MEANS = ['card', 'card_on_file', 'terminal', 'trustee'] as const;
export type Means = (typeof MEANS)[number];

/** When the bank is asked: before the code is sent, or after it was right (B5). */
export const BANK_ASKED = ['before', 'after'] as const;
export type BankAsked = (typeof BANK_ASKED)[number];

/** automatic: the right code completes. manual: the merchant does, within `AUTHORISED_MAX_MS`. */
export const CAPTURES = ['automatic', 'manual'] as const;
export type Capture = (typeof CAPTURES)[number];

export const TRIES_MAX = 5;
/** How long a payer has from creation to begin, unless the client says less. */
export const OPEN_MAX_MS = 60 * 60_000;
/** How long a bank holds an amount for us. */
export const AUTHORISED_MAX_MS = 7 * 24 * 60 * 60_000;
