/** What the calls of payments take and give, written by hand so that the SDK stands alone. */
import type { Language, OpenedConfirmation, SubscriberReference } from './types.ts';

/** Nothing but refunds follows `completed`; `refused`, `cancelled` and `expired` are ends too. */
export type PaymentState =
  /** Waits for the payer on the hosted page. */
  | 'created'
  /** The bank is being asked. */
  | 'authorising'
  /** The code is out. */
  | 'confirming'
  /** The code was right, and the bank is being asked. */
  | 'executing'
  /** Waits for `complete`; with manual capture only. */
  | 'authorised'
  | 'completed'
  | 'refused'
  | 'cancelled'
  | 'expired';

/** Major units with a point, `{ value: "312.40", currency: "EUR" }`. */
export type PaymentAmount = { value: string; currency: string };

export type PaymentMeans = 'card' | 'card_on_file' | 'terminal' | 'trustee';

export type NewPayment = {
  amount: PaymentAmount;
  /** Who receives, as the payer sees it; the client's name when absent. At most 70 characters. */
  payee?: string;
  /** Your own number of the order, at most 64 characters. */
  reference?: string;
  /** What is paid for, one line of at most 140 characters. */
  description?: string;
  /** Who pays, where you know; else he says it on the hosted page. */
  payer?: SubscriberReference;
  /** manual: you complete it within 7 days, all or a part. */
  capture?: 'automatic' | 'manual';
  /** Before the code is sent, or after it was right; as policy says when absent. */
  bankAsked?: 'before' | 'after';
  /** The name of a subscription that this payment belongs to. */
  series?: string;
  language?: Language;
  /** The hosted page adds `payment` and `state`: believe neither, ask `get`. */
  returnUrl?: string;
  /** How long the payer has to begin: 1 minute to 1 hour. */
  validityMs?: number;
};

export type Payment = {
  id: string;
  state: PaymentState;
  /** Why it ended so, or why the last try failed. */
  reason: string | null;
  means: PaymentMeans | null;
  amount: PaymentAmount;
  /** What was debited. */
  completed: PaymentAmount | null;
  refunded: PaymentAmount;
  payee: string;
  reference: string | null;
  description: string | null;
  capture: 'automatic' | 'manual';
  bankAsked: 'before' | 'after';
  /** Masked; of a payment on the operator's bill whole. */
  payerAddress: string | null;
  /** "Visa ···· 1234". */
  card: string | null;
  /** Why no code was demanded. */
  exemption: string | null;
  /** The id of the confirmation by which it was proved. */
  confirmation: string | null;
  authCode: string | null;
  rrn: string | null;
  createdAt: string;
  expiresAt: string;
  endedAt: string | null;
  language: Language | null;
  returnUrl: string | null;
};

/** `page`: redirect the payer there. It carries a secret, and is answered this once. */
export type CreatedPayment = Payment & { page: string };

export type BeginPayment = {
  /** Card numbers go to the hosted page only. */
  means: { kind: 'card_on_file'; token: string } | { kind: 'trustee' };
  /** Ignored where the payment names him. */
  payer?: SubscriberReference;
  language?: Language;
};

export type BegunPayment =
  /** Bring the code to `confirmations.verify`, with the session of this confirmation. */
  | { next: 'code'; confirmation: OpenedConfirmation }
  /** No code was demanded. */
  | { next: 'done'; payment: Payment };

export type Refund = {
  id: string;
  /** The id of the payment. */
  payment: string;
  amount: PaymentAmount;
  state: 'asked' | 'done' | 'declined' | 'unknown';
  createdAt: string;
};

/** The types of the webhooks of payments. */
type PaymentEventType =
  | 'payment.created'
  /** A bank said no, and the payer may try again. */
  | 'payment.declined'
  | 'payment.confirming'
  | 'payment.executing'
  | 'payment.authorised'
  | 'payment.completed'
  | 'payment.refused'
  | 'payment.cancelled'
  | 'payment.expired'
  | 'payment.refunded'
  /** A bank took back its word after the code was right: somebody must look at it. */
  | 'payment.completion_refused';

type PaymentEventData = {
  /** The id of the payment. */
  payment: string;
  state: PaymentState;
  reason: string | null;
  reference: string | null;
  amount: PaymentAmount;
  completed: PaymentAmount | null;
  refunded: PaymentAmount;
  at: string;
  /** Of a refund: its number, and how much it gave back. */
  n?: number;
  refund?: PaymentAmount;
};

/** A webhook of a payment; `paymentEventOf` finds out whether one is. */
export type PaymentEvent = {
  id: string;
  type: PaymentEventType;
  timestamp: string;
  data: PaymentEventData;
};
