import type { Log } from '../std/log.ts';
import { sleep } from '../std/timer.ts';
import { appendEntries } from '../evidence/append.ts';
import { asOutage, isFault } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Cancel } from './cancel.ts';
import type { Context } from './context.ts';
import { endedEntry } from './entries.ts';
import {
  disconnectedConfirmations,
  expireConfirmations,
  overdueConfirmations,
  readCursorMs,
  readNowMs,
  writeCursorMs,
  type ConfirmationKey,
} from './store.ts';
import { purgeBuckets } from './sending-store.ts';

/** The periodic work of this room: whatever is open past its deadline is ended and recorded (I7). */
export type Sweeper = AsyncDisposable & { readonly start: () => void };

const PERIOD_MS = 2_000;
const BATCH_MAX = 500;
const PURGE_EVERY = 900;
const JOB = 'confirmation_expiry';
/**
 * Longer than any confirmation can be committed after its deadline was set (a transaction lives 40 s at the
 * most), and than the clocks of two databases can differ. Every round reads what ended within it, so it is
 * not longer than that.
 */
const MARGIN_MS = 3 * 60_000;

export function createSweeper(context: Context, cancel: Cancel): Sweeper {
  const { log } = context;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function loop(): Promise<void> {
    for (let round = 0; !stopping.signal.aborted; round++) {
      try {
        const full = await sweepOnce(context, cancel);
        if (round % PURGE_EVERY === 0) await purgeBuckets(context.store.relaxed);
        if (full) continue;
      } catch (error) {
        logSweep(log, error);
      }
      await sleep(PERIOD_MS, stopping.signal);
    }
  }

  return {
    start: () => {
      running = loop();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** One round; true when there may be more to do at once. */
async function sweepOnce(context: Context, cancel: Cancel): Promise<boolean> {
  const { store } = context;
  const sinceMs = Math.max(0, (await readCursorMs(store.sql, JOB)) - MARGIN_MS);
  const left = await disconnectedConfirmations(store.sql, sinceMs, BATCH_MAX);
  for (const { id } of left) await cancel({ id, reason: 'session_closed', by: { job: true } });
  const overdue = await transaction(store.sql, async (tx) => {
    const reachedMs = await readNowMs(tx);
    const found = await overdueConfirmations(tx, sinceMs, BATCH_MAX);
    if (found.length === 0) await writeCursorMs(tx, JOB, reachedMs);
    return found;
  });
  const expired = overdue.length === 0 ? 0 : await expireOrApart(context, overdue);
  return expired === BATCH_MAX || left.length === BATCH_MAX;
}

/** What cannot be carried out for one is left open, where the next round finds it, and does not keep others. */
async function expireOrApart(context: Context, overdue: readonly ConfirmationKey[]): Promise<number> {
  try {
    return await expire(context, overdue);
  } catch (error) {
    if (!isFault(error)) throw error;
    if (overdue.length === 1) {
      context.log.error({ err: error, subject: overdue[0]?.id }, 'an expiry could not be carried out');
      return 0;
    }
    let expired = 0;
    for (const key of overdue) expired += await expireOrApart(context, [key]);
    return expired;
  }
}

async function expire(context: Context, overdue: readonly ConfirmationKey[]): Promise<number> {
  const { store, clock, changes, outcomes } = context;
  const { rows, told } = await transaction(store.sql, async (tx) => {
    const rows = await expireConfirmations(tx, context.keys, overdue);
    await appendEntries(
      tx,
      rows.map((row) => endedEntry(row, 'expired', 'time_passed', clock.nowMs())),
    );
    const ended = rows.map((row) => ({ row, state: 'expired', reason: 'time_passed' }) as const);
    return { rows, told: await outcomes.carryOut(tx, ended) };
  });
  for (const { id } of rows) changes.tell(id);
  told();
  return rows.length;
}

function logSweep(log: Log, error: unknown): void {
  log.warn({ err: asOutage(error) }, 'expired confirmations could not be ended yet');
}
