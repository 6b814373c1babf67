import type { Log } from '../std/log.ts';
import { every } from '../std/timer.ts';
import { asOutage, isFault, type Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { applyGroups } from './apply.ts';
import { overdueHolds } from './store.ts';

/**
 * Ends pending transfers whose time has passed, by themselves: what they reserved is free again (I7). Two
 * jobs processes may meet on one: its account is locked, and the second finds it ended.
 */
const PERIOD_MS = 1_000;
const BATCH_MAX = 500;

/** The periodic work of this room, for the jobs role, until disposed. */
export function openLedgerExpiry(sql: Sql, log: Log): AsyncDisposable {
  return every(PERIOD_MS, async () => {
    try {
      while ((await expireOverdue(sql, log)) === BATCH_MAX);
    } catch (error) {
      log.warn({ err: asOutage(error) }, 'pending transfers could not be expired yet');
    }
  });
}

/** One round; how many were ended. */
export async function expireOverdue(sql: Sql, log: Log): Promise<number> {
  return expireOrApart(sql, log, await overdueHolds(sql, BATCH_MAX));
}

type Overdue = { readonly tenantId: string; readonly pendingId: string };

/** One that cannot be ended is left for the next round, and does not keep the others. */
async function expireOrApart(sql: Sql, log: Log, overdue: readonly Overdue[]): Promise<number> {
  if (overdue.length === 0) return 0;
  try {
    const answers = await transaction(sql, (tx) =>
      applyGroups(
        tx,
        overdue.map(({ tenantId, pendingId }) => ({
          tenantId,
          instructions: [{ do: 'expire', pendingId }],
        })),
      ),
    );
    return answers.flat().filter((answer) => answer.ok).length;
  } catch (error) {
    if (!isFault(error)) throw error;
    if (overdue.length === 1) {
      log.error({ err: error, subject: overdue[0]?.pendingId }, 'a pending transfer could not be expired');
      return 0;
    }
    let ended = 0;
    for (const each of overdue) ended += await expireOrApart(sql, log, [each]);
    return ended;
  }
}
