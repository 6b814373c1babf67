/**
 * The periodic work of this room (role jobs): says advices until they are acknowledged, undoes questions
 * whose process is gone, erases cards that nothing needs any more (S21, I7). Any number of them work on one
 * database.
 */
import { monotonicMs } from '../std/clock.ts';
import { newId } from '../std/id.ts';
import { sleep } from '../std/timer.ts';
import { asOutage, isFault } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Advise } from './advise.ts';
import type { Context } from './context.ts';
import { stanOf } from './number.ts';
import { BANK_CHANNEL, leaseAdvices, overdueQuestions, purgeCards, settleQuestions } from './store.ts';

export type Repeater = AsyncDisposable & {
  /** Looks for due advices now. */
  readonly wake: () => void;
  readonly start: () => Promise<void>;
};

const LEASED_MAX = 50;
const IN_HAND_MAX = 200;
const OVERDUE_MAX = 100;
const LEASE_MARGIN_MS = 8_000;
const PURGE_EVERY_MS = 60_000;
/** Who is woken more often looks no oftener: the advices of a busy moment are leased together. */
const LOOK_EVERY_MS = 50;

/** Longer than a bank may take, waiting for room and writing included. */
export async function leaseMsOf(context: Context): Promise<number> {
  return (await context.links.timeoutMaxMs()) + LEASE_MARGIN_MS;
}

export function createRepeater(context: Context, advise: Advise): Repeater {
  const { sql, log, timing } = context;
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  let wakeUp = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function loop(): Promise<void> {
    const lookEveryMs = Math.min(LOOK_EVERY_MS, timing.pollMs);
    let overdueAtMs = 0;
    let purgeAtMs = 0;
    while (!stopping.signal.aborted) {
      // Before the look, so that who wakes us during it has us look once more.
      wakeUp = new AbortController();
      const signal = AbortSignal.any([stopping.signal, wakeUp.signal]);
      const nowMs = monotonicMs();
      let isFull = false;
      try {
        // Time makes questions overdue and cards stale, and wakes nobody.
        if (nowMs >= overdueAtMs) {
          isFull = await undoOverdue(context);
          if (!isFull) overdueAtMs = nowMs + timing.pollMs;
        }
        isFull = (await sayDue()) || isFull;
        if (nowMs >= purgeAtMs) {
          await purgeCards(sql);
          purgeAtMs = nowMs + PURGE_EVERY_MS;
        }
      } catch (error) {
        log[isFault(error) ? 'error' : 'warn']({ err: asOutage(error) }, 'advices cannot be said now');
      }
      if (isFull) continue;
      await sleep(timing.pollMs, signal);
      await sleep(Math.max(0, nowMs + lookEveryMs - monotonicMs()), stopping.signal);
    }
  }

  /** Whether there may be more at once. */
  async function sayDue(): Promise<boolean> {
    if (inHand.size >= IN_HAND_MAX) return false;
    const leased = await leaseAdvices(sql, await leaseMsOf(context), LEASED_MAX);
    for (const advice of leased) {
      const saying: Promise<void> = advise
        .say(advice)
        .then(() => undefined)
        .catch((error: unknown) => {
          const level = isFault(error) ? 'error' : 'warn';
          log[level]({ err: asOutage(error), exchange: advice.id }, 'an advice could not be said');
        })
        .finally(() => inHand.delete(saying));
      inHand.add(saying);
    }
    return leased.length === LEASED_MAX;
  }

  return {
    wake: () => wakeUp.abort(),
    start: async () => {
      await sql.listen(BANK_CHANNEL, () => wakeUp.abort());
      running = loop();
    },
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await running;
      await Promise.all(inHand);
    },
  };
}

/** Questions that nobody will answer any more are unknown, and are undone. Whether there may be more. */
async function undoOverdue(context: Context): Promise<boolean> {
  const { sql, links, clock, random, log } = context;
  return transaction(sql, async (tx) => {
    const overdue = await overdueQuestions(tx, OVERDUE_MAX);
    if (overdue.length === 0) return false;
    const rows = await Promise.all(
      overdue.map(async ({ home, id, bankId }) => ({
        home,
        id,
        state: 'unknown' as const,
        code: null,
        authCode: null,
        undoId: newId('bex', home, clock.nowMs(), random),
        undoStan: stanOf(await links.sequence(bankId).next()),
        undoReason: 'no_answer' as const,
      })),
    );
    const won = await settleQuestions(tx, rows);
    log.warn({ count: won.length }, 'questions to banks were left open by their process and are undone');
    return overdue.length === OVERDUE_MAX;
  });
}
