/** What an order's state is called, and why a payment did not go through, in a customer's words. */
import { lastTry, stateOf, type Order, type OrderState } from './order.ts';

type Told = { readonly kind: 'bad' | 'good' | 'wait'; readonly title: string; readonly text: string };

const STATES = {
  waiting: ['wait', 'Not paid yet', 'Your order is written down. It is sent once it is paid.'],
  held: ['good', 'Thank you. It is being made.', 'Your bank holds the amount; it is taken when we send.'],
  paid: ['good', 'Thank you. It is paid.', 'We pack it today or tomorrow.'],
  part_refunded: ['good', 'A part was refunded', 'It is with your bank, and will be on your next statement.'],
  refunded: ['good', 'Refunded', 'All of it went back the way it came.'],
  failed: ['bad', 'It was not paid', 'Nothing was taken.'],
  cancelled: ['bad', 'Cancelled', 'Nothing was taken, and nothing will be sent.'],
} as const satisfies Record<OrderState, readonly [Told['kind'], string, string]>;

/** By the reason that the API gives; what is not here is not the customer's affair. */
const REASONS: Readonly<Record<string, string>> = {
  bank_declined: 'Your bank said no.',
  bank_unreachable: 'Your bank did not answer. What it may have held is given back.',
  attempts_used_up: 'There were too many wrong codes.',
  time_passed: 'The code came too late.',
  not_me: 'It was said that this was not you.',
  tries_used_up: 'It was tried too often.',
};

function reasonText(reason: string | null): string | null {
  return reason === null ? null : (REASONS[reason] ?? null);
}

export function toldOf(order: Order): Told {
  const state = stateOf(order);
  const [kind, title, text] = STATES[state];
  const seen = lastTry(order)?.seen ?? null;
  const why = reasonText(seen?.reason ?? null);
  if (state === 'paid' && order.sentAtMs !== null)
    return { kind, title: 'On its way', text: 'We have sent it.' };
  if (state === 'waiting' && seen !== null && seen.state !== 'created')
    return { kind, title: 'Being paid', text: 'Your bank or your phone has the word. This page follows.' };
  const isWhyTold = why !== null && ['waiting', 'failed', 'cancelled'].includes(state);
  return { kind, title, text: isWhyTold ? `${why} ${text}` : text };
}

const SHORT = {
  waiting: 'not paid',
  held: 'held',
  paid: 'paid',
  part_refunded: 'part refunded',
  refunded: 'refunded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const satisfies Record<OrderState, string>;

export function shortState(order: Order): string {
  const state = stateOf(order);
  return state === 'paid' && order.sentAtMs !== null ? 'sent' : SHORT[state];
}

const MEANS: Readonly<Record<string, string>> = {
  card: 'Card',
  card_on_file: 'Card on file',
  trustee: 'On the telephone bill',
  terminal: 'Terminal',
};

export function meansText(means: string): string {
  return MEANS[means] ?? means;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' });

export function dateText(epochMs: number): string {
  return DATE.format(epochMs);
}
