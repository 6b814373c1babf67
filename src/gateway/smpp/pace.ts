/**
 * How fast one operator's account is fed. Unlimited until the operator throttles (ESME_RTHROTTLED) or its
 * queue is full (ESME_RMSGQFUL); then half of what it took in the last second, and from there a tenth more
 * each quiet second.
 *
 *   unlimited ──throttled──▶ limited ──throttled──▶ half of it
 *       ▲                       └── quiet second ──▶ a tenth more and one ──┐
 *       └──────────────────── above any load ◀──────────────────────────────┘
 *
 * Pure: the time is an argument, in milliseconds of one monotonic clock.
 */

const RATE_MIN = 1;
/** Above this a limit would not be felt, and the account counts as unlimited again. */
const RATE_FELT_MAX = 10_000;
const SECOND_MS = 1000;

export type Pace = {
  /** Milliseconds until one more may be sent; 0 for now. */
  readonly waitMs: (nowMs: number) => number;
  /** Counts one sent. */
  readonly sent: (nowMs: number) => void;
  /** Counts one that the operator took. */
  readonly accepted: (nowMs: number) => void;
  /** The operator asked for less. A burst of refusals within one second counts once. */
  readonly slowDown: (nowMs: number) => void;
  /** Messages a second, Infinity when unlimited. */
  readonly limit: () => number;
};

export function createPace(options: { ratePerSecond?: number | null } = {}): Pace {
  const ceiling = options.ratePerSecond ?? Infinity;
  let limit = ceiling;
  let tokens = burst(limit);
  let tokensAtMs = -Infinity;
  let slowedAtMs = -Infinity;
  let raisedAtMs = -Infinity;
  let secondFromMs = -Infinity;
  let acceptedNow = 0;
  let acceptedBefore = 0;

  function turnSecond(nowMs: number): void {
    if (nowMs - secondFromMs < SECOND_MS) return;
    acceptedBefore = nowMs - secondFromMs < 2 * SECOND_MS ? acceptedNow : 0;
    acceptedNow = 0;
    secondFromMs = nowMs;
  }

  function raise(nowMs: number): void {
    while (limit < ceiling && nowMs - raisedAtMs >= SECOND_MS) {
      raisedAtMs += SECOND_MS;
      limit = Math.min(ceiling, limit * 1.1 + 1);
      if (limit > RATE_FELT_MAX) limit = ceiling;
    }
  }

  function refill(nowMs: number): void {
    raise(nowMs);
    if (limit === Infinity) return;
    if (nowMs > tokensAtMs) {
      const earned = tokensAtMs === -Infinity ? Infinity : ((nowMs - tokensAtMs) * limit) / SECOND_MS;
      tokens = Math.min(burst(limit), tokens + earned);
      tokensAtMs = nowMs;
    }
  }

  return {
    waitMs: (nowMs) => {
      refill(nowMs);
      return limit === Infinity || tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * SECOND_MS) / limit);
    },
    sent: (nowMs) => {
      refill(nowMs);
      if (limit !== Infinity) tokens -= 1;
    },
    accepted: (nowMs) => {
      turnSecond(nowMs);
      acceptedNow++;
    },
    slowDown: (nowMs) => {
      if (nowMs - slowedAtMs < SECOND_MS) return;
      raise(nowMs);
      turnSecond(nowMs);
      const base = Math.min(limit, Math.max(acceptedNow, acceptedBefore));
      limit = Math.max(RATE_MIN, Math.min(ceiling, base / 2));
      slowedAtMs = nowMs;
      raisedAtMs = nowMs;
      tokens = 0;
      tokensAtMs = nowMs;
    },
    limit: () => limit,
  };
}

/** A tenth of a second's worth may go at once, so that a limit does not cost a timer for each message. */
function burst(limit: number): number {
  return limit === Infinity ? 0 : Math.max(1, limit / 10);
}
