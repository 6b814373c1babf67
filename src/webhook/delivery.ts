/**
 * One event on its way to one endpoint: when it is tried again, and when that ends.
 *
 *   waiting ──claim──▶ leased ──2xx──▶ delivered
 *      ▲                 ├──else, tries left──▶ waiting
 *      │                 ├──410──▶ dead, and the endpoint is disabled
 *      │                 └──else──▶ dead
 *      └── the lease ends (its process is gone): due again, with the same webhook-id
 *
 * The schedule is that of Standard Webhooks 1.0, "Retry schedule".
 */
export type DeliveryState = 'waiting' | 'leased' | 'delivered' | 'dead';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The waits before the second and each later attempt. */
const WAITS_MS = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

export const ATTEMPTS_MAX = WAITS_MS.length + 1;
/** How long the answer may take. */
export const ANSWER_MAX_MS = 15 * SECOND;
/** Longer than an answer, its recording and the wait for a connection may take. */
export const LEASE_MS = 45 * SECOND;
/** At once to one endpoint; fewer while it fails, so that what hangs does not hold up the others. */
export const IN_FLIGHT_MAX = 20;
export const IN_FLIGHT_FAILING_MAX = 2;

/** A peer may ask for patience, not for ever. */
const RETRY_AFTER_MAX_MS = 24 * HOUR;
/** The waits are lengthened by up to a fifth, so that what failed together does not come back together. */
const JITTER = 0.2;
const GONE = 410;

/** What the endpoint said, or why nothing came of it. */
export type Answer =
  | { readonly status: number; readonly retryAfter: string | null }
  | { readonly status: null; readonly error: string };

export type Settlement = {
  readonly to: 'delivered' | 'waiting' | 'dead';
  /** For `waiting`. */
  readonly delayMs: number | null;
  readonly status: number | null;
  /** Null when it was delivered. */
  readonly error: string | null;
  /** The endpoint wants nothing any more. */
  readonly gone: boolean;
};

/** `attempts` counts this one; `random` is from 0 to 1; `nowMs` reads a date in Retry-After. */
export function settle(answer: Answer, attempts: number, random: number, nowMs: number): Settlement {
  const { status } = answer;
  if (status !== null && status >= 200 && status < 300) {
    return { to: 'delivered', delayMs: null, status, error: null, gone: false };
  }
  const error = answer.status === null ? answer.error : whyFailed(answer.status);
  if (status === GONE) return { to: 'dead', delayMs: null, status, error, gone: true };
  const waitMs = WAITS_MS[attempts - 1];
  if (waitMs === undefined) return { to: 'dead', delayMs: null, status, error, gone: false };
  const asked = answer.status === null ? null : readRetryAfter(answer.retryAfter, nowMs);
  const delayMs = Math.max(waitMs * (1 + JITTER * random), Math.min(asked ?? 0, RETRY_AFTER_MAX_MS));
  return { to: 'waiting', delayMs: Math.ceil(delayMs), status, error, gone: false };
}

function whyFailed(status: number): string {
  if (status === GONE) return 'it is gone (410): the endpoint was disabled';
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed`;
  return `it answered ${status}`;
}

/** RFC 9110, 10.2.3: seconds, or a date. Null when it is neither. */
export function readRetryAfter(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  const at = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)
    ? Date.parse(text)
    : NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
