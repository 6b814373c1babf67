/**
 * The guard of an address: what wrong tries cost it (S4; RTS 2018/389 art. 4(3)(b), NIST SP 800-63B 3.2.2).
 * The counters belong to the address itself, so that no resend, session, client or spelling of the number
 * resets them.
 *
 *             5 wrong in a row                     the block ends
 *   clear ───────────────────────▶ blocked ◀──────────────────────▶ on trial
 *     ▲                                      one more wrong: twice      │
 *     │                                      as long, 1 h at most       │
 *     └──────────────────── a right code ───────────────────────────────┘
 *
 *   any of them ──100 wrong in all──▶ disabled ──bound again──▶ clear
 *
 * A right code clears the failures in a row and not those in all: otherwise an attacker would only have to
 * wait for the subscriber's own successes, and guess between them for ever.
 */
import { DEFAULT_FAILURE_RULE, type FailureRule } from './policy-limits.ts';

export type Guard = {
  readonly failuresInRow: number;
  readonly failuresInAll: number;
  /** Epoch milliseconds by the database's clock (S2), null when it was never blocked or is clear again. */
  readonly blockedUntilMs: number | null;
};

export const CLEAR_GUARD: Guard = { failuresInRow: 0, failuresInAll: 0, blockedUntilMs: null };

export type Standing = 'clear' | 'blocked' | 'disabled';

export type AfterFailure = {
  readonly guard: Guard;
  /** True when this failure began a block or disabled the address: the subscriber is told. */
  readonly alert: boolean;
};

/**
 * How long the block lasts that the latest of so many failures in a row begins; 0 is no block. Milliseconds.
 */
export function blockAfter(failuresInRow: number, rule: FailureRule = DEFAULT_FAILURE_RULE): number {
  const over = failuresInRow - rule.inARowMax;
  if (over < 0) return 0;
  return Math.min(rule.blockMaxMs, rule.blockFirstMs * 2 ** Math.min(over, 40));
}

export function standingOf(guard: Guard, nowMs: number, rule: FailureRule = DEFAULT_FAILURE_RULE): Standing {
  if (guard.failuresInAll >= rule.inAllMax) return 'disabled';
  return guard.blockedUntilMs !== null && nowMs < guard.blockedUntilMs ? 'blocked' : 'clear';
}

/**
 * A try while blocked or disabled is refused unread and must not come here: it would let anyone prolong a
 * block.
 */
export function afterFailure(
  guard: Guard,
  nowMs: number,
  rule: FailureRule = DEFAULT_FAILURE_RULE,
): AfterFailure {
  const failuresInRow = guard.failuresInRow + 1;
  const failuresInAll = guard.failuresInAll + 1;
  const blockMs = blockAfter(failuresInRow, rule);
  return {
    guard: { failuresInRow, failuresInAll, blockedUntilMs: blockMs > 0 ? nowMs + blockMs : null },
    alert: blockMs > 0 || failuresInAll >= rule.inAllMax,
  };
}

export function afterSuccess(guard: Guard): Guard {
  return { failuresInRow: 0, failuresInAll: guard.failuresInAll, blockedUntilMs: null };
}
