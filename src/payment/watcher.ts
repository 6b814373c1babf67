import { homeOf } from '../std/id.ts';
import type { Log } from '../std/log.ts';
import { every } from '../std/timer.ts';
import { asOutage, type Sql } from '../store/connection.ts';
import type { Changes } from '../confirmation/changes.ts';
import { readMarks } from './store.ts';

/**
 * Finds what other processes changed of the payments that are followed here: one statement for all of them,
 * twice a second, and none while nobody follows any.
 */
export type Watcher = AsyncDisposable & { readonly start: () => void };

const PERIOD_MS = 500;

export function createWatcher(sql: Sql, changes: Changes, log: Log): Watcher {
  const seen = new Map<string, string>();
  let running: AsyncDisposable | null = null;

  async function look(): Promise<void> {
    const watched = new Set(changes.watched());
    for (const id of seen.keys()) if (!watched.has(id)) seen.delete(id);
    if (watched.size === 0) return;
    const keys = [...watched].map((id) => ({ home: homeOf('pay', id) ?? 0, id }));
    for (const { id, mark } of await readMarks(sql, keys)) {
      const before = seen.get(id);
      seen.set(id, mark);
      if (before !== undefined && before !== mark) changes.tell(id);
    }
  }

  return {
    start: () => {
      running = every(PERIOD_MS, () =>
        look().catch((error: unknown) => {
          log.debug({ err: asOutage(error) }, 'watched payments could not be read');
        }),
      );
    },
    [Symbol.asyncDispose]: async () => {
      await running?.[Symbol.asyncDispose]();
    },
  };
}
