/**
 * What the verbs of payments ask of the rooms within this one, as types: cards on file, exemptions, the
 * trustee's contracts. Main hands them over; where one is absent, nothing is on file, every payment demands a
 * code, and nobody has a contract.
 */
import type { Money } from '../std/money.ts';
import type { Result } from '../std/result.ts';
import type { Secret } from '../std/secret.ts';
import type { Db, Tx } from '../store/connection.ts';
import type { Statement } from './exemption/policy.ts';
import type { BankAsked, Capture, Means } from './payment.ts';

/** A card on file, as the payment needs it. */
export type FiledCard = {
  readonly token: string;
  readonly subscriberId: string;
  readonly pan: Secret<string>;
  /** YYMM. */
  readonly expiry: string;
};

export type Cards = {
  /** Null when the tenant has none of this token on file. */
  readonly reveal: (tenantId: string, token: string) => Promise<FiledCard | null>;
  /** Whether the card is on file for somebody else: it belongs to one person. */
  readonly isOfAnother: (
    tenantId: string,
    pan: Secret<string>,
    subscriberId: string | null,
  ) => Promise<boolean>;
  /** Keeps a card for a subscriber whose code was right; refused where it is another's. */
  readonly keep: (
    tx: Tx,
    tenantId: string,
    subscriberId: string,
    card: { readonly pan: Secret<string>; readonly expiry: string },
  ) => Promise<Result<{ readonly token: string }, 'card_of_another'>>;
};

/** What an exemption is judged by. */
export type PaymentFacts = {
  readonly paymentId: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** `payer_key`: the subscriber, or a digest of an address. */
  readonly payerKey: string;
  readonly subscriberId: string | null;
  /** E.164. */
  readonly address: string;
  readonly payee: string;
  readonly amount: Money;
  readonly means: Means;
  readonly capture: Capture;
  readonly series: string | null;
  /** What stays the same of the card or contract; null where that cannot be told, and a code is due. */
  readonly instrument: string | null;
  readonly ip: string;
};

/** `reason` is the name of the exemption, which is shown and logged. */
export type ExemptionDecision =
  | { readonly exempt: false }
  | { readonly exempt: true; readonly reason: string };

export type ProvedPayment = {
  readonly facts: PaymentFacts;
  /** He wants to be asked for no code for this payee any more. */
  readonly trustsPayee: boolean;
};

export type Exemptions = {
  readonly decide: (db: Db, facts: PaymentFacts) => Promise<ExemptionDecision>;
  /** With the execution; false when another exempt payment has used it up meanwhile: then a code is due. */
  readonly count: (tx: Tx, facts: PaymentFacts, reason: string) => Promise<boolean>;
  /** With executions that right codes stand for, each once, in any order. */
  readonly proved: (tx: Tx, paid: readonly ProvedPayment[]) => Promise<void>;
  /** What holds where a client says nothing. */
  readonly presets: (
    db: Db,
    tenantId: string,
    clientId: string,
  ) => Promise<{ readonly bankAsked: BankAsked; readonly capture: Capture; readonly statement: Statement }>;
};

export type Contract = {
  readonly id: string;
  readonly cardToken: string | null;
  /** How far the payer's account may go below zero, in minor units. */
  readonly limit: bigint;
  /** Above it the bank is asked first; null for never. */
  readonly bankAbove: bigint | null;
};

export type ContractOf = (
  db: Db,
  tenantId: string,
  subscriberId: string,
  currency: string,
) => Promise<Contract | null>;

export type PaymentParts = {
  readonly cards: Cards;
  readonly exemptions: Exemptions;
  readonly contractOf: ContractOf;
};
