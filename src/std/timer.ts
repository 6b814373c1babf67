import { setTimeout as wait } from 'node:timers/promises';
import { jitter } from './random.ts';

/**
 * Resolves after `ms`, or at once when the signal aborts; it never rejects, so loops can look at the signal
 * themselves.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await wait(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
}

/** Full-jitter back-off: a random wait up to `baseMs * 2^attempt`, never above `maxMs`. */
export function backoffMs(attempt: number, baseMs: number, maxMs: number): number {
  return Math.ceil(jitter() * Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30)));
}

export type Timer = { cancel: () => void };

export function after(ms: number, run: () => void): Timer {
  const handle = setTimeout(run, ms);
  return { cancel: () => clearTimeout(handle) };
}

/** Like `after`, but does not keep the process alive. */
export function afterUnref(ms: number, run: () => void): Timer {
  const handle = setTimeout(run, ms).unref();
  return { cancel: () => clearTimeout(handle) };
}

/** Runs `work` again and again, `ms` after it last ended, until disposed; a run in progress is waited for. */
export function every(ms: number, work: () => Promise<void>): AsyncDisposable {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work();
      await sleep(ms, stopping.signal);
    }
  };
  const running = loop();
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}
