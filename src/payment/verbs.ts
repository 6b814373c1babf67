/**
 * What can be done with payments, as types: what each verb takes, gives and refuses. Every one acts
 * inside one tenant and client, and says `not_found` of what belongs to others (S14).
 */
import type { Opened, OpenRefusal } from '../confirmation/open.ts';
import type { Tlv } from '../bank/iso8583/message.ts';
import type { ResolveRequest } from '../directory/resolve.ts';
import type { Language } from '../std/language.ts';
import type { Money } from '../std/money.ts';
import type { Result } from '../std/result.ts';
import type { Secret } from '../std/secret.ts';
import type { BankAsked, Capture, Means, PaymentId, PaymentState } from './payment.ts';

export type Caller = { readonly tenantId: string; readonly clientId: string };

export type NewPayment = {
  readonly amount: Money;
  /** Who receives, as the payer sees it; the client's own name where null. At most 70 characters. */
  readonly payee: string | null;
  /** The merchant's own number of the order, at most 64 printable characters; shown to the payer. */
  readonly reference: string | null;
  /** What is paid for, one line of at most 140 characters; null for none. */
  readonly description: string | null;
  /** Who pays, where the merchant knows; else the payer says it on the hosted page. */
  readonly payer: ResolveRequest['to'] | null;
  /** Null for what policy says. */
  readonly capture: Capture | null;
  /** Null for what policy says. */
  readonly bankAsked: BankAsked | null;
  /** Payments of one series have the same name: a subscription. Null for a payment by itself. */
  readonly series: string | null;
  readonly language: Language | null;
  /** Where the hosted page sends the payer back to; one of the client's return origins. */
  readonly returnUrl: string | null;
  /** From creation until it expires if nobody begins. */
  readonly validityMs: number;
};

export type CreateRefusal = 'unknown_client' | 'return_url_not_allowed' | 'unsupported_currency';

/** Card data as they were typed or read; nothing of it is kept but number and expiry, sealed. */
export type CardInput = {
  readonly pan: Secret<string>;
  /** YYMM. */
  readonly expiry: string;
  readonly securityCode: Secret<string> | null;
};

export type MeansInput =
  /** keep: it becomes a card on file of the payer once the payment is confirmed by a code. */
  | { readonly kind: 'card'; readonly card: CardInput; readonly keep: boolean }
  | { readonly kind: 'card_on_file'; readonly token: string }
  | { readonly kind: 'trustee' }
  | {
      readonly kind: 'terminal';
      readonly card: CardInput;
      readonly entry: 'chip' | 'stripe' | 'keyed';
      /** 8 and 15 characters. */
      readonly terminal: string;
      readonly merchant: string;
      readonly pinBlock: Secret<Uint8Array> | null;
      readonly track2: Secret<string> | null;
      readonly emv: Secret<readonly Tlv[]> | null;
    };

export type Begin = {
  /** Who pays; ignored where the payment names him. */
  readonly payer: ResolveRequest['to'] | null;
  readonly means: MeansInput;
  readonly ip: string;
  readonly language: Language | null;
  /** For a terminal that the bank told the holder's number of: a third party vouches for it (P3). */
  readonly vouched?: true;
  /** The payer wishes to pay this payee without codes from now on; it counts once a code was right. */
  readonly trustsPayee?: boolean;
};

/** What the payer is told next. */
export type Begun =
  | { readonly next: 'code'; readonly confirmation: Opened }
  /** No code is demanded, for a reason that is written down; it is completed, authorised or executing. */
  | { readonly next: 'done'; readonly state: PaymentState };

export type BeginRefusal =
  | OpenRefusal
  | 'not_found'
  | 'not_open'
  | 'unknown_payer'
  | 'card_malformed'
  | 'card_expired'
  | 'unknown_card'
  | 'card_of_another'
  /** The payer has no contract with the trustee, or it is over. */
  | 'no_contract'
  /** What he may still spend under his contract is less. */
  | 'contract_limit'
  /** The bank said no; before any code was sent (B6). `detail` is what the payer may be told. */
  | 'bank_declined'
  /** The bank did not answer; nothing is debited, what it may have held is given back. */
  | 'bank_unreachable'
  | 'tries_used_up';

export type CompleteRefusal = 'not_found' | 'not_authorised' | 'amount_too_high';
export type CancelRefusal = 'not_found' | 'not_cancellable';
export type RefundRefusal =
  | 'not_found'
  | 'not_completed'
  | 'amount_too_high'
  | 'bank_declined'
  | 'bank_unreachable'
  | 'refund_running';

/** What clients see of a payment, in API, webhooks and pages alike. */
export type PaymentView = {
  readonly id: PaymentId;
  readonly state: PaymentState;
  /** Why it ended so, or why the last try failed; null while there is nothing to say. */
  readonly reason: string | null;
  readonly means: Means | null;
  readonly amount: Money;
  readonly completed: Money | null;
  readonly refunded: Money;
  readonly payee: string;
  readonly reference: string | null;
  readonly description: string | null;
  readonly capture: Capture;
  readonly bankAsked: BankAsked;
  /** Masked; null before the payer is known. Of a trustee's payment the whole address (fig. 10). */
  readonly payerAddress: string | null;
  /** "Visa ···· 1234"; null for none. */
  readonly card: string | null;
  /** Why no code was demanded; null where one was, or nothing was decided yet. */
  readonly exemption: string | null;
  readonly confirmationId: string | null;
  /** Of the bank: authorisation code and retrieval reference number. */
  readonly authCode: string | null;
  readonly rrn: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly endedAtMs: number | null;
  readonly language: Language | null;
  readonly returnUrl: string | null;
};

export type Created = {
  readonly payment: PaymentView;
  readonly secret: Secret<string>;
  readonly url: string;
};

export type Refund = {
  readonly id: string;
  readonly amount: Money;
  readonly state: 'asked' | 'done' | 'declined' | 'unknown';
  readonly createdAtMs: number;
};

export type PaymentVerbs = {
  readonly create: (caller: Caller, made: NewPayment) => Promise<Result<Created, CreateRefusal>>;
  readonly find: (caller: Caller, id: string) => Promise<PaymentView | null>;
  /** The newest first; `before` is the id of the last one seen. */
  readonly list: (caller: Caller, before: string | null, max: number) => Promise<readonly PaymentView[]>;
  /** The payment whose hosted page a secret opens; null when it is another's or wrong. */
  readonly visit: (id: string, secret: string) => Promise<(PaymentView & Caller) | null>;
  /** The payer has chosen how to pay: asks the bank, sends the code, or neither where policy says so. */
  readonly begin: (caller: Caller, id: string, how: Begin) => Promise<Result<Begun, BeginRefusal>>;
  /** All where `amount` is null. */
  readonly complete: (
    caller: Caller,
    id: string,
    amount: Money | null,
  ) => Promise<Result<PaymentView, CompleteRefusal>>;
  readonly cancel: (caller: Caller, id: string) => Promise<Result<PaymentView, CancelRefusal>>;
  /** What is left to refund where `amount` is null. */
  readonly refund: (
    caller: Caller,
    id: string,
    amount: Money | null,
  ) => Promise<Result<Refund, RefundRefusal>>;
  readonly refunds: (caller: Caller, id: string) => Promise<readonly Refund[]>;
};
