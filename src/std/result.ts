/**
 * Refusals are values: an expected no travels as a `Result`, never as an exception.
 * Outages (the world failed, retry) are thrown as `Outage`; faults (our bugs) are assertions.
 */

export type Ok<T> = { readonly ok: true; readonly value: T };
export type Refused<R extends string> = {
  readonly ok: false;
  readonly refusal: R;
  /** One sentence for the person who must mend it; never a secret, never which part of a check failed. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
};
export type Result<T, R extends string> = Ok<T> | Refused<R>;

export function ok(): Ok<undefined>;
export function ok<T>(value: T): Ok<T>;
export function ok(value?: unknown): Ok<unknown> {
  return { ok: true, value };
}

export function refuse<const R extends string>(
  refusal: R,
  more: { detail?: string; retryAfterMs?: number } = {},
): Refused<R> {
  return { ok: false, refusal, ...more };
}
