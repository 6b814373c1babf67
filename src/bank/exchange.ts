/**
 * An exchange: one message to a bank that may move money, and what its answer means. Pure.
 *
 *   a question is sent once                       an advice is said again until the bank has acknowledged it
 *   asked ─▶ approved                             queued ─▶ leased ─▶ acknowledged
 *     ├────▶ declined                                ▲         ├────▶ refused (only to complete)
 *     ├────▶ unsent: certainly not sent              └─────────┘ no answer, or none that ends it
 *     └────▶ unknown ─▶ an advice "undo" is born
 *
 * What the bank did with a question that has no clear answer is never guessed: it is undone (S21). A message
 * and its repeats are the same but for the last digit of their type.
 */
import type { Money } from '../std/money.ts';
import type { Id } from '../std/id.ts';
import { textOf, type Message } from './iso8583/message.ts';
import { responseCode, type ReversalReason } from './iso8583/response-code.ts';
import { currencyNumber } from './currency.ts';

export type ExchangeId = Id<'bex'>;

export const QUESTIONS = {
  /** Money is held. */
  authorise: { mti: '0100', processing: '000000' },
  /** Money is taken at once. */
  purchase: { mti: '0200', processing: '000000' },
  /** Money is given back. */
  refund: { mti: '0200', processing: '200000' },
} as const;

export const ADVICES = {
  /** What was held is taken. */
  complete: { mti: '0220' },
  /** We do not want what was approved. */
  reverse: { mti: '0400' },
  /** We do not know what became of the question. */
  undo: { mti: '0420' },
} as const;

export type Question = keyof typeof QUESTIONS;
export type Advice = keyof typeof ADVICES;
export type Kind = Question | Advice;

/** What every message of an exchange says, and its repeats say again. */
export type Exchange = {
  readonly home: number;
  readonly id: ExchangeId;
  readonly tenantId: string;
  readonly bankId: string;
  readonly kind: Kind;
  readonly stan: string;
  readonly rrn: string;
  readonly terminal: string;
  readonly merchant: string;
  readonly processing: string;
  readonly amount: Money;
  readonly transmittedMs: number;
};

/** How a question ended. `undo` says why it has to be taken back; null when there is nothing to take back. */
export type Verdict = {
  readonly state: 'approved' | 'declined' | 'unknown';
  readonly code: string | null;
  readonly authCode: string | null;
  readonly undo: ReversalReason | null;
  readonly reason: string;
};

export function judgeAnswer(asked: Pick<Exchange, 'amount'>, answer: Message): Verdict {
  const code = textOf(answer, 39);
  if (code === null) return doubt(null, 'malfunction', 'the answer has no response code');
  const { meaning, name, isReserved } = responseCode(code);
  const plain = { code, authCode: null, reason: name };
  if (meaning === 'unknown') return doubt(code, code === '68' ? 'no_answer' : 'malfunction', name);
  if (meaning === 'partial') return { ...plain, state: 'declined', undo: 'partial' };
  if (meaning !== 'approved') return { ...plain, state: 'declined', undo: isReserved ? 'no_action' : null };
  const odd = oddEcho(asked.amount, answer);
  if (odd !== null) return doubt(code, 'malfunction', odd);
  return { ...plain, state: 'approved', authCode: textOf(answer, 38)?.trimEnd() || null, undo: null };
}

export function noAnswer(reason: string): Verdict {
  return doubt(null, 'no_answer', reason);
}

function doubt(code: string | null, undo: ReversalReason, reason: string): Verdict {
  return { state: 'unknown', code, authCode: null, undo, reason };
}

/** An approval of something else than was asked is no approval. */
function oddEcho(amount: Money, answer: Message): string | null {
  const approved = textOf(answer, 4);
  if (approved !== null && approved !== amountField(amount)) return 'the bank approved another amount';
  const currency = textOf(answer, 49);
  const isAsked =
    currency === null || currency === currencyNumber(amount.currency) || currency === amount.currency;
  return isAsked ? null : 'the bank approved another currency';
}

/** Field 4: minor units, 12 digits. */
export function amountField({ minor }: Money): string {
  return String(minor).padStart(12, '0');
}

/**
 * What an answer does to an advice: acknowledged and refused end it; null leaves it to be said again. Only a
 * completion can be refused for good: to take money back is never given up.
 *
 * "Duplicate" (94) says yes to a repeat. "No such record" (25) says yes to a reversal only when its question
 * cannot be on its way any more: else it might be approved after it was reversed.
 */
export function judgeAdvice(
  advice: { readonly kind: Advice; readonly attempts: number; readonly originalAgeMs: number },
  code: string | null,
): 'acknowledged' | 'refused' | null {
  if (code === null) return null;
  const { meaning } = responseCode(code);
  if (meaning === 'approved') return 'acknowledged';
  if (code === '94' && advice.attempts > 1) return 'acknowledged';
  if (advice.kind !== 'complete') {
    return code === '25' && advice.originalAgeMs >= ORIGINAL_LIFE_MS ? 'acknowledged' : null;
  }
  return meaning === 'unknown' || meaning === 'later' ? null : 'refused';
}

/** After so long no question is on its way any more, whatever networks do. */
export const ORIGINAL_LIFE_MS = 120_000;

export type RepeatTiming = { readonly repeatBaseMs: number; readonly repeatMaxMs: number };

/**
 * How long an advice waits after so many attempts: doubling, from half to the whole of it by `random` (0 to
 * 1).
 */
export function repeatAfterMs(
  attempts: number,
  { repeatBaseMs, repeatMaxMs }: RepeatTiming,
  random: number,
): number {
  const waitMs = Math.min(repeatMaxMs, repeatBaseMs * 2 ** Math.min(attempts - 1, 20));
  return Math.ceil(waitMs * (0.5 + random / 2));
}

export function isAdvice(kind: Kind): kind is Advice {
  return Object.hasOwn(ADVICES, kind);
}
