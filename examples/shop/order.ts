/**
 * An order, and what its payment says about it.
 *
 *   waiting ──paid at once──▶ paid ──▶ part_refunded ──▶ refunded
 *      │ ├──held (made to order)──▶ held ──sent──▶ paid
 *      │ └──────────────────────────▶ cancelled
 *      └──refused, too late──▶ failed ──try again──▶ waiting
 *
 * The state is never written down by itself: it follows from the last payment, as the API told it.
 */
import type { Payment } from '../../src/sdk/payment-types.ts';
import { centsOf } from './money.ts';

export type OrderLine = {
  readonly id: string;
  readonly name: string;
  readonly cents: number;
  readonly count: number;
};

/** What the shop keeps of a payment; never a card number, which it never sees. */
export type PaymentSeen = {
  readonly state: string;
  readonly reason: string | null;
  readonly means: string | null;
  readonly card: string | null;
  readonly payerAddress: string | null;
  readonly exemption: string | null;
  readonly confirmation: string | null;
  readonly authCode: string | null;
  readonly rrn: string | null;
  readonly completedCents: number;
  readonly refundedCents: number;
  readonly seenAtMs: number;
};

export type Try = {
  readonly payment: string;
  /** The hosted page; it carries a secret, and is for this customer's eyes only. */
  readonly page: string;
  readonly seen: PaymentSeen | null;
};

export type PayWith = 'card' | 'account';

export type Order = {
  readonly id: string;
  /** What people call it: "M-1007". */
  readonly number: string;
  /** Whose browser it is. */
  readonly visitor: string;
  readonly placedAtMs: number;
  readonly name: string;
  readonly address: string;
  readonly payWith: PayWith;
  /** The customer number, or the telephone number, that was given; null for none. */
  readonly customer: string | null;
  readonly lines: readonly OrderLine[];
  readonly shippingCents: number;
  readonly totalCents: number;
  /** Whether the money is taken only when the goods leave. */
  readonly isHeld: boolean;
  readonly tries: readonly Try[];
  readonly sentAtMs: number | null;
};

export type OrderState = 'waiting' | 'held' | 'paid' | 'part_refunded' | 'refunded' | 'failed' | 'cancelled';

export function lastTry(order: Order): Try | null {
  // A payment that succeeded counts before all others, whatever came after it.
  return order.tries.findLast(({ seen }) => seen?.state === 'completed') ?? order.tries.at(-1) ?? null;
}

export function stateOf(order: Order): OrderState {
  const seen = lastTry(order)?.seen ?? null;
  if (seen === null) return 'waiting';
  if (seen.state === 'completed') {
    if (seen.refundedCents === 0) return 'paid';
    return seen.refundedCents >= seen.completedCents ? 'refunded' : 'part_refunded';
  }
  if (seen.state === 'authorised') return 'held';
  if (seen.state === 'cancelled') return 'cancelled';
  return seen.state === 'refused' || seen.state === 'expired' ? 'failed' : 'waiting';
}

/**
 * The order with what the API tells of its payment. A payment of another amount, or for another order, is not
 * believed: null.
 */
export function withPayment(order: Order, told: Payment, seenAtMs: number): Order | null {
  const isOurs = told.reference === order.number && centsOf(told.amount) === order.totalCents;
  const completedCents = told.completed === null ? 0 : centsOf(told.completed);
  const refundedCents = centsOf(told.refunded);
  if (!isOurs || completedCents === null || refundedCents === null) return null;
  const { state, reason, means, card, payerAddress, exemption, confirmation, authCode, rrn } = told;
  const seen: PaymentSeen = {
    state,
    reason,
    means,
    card,
    payerAddress,
    exemption,
    confirmation,
    authCode,
    rrn,
    completedCents,
    refundedCents,
    seenAtMs,
  };
  return {
    ...order,
    tries: order.tries.map((one) => (one.payment === told.id ? { ...one, seen } : one)),
  };
}

/** Whether nothing can happen to the payment any more but refunds. */
export function isSettled(order: Order): boolean {
  return !['waiting', 'held'].includes(stateOf(order));
}
