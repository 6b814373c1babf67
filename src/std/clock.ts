/**
 * The only reader of the wall clock. Deadlines are decided by the database's clock (S2); this one stamps
 * what has no deadline, and derives the time step of a code at the moment of its issue.
 */
export type Clock = { readonly nowMs: () => number };

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds from a clock that never steps back; for measuring how long something took. */
export function monotonicMs(): number {
  return performance.now();
}

/**
 * Like `monotonicMs`, by one zero for all threads of a process: for how long something travelled between two.
 */
export function sharedMs(): number {
  return performance.timeOrigin + performance.now();
}

/** RFC 3339 in UTC with milliseconds. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
