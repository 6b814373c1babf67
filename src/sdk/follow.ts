import { readEvents } from './events.ts';
import { CountersignProblem, CountersignUnreachable } from './problem.ts';
import { wait } from './runtime.ts';
import { backoffMs, mayPass, type StreamOptions, type Transport } from './transport.ts';

/**
 * Follows one thing until it is over: its state now and each one after it. A connection that breaks is opened
 * again, and what was told already is not told twice.
 */
export async function* follow<T>(
  transport: Transport,
  path: string,
  options: StreamOptions,
  isEnded: (told: T) => boolean,
): AsyncGenerator<T, void> {
  const { signal } = options;
  let last = '';
  for (let failures = 0; ; failures++) {
    let waitMs = backoffMs(failures);
    let cause: unknown = null;
    try {
      for await (const { event, data } of readEvents(await transport.stream(path, options))) {
        if (event !== 'state') continue;
        failures = 0;
        if (data === last) continue;
        last = data;
        const told = JSON.parse(data) as T;
        yield told;
        if (isEnded(told)) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof CountersignProblem) {
        if (!mayPass(error)) throw error;
        waitMs = error.retryAfterMs ?? waitMs;
      }
      cause = error;
    }
    if (failures >= transport.retriesMax) {
      throw new CountersignUnreachable(`The event stream ${path} does not stay open.`, { cause });
    }
    await wait(waitMs, signal);
  }
}
