/** What exemptions are judged by: what is asked now, and what is remembered of the payer. Pure. */
import type { Money } from '../../std/money.ts';
import { homeOf, HOMES } from '../../std/id.ts';
import type { Means } from '../payment.ts';

export type Facts = {
  readonly means: Means;
  readonly amount: Money;
  /** As it is compared: `payeeKeyOf`. */
  readonly payeeKey: string;
  /** What stays the same of a card or contract however often it is used; null where nobody can tell. */
  readonly instrument: string | null;
  readonly series: string | null;
  /** ISO 3166-1, of his telephone number and of the address that he comes from; null when nobody knows. */
  readonly payerCountry: string | null;
  readonly ipCountry: string | null;
};

export type Series = {
  readonly payeeKey: string;
  readonly amount: Money;
  readonly instrument: string;
  readonly lastAtMs: number;
};

export type History = {
  /** By the database's clock (S2). */
  readonly nowMs: number;
  /** When a code of his was right last; null for never. */
  readonly codeAtMs: number | null;
  /** Paid without a code since then. */
  readonly payments: number;
  readonly sumMinor: bigint;
  /** Of all of these; null while there are none, or when they are of several currencies. */
  readonly currency: string | null;
  /** When he paid, within the last day at least. */
  readonly recentMs: readonly number[];
  /** He confirmed a payment from this card or contract by a code. */
  readonly isMeansProved: boolean;
  readonly isPayeePaid: boolean;
  readonly isPayeeTrusted: boolean;
  readonly series: Series | null;
  /** The largest amount that he confirmed by a code, in the currency of the payment. */
  readonly largestMinor: bigint | null;
};

/** Two spellings of one name are one payee; what differs by more is another, and demands a code. */
export function payeeKeyOf(payee: string): string {
  return payee.normalize('NFKC').trim().replaceAll(/\s+/gu, ' ').toLowerCase();
}

/** Where what is remembered of a payer lives: his own home, or one that his digest gives. */
export function homeOfPayer(payer: string): number {
  const own = homeOf('sub', payer);
  if (own !== null) return own;
  const digest = Number.parseInt(payer.slice(0, 8), 16);
  return Number.isNaN(digest) ? 0 : digest % HOMES;
}
