import type { Log } from '../std/log.ts';
import { every } from '../std/timer.ts';
import { homeOf } from '../std/id.ts';
import { asOutage } from '../store/connection.ts';
import type { Changes } from './changes.ts';

/**
 * Finds what other processes changed of the things of one kind that are followed here: one statement for all
 * of them, twice a second, and none while nobody follows any.
 */
export type Watcher = AsyncDisposable & { readonly start: () => void };

export type WatcherOptions = {
  /** Of the ids, as `homeOf` takes it. */
  readonly prefix: Parameters<typeof homeOf>[0];
  /** A mark for each thing that differs whenever what is shown of it does. */
  readonly readMarks: (
    keys: readonly { readonly home: number; readonly id: string }[],
  ) => Promise<readonly { readonly id: string; readonly mark: string }[]>;
  readonly changes: Changes;
  readonly log: Log;
};

const PERIOD_MS = 500;

export function createWatcher({ prefix, readMarks, changes, log }: WatcherOptions): Watcher {
  const seen = new Map<string, string>();
  let running: AsyncDisposable | null = null;

  async function look(): Promise<void> {
    const watched = new Set(changes.watched());
    for (const id of seen.keys()) if (!watched.has(id)) seen.delete(id);
    if (watched.size === 0) return;
    const keys = [...watched].map((id) => ({ home: homeOf(prefix, id) ?? 0, id }));
    for (const { id, mark } of await readMarks(keys)) {
      const before = seen.get(id);
      seen.set(id, mark);
      if (before !== undefined && before !== mark) changes.tell(id);
    }
  }

  return {
    start: () => {
      running = every(PERIOD_MS, () =>
        look().catch((error: unknown) => {
          log.debug({ err: asOutage(error), prefix }, 'what is followed could not be read');
        }),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await running?.[Symbol.asyncDispose]();
    },
  };
}
