import { sleep } from '../std/timer.ts';
import { asOutage, isFault } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import type { Execute } from './execute.ts';
import { claimLoose, deleteLoose, insertLoose, type Loose } from './loose-store.ts';
import { TRIES_MAX } from './payment.ts';
import type { RecordPayments } from './record.ts';
import { claimRefunds, readRefund } from './refund-store.ts';
import type { Refunds } from './refund.ts';
import { reverseTry, type Ending, type Settle } from './settle.ts';
import { claimDue, eraseCard, lockPayments, move, scheduleNext, type PaymentRow } from './store.ts';

/**
 * The periodic work of this room, by any number of processes: each row says itself when it must be looked at
 * again (`next_at`), whoever claims it first has a lease, and every step is a guarded one (I7).
 *
 *   created, authorised ─▶ expired          executing ─▶ the bank is asked       completed ─▶ card erased
 *   authorising ─▶ created: what the bank approved for a process that is gone is given back
 *   refunds whose process is gone ─▶ carried on
 */
export type Worker = AsyncDisposable & { readonly start: () => void };

const PERIOD_MS = 1_000;
const BATCH_MAX = 50;
const LEASE_MS = 60_000;

type Parts = {
  readonly record: RecordPayments;
  readonly settle: Settle;
  readonly execute: Execute;
  readonly refunds: Refunds;
};

export function createWorker(context: Context, parts: Parts): Worker {
  const { store, bank, changes, log } = context;
  const { record, settle, execute, refunds } = parts;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function expire(due: PaymentRow): Promise<void> {
    await transaction(store.sql, async (tx) => {
      const [row] = await lockPayments(tx, [due]);
      if (row?.state !== 'created' && row?.state !== 'authorised') return;
      if (row.expiresAtMs > row.nowMs) return scheduleNext(tx, row, row.expiresAtMs - row.nowMs);
      const ending: Ending = { row, step: 'expire', reason: 'time_passed' };
      await settle.end(tx, [ending]);
    });
  }

  /** The process of a try is gone, or so slow that it has lost. */
  async function takeBack(due: PaymentRow): Promise<void> {
    const { home, id, tries } = due;
    const caller = `${id}:${tries}`;
    const looked = await bank.look({ home, kind: 'authorise', caller });
    // The room bank decides it within its own time.
    if (looked?.outcome.outcome === 'asked') return;
    const isLast = tries >= TRIES_MAX;
    const reason = 'interrupted';
    await transaction(store.sql, async (tx) => {
      const [row] = await move(tx, isLast ? 'giveUp' : 'decline', [
        { home, id, tries, reason, nextMs: null },
      ]);
      if (row === undefined) return;
      if (looked?.outcome.outcome === 'approved') {
        await reverseTry(context, tx, row, looked.outcome.exchange);
      } else if (looked === null) {
        await insertLoose(tx, row, 'authorise', caller);
      }
      const facts = { why: reason };
      await record(tx, [
        isLast
          ? { row, name: 'PaymentRefused', facts }
          : { row, name: 'PaymentDeclined', n: tries - 1, facts },
      ]);
    });
  }

  async function look(row: PaymentRow): Promise<void> {
    switch (row.state) {
      case 'created':
      case 'authorised':
        return expire(row);
      case 'authorising':
        return takeBack(row);
      case 'executing':
        return execute.run(row);
      case 'completed':
        return transaction(store.sql, (tx) => eraseCard(tx, row));
      case 'confirming':
      case 'refused':
      case 'cancelled':
      case 'expired':
        return transaction(store.sql, (tx) => scheduleNext(tx, row, null));
      default:
        return row.state satisfies never;
    }
  }

  /** A question that nobody waited for: what was approved and belongs to nothing is given back. */
  async function lookLoose(loose: Loose): Promise<void> {
    const looked = await bank.look(loose);
    if (looked === null ? !loose.isOver : looked.outcome.outcome === 'asked') return;
    await transaction(store.sql, async (tx) => {
      const [row] = await lockPayments(tx, [{ home: loose.home, id: loose.paymentId }]);
      if (row && looked?.outcome.outcome === 'approved' && !looked.isClosed) {
        const { exchange } = looked.outcome;
        const refund = loose.kind === 'refund' ? await readRefund(tx, loose.home, loose.caller) : null;
        const isUsed = row.exchangeId === exchange || refund?.exchangeId === exchange;
        if (!isUsed) await reverseTry(context, tx, row, exchange);
      }
      await deleteLoose(tx, loose);
    });
  }

  async function each<T>(
    items: readonly T[],
    what: string,
    work: (item: T) => Promise<unknown>,
  ): Promise<void> {
    for (const item of items) {
      if (stopping.signal.aborted) return;
      try {
        await work(item);
      } catch (error) {
        // It is looked at again when its lease ends, and does not keep the others.
        log[isFault(error) ? 'error' : 'warn']({ err: asOutage(error) }, `${what} could not be carried on`);
      }
    }
  }

  /** One round; true when there may be more to do at once. */
  async function once(): Promise<boolean> {
    const due = await transaction(store.sql, async (tx) => {
      const payments = await claimDue(tx, BATCH_MAX);
      for (const row of payments) await scheduleNext(tx, row, LEASE_MS);
      return {
        payments,
        refunds: await claimRefunds(tx, LEASE_MS, BATCH_MAX),
        loose: await claimLoose(tx, BATCH_MAX),
      };
    });
    await each(due.payments, 'a payment', async (row) => {
      await look(row);
      changes.tell(row.id);
    });
    await each(due.refunds, 'a refund', refunds.run);
    await each(due.loose, 'a question to a bank', lookLoose);
    return due.payments.length === BATCH_MAX;
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        if (await once()) continue;
      } catch (error) {
        log.warn({ err: asOutage(error) }, 'what is due of payments could not be done yet');
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
