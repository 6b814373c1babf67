/**
 * What the SDK takes from its runtime (Node 20 and newer, browsers, workers): time, randomness and waiting.
 * Nothing else does.
 */

/** Epoch milliseconds. */
export function nowMs(): number {
  return Date.now();
}

export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}

/**
 * A whole number from half of `ms` to `ms`, so that clients that failed together do not come back together.
 */
export function jittered(ms: number): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return Math.ceil((ms / 2) * (1 + random / 2 ** 32));
}

/** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
