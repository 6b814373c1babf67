/**
 * A buyer's bill for a period, collected from his card on file by one question to its bank.
 *
 *   open ──approved──▶ paid
 *    │ ▲                ▲
 *    │ └─ again later   └─ the operator collected it otherwise
 *    └─ declined as often as the rule allows, or no card ─▶ unpaid ──the operator has it asked again──▶ open
 *
 * The bank is asked under the bill's id and the number of the try: a process that dies between the bank's
 * answer and our commit leaves a question that the next one finds answered, so that nobody is debited twice.
 */
import type { Outcome } from '../../bank/context.ts';
import type { NewAccount } from '../../ledger/accounts.ts';
import { accountId } from '../../ledger/names.ts';
import type { Group } from '../../ledger/transfer.ts';
import { bankCode, payerCode } from '../postings.ts';
import type { BillId } from './period.ts';

export type BillState = 'open' | 'unpaid' | 'paid';

export type Bill = {
  readonly home: number;
  readonly id: BillId;
  readonly tenantId: string;
  readonly period: string;
  readonly contractId: string;
  readonly subscriberId: string;
  readonly currency: string;
  readonly minor: bigint;
  readonly state: BillState;
  /** Questions to the bank that have ended, and how many of them by its no. */
  readonly tries: number;
  readonly declines: number;
  readonly reason: string | null;
  readonly exchangeId: string | null;
  readonly authCode: string | null;
  readonly lastFour: string | null;
  readonly paidHow: 'card' | 'otherwise' | null;
  readonly paidUs: bigint | null;
  readonly dueAtMs: number | null;
  readonly createdAtMs: number;
};

/** How long until what is tried again. */
export type CollectTiming = {
  /** A process that has taken a bill and says nothing any more has lost it. */
  readonly leaseMs: number;
  /** Nobody knows yet what the bank says. */
  readonly doubtMs: number;
  /** The bank did not answer: what it may have taken is being given back. */
  readonly unknownMs: number;
  readonly unreachableMs: number;
  /** After each decline; when there are no more, the bill is unpaid. */
  readonly declinedMs: readonly number[];
};

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const COLLECT_TIMING: CollectTiming = {
  leaseMs: 2 * MINUTE_MS,
  doubtMs: 15_000,
  unknownMs: 60 * MINUTE_MS,
  unreachableMs: 10 * MINUTE_MS,
  declinedMs: [DAY_MS, 3 * DAY_MS, 7 * DAY_MS],
};

/** A bank that cannot be reached is tried again so often. */
const TRIES_MAX = 200;

export function callerOf({ id, tries }: Pick<Bill, 'id' | 'tries'>): string {
  return `${id}:${tries + 1}`;
}

/** What becomes of a bill. */
export type Conclusion =
  | { readonly kind: 'paid'; readonly exchangeId: string; readonly authCode: string | null }
  | {
      readonly kind: 'again';
      readonly reason: string;
      readonly inMs: number;
      /** Whether the question has ended, so that the next one is another. */
      readonly ended: boolean;
      readonly declined: boolean;
    }
  | { readonly kind: 'unpaid'; readonly reason: string; readonly declined: boolean };

/** `isOpen`: whether the question itself is still open, though its answer was waited for. */
export function conclude(
  bill: Pick<Bill, 'tries' | 'declines'>,
  outcome: Outcome,
  isOpen: boolean,
  timing: CollectTiming,
): Conclusion {
  if (outcome.outcome === 'approved') {
    return { kind: 'paid', exchangeId: outcome.exchange, authCode: outcome.authCode };
  }
  if (outcome.outcome === 'unknown') {
    const inMs = isOpen ? timing.doubtMs : timing.unknownMs;
    return { kind: 'again', reason: 'bank_silent', inMs, ended: !isOpen, declined: false };
  }
  if (outcome.mayRetry) {
    const inMs = timing.unreachableMs;
    if (bill.tries >= TRIES_MAX) return { kind: 'unpaid', reason: 'bank_unreachable', declined: false };
    return { kind: 'again', reason: 'bank_unreachable', inMs, ended: true, declined: false };
  }
  const inMs = timing.declinedMs[bill.declines];
  const reason = outcome.code === null ? 'no_bank' : `declined_${outcome.code}`;
  if (inMs === undefined || outcome.code === null) return { kind: 'unpaid', reason, declined: true };
  return { kind: 'again', reason, inMs, ended: true, declined: true };
}

/** What the operator has collected otherwise than from cards. */
export const collectedAccount = (currency: string): NewAccount => ({
  code: `~collected:${currency}`,
  kind: 'collected',
  currency,
  normalSide: 'debit',
});

/** Pays the buyer's account back: his limit is free again. */
export function settling(
  bill: Pick<Bill, 'id' | 'tenantId' | 'subscriberId' | 'currency' | 'minor' | 'period'>,
  how: 'card' | 'otherwise',
): Group {
  const { tenantId, currency, minor } = bill;
  const from = how === 'card' ? bankCode(currency) : collectedAccount(currency).code;
  return {
    tenantId,
    instructions: [
      {
        do: 'transfer',
        externalId: `~${bill.id}:in`,
        debitAccountId: accountId(tenantId, from),
        creditAccountId: accountId(tenantId, payerCode(bill.subscriberId, currency)),
        amount: { minor, currency },
        kind: 'bill',
        reference: `${bill.period} ${bill.id}`,
      },
    ],
  };
}
