/**
 * A bill or a payout note as page, CSV and PDF show it: who, when, its lines, and what it comes to. Pure.
 */
import type { StatementLine } from '../../ledger/statement.ts';
import type { Language } from '../../std/language.ts';
import type { Bill } from './bill.ts';
import type { Payout } from './payout.ts';
import { TRUSTEE_TEXTS } from './texts.ts';

export type DocumentLine = {
  readonly atUs: number;
  readonly what: string;
  /** Below zero for what was given back. */
  readonly minor: bigint;
  readonly externalId: string;
};

export type TrusteeDocument = {
  readonly language: Language;
  readonly kind: 'bill' | 'payout';
  readonly id: string;
  readonly title: string;
  readonly currency: string;
  readonly facts: readonly { readonly term: string; readonly value: string }[];
  readonly lines: readonly DocumentLine[];
  /** There are more than are shown here. */
  readonly isCut: boolean;
  /** The last one is what it comes to. */
  readonly totals: readonly { readonly term: string; readonly minor: bigint }[];
  readonly madeAtMs: number;
};

/**
 * What was bought, and given back, of what was posted on an account: payments by card come in and go out at
 * once and are no line; nor are bills, payouts and charges.
 */
export function linesOf(statement: readonly StatementLine[], of: 'buyer' | 'merchant'): DocumentLine[] {
  const byCard = new Set(
    statement.flatMap(({ externalId }) => {
      const match = /^(~.+):(?:in|return)$/.exec(externalId);
      return match?.[1] === undefined ? [] : [match[1]];
    }),
  );
  const grows = of === 'buyer' ? 'debit' : 'credit';
  return statement.flatMap((line): DocumentLine[] => {
    if (line.kind !== 'payment' && line.kind !== 'refund') return [];
    if (of === 'buyer' && byCard.has(line.externalId.replace(/:[a-z]+$/, ''))) return [];
    const minor = line.side === grows ? line.amount : -line.amount;
    const what = line.reference ?? line.externalId;
    return [{ atUs: line.atUs, what, minor, externalId: line.externalId }];
  });
}

function sumOf(lines: readonly DocumentLine[]): bigint {
  return lines.reduce((sum, { minor }) => sum + minor, 0n);
}

type Source = {
  readonly language: Language;
  /** What the person or the merchant is called. */
  readonly name: string;
  readonly lines: readonly DocumentLine[];
  /** More lines than were read. */
  readonly isCut: boolean;
};

export function billDocument(bill: Bill, { language, name, lines, isCut }: Source): TrusteeDocument {
  const texts = TRUSTEE_TEXTS[language];
  const state = texts.states[bill.paidHow === 'otherwise' ? 'otherwise' : bill.state];
  const card = bill.state === 'paid' && bill.lastFour !== null ? ` ${texts.fromCard(bill.lastFour)}` : '';
  const carried = bill.minor - sumOf(lines);
  return {
    language,
    kind: 'bill',
    id: bill.id,
    title: texts.bill,
    currency: bill.currency,
    facts: [
      { term: texts.number, value: bill.id },
      { term: texts.period, value: monthText(bill.period, language) },
      { term: texts.buyer, value: name },
      { term: texts.state, value: `${state}${card}` },
    ],
    lines,
    isCut,
    totals: [
      ...(carried === 0n || isCut ? [] : [{ term: texts.carried, minor: carried }]),
      { term: texts.billed, minor: bill.minor },
    ],
    madeAtMs: bill.createdAtMs,
  };
}

export function payoutDocument(payout: Payout, { language, name, lines, isCut }: Source): TrusteeDocument {
  const texts = TRUSTEE_TEXTS[language];
  const carried = payout.gross - sumOf(lines);
  return {
    language,
    kind: 'payout',
    id: payout.id,
    title: texts.payout,
    currency: payout.currency,
    facts: [
      { term: texts.number, value: payout.id },
      { term: texts.period, value: monthText(payout.period, language) },
      { term: texts.merchant, value: name },
    ],
    lines,
    isCut,
    totals: [
      ...(carried === 0n || isCut ? [] : [{ term: texts.carried, minor: carried }]),
      { term: texts.sales, minor: payout.gross },
      { term: texts.charge(payout.payments), minor: -payout.fee },
      { term: texts.paidOut, minor: payout.gross - payout.fee },
    ],
    madeAtMs: Number(payout.paidUs / 1000n),
  };
}

/** "October 2026" */
export function monthText(period: string, language: Language): string {
  const at = Date.parse(`${period}-01T00:00:00Z`);
  return new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(at);
}
