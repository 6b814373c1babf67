/** What the verbs of this room share. */
import type { Clock } from '../std/clock.ts';
import type { KeyRing } from '../std/key-ring.ts';
import type { Log } from '../std/log.ts';
import type { Random } from '../std/random.ts';
import type { Sql, Tx } from '../store/connection.ts';
import type { ExchangeId, RepeatTiming } from './exchange.ts';
import type { Links } from './links.ts';
import type { ExchangeRow } from './store.ts';
import { responseCode } from './iso8583/response-code.ts';

/**
 * What came of asking a bank.
 *
 * unknown: of a question, the bank may have done it; its reversal is stored and is said until acknowledged,
 * and a late approval changes nothing (S21). Of a completion or a reversal, it is stored and said until
 * acknowledged.
 */
export type Outcome =
  | {
      readonly outcome: 'approved';
      readonly exchange: ExchangeId;
      readonly authCode: string | null;
      readonly rrn: string;
    }
  | {
      readonly outcome: 'declined';
      /** Null where no bank was asked. */
      readonly exchange: ExchangeId | null;
      /** Field 39; null where no bank answered. */
      readonly code: string | null;
      readonly reason: string;
      /** The same question may be answered otherwise in a while. */
      readonly mayRetry: boolean;
    }
  | { readonly outcome: 'unknown'; readonly exchange: ExchangeId; readonly reason: string };

/** An advice that ended: what the room that asked for it writes in the same transaction. */
export type Settled = {
  readonly home: number;
  readonly tenantId: string;
  readonly exchange: ExchangeId;
  readonly kind: 'complete' | 'reverse' | 'undo';
  readonly caller: string;
  /** The question that it spoke of. */
  readonly original: ExchangeId;
  readonly state: 'acknowledged' | 'refused';
  readonly code: string | null;
};

export type BankTiming = RepeatTiming & {
  /** How long after its time-out a question whose process is gone stays open. */
  readonly askedGraceMs: number;
  readonly pollMs: number;
};

export const BANK_TIMING: BankTiming = {
  repeatBaseMs: 5_000,
  repeatMaxMs: 15 * 60_000,
  askedGraceMs: 10_000,
  pollMs: 1_000,
};

export type Context = {
  readonly sql: Sql;
  readonly links: Links;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timing: BankTiming;
  readonly onSettled: ((tx: Tx, settled: readonly Settled[]) => Promise<void>) | null;
};

export function outcomeOf(row: ExchangeRow): Outcome {
  const { id, state, code, authCode, rrn } = row;
  if (state === 'approved' || state === 'acknowledged')
    return { outcome: 'approved', exchange: id, authCode, rrn };
  if (state === 'declined' || state === 'refused') {
    return declined(id, code, code === null ? 'declined' : responseCode(code).name);
  }
  if (state === 'unsent') return { ...declined(id, null, 'it could not be sent'), mayRetry: true };
  return { outcome: 'unknown', exchange: id, reason: 'there is no answer that could be relied on' };
}

export function declined(
  exchange: ExchangeId | null,
  code: string | null,
  reason: string,
): Extract<Outcome, { outcome: 'declined' }> {
  const mayRetry = code !== null && responseCode(code).meaning === 'later';
  return { outcome: 'declined', exchange, code, reason, mayRetry };
}
