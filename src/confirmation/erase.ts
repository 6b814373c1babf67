import { appendEntries } from '../evidence/append.ts';
import type { Tx } from '../store/connection.ts';
import type { Context } from './context.ts';
import { endedEntry } from './entries.ts';
import { eraseOfSubscriber } from './store.ts';

/** Forgets a person: acts, addresses and salts go, what was open is cancelled, and the log stays whole. */
export function createErase(context: Pick<Context, 'clock' | 'outcomes' | 'keys'>) {
  return async (tx: Tx, tenantId: string, subscriberId: string): Promise<void> => {
    const ended = await eraseOfSubscriber(tx, context.keys, tenantId, subscriberId);
    await appendEntries(
      tx,
      ended.map((row) => endedEntry(row, 'cancelled', 'erased', context.clock.nowMs())),
    );
    // Nobody is told after the commit, which is the directory's: who watches finds it by looking.
    await context.outcomes.carryOut(
      tx,
      ended.map((row) => ({ row, state: 'cancelled', reason: 'erased' })),
    );
  };
}
