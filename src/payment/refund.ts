import type { Outcome } from '../bank/context.ts';
import { must } from '../std/assert.ts';
import { homeOf, newId } from '../std/id.ts';
import type { Money } from '../std/money.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import { insertLoose } from './loose-store.ts';
import { cardOf } from './means.ts';
import { moveMoney } from './money.ts';
import { givenBack } from './postings.ts';
import type { RecordPayments } from './record.ts';
import { endRefund, insertRefund, listRefunds, readRefund, type RefundRow } from './refund-store.ts';
import { reverseTry } from './settle.ts';
import { addRefunded, lockPayments, type PaymentRow } from './store.ts';
import type { Caller, Refund, RefundRefusal } from './verbs.ts';
import { owns, readOwned, readPayment } from './view.ts';

/**
 * Giving back what was paid, or a part of it: one refund at a time, and never more than was completed.
 *
 *   asked (committed) ──▶ bank ──approved──▶ done: the money moves back, in one transaction
 *                           ├─ no ─▶ declined
 *                           └─ no answer ─▶ unknown: what the bank gave it takes back, and another may follow
 */
export type Refunds = {
  readonly refund: (
    caller: Caller,
    id: string,
    amount: Money | null,
  ) => Promise<Result<Refund, RefundRefusal>>;
  readonly refunds: (caller: Caller, id: string) => Promise<readonly Refund[]>;
  /** Carries one on whose process is gone. */
  readonly run: (refund: RefundRow) => Promise<RefundRow>;
};

const STUCK_AFTER_MS = 120_000;

export function createRefunds(context: Context, record: RecordPayments): Refunds {
  const { store, bank, random, clock, changes } = context;

  function ask(caller: Caller, home: number, id: string, amount: Money | null) {
    return transaction(store.sql, async (tx): Promise<Result<RefundRow, RefundRefusal>> => {
      const [row] = await lockPayments(tx, [{ home, id }]);
      if (!row || !owns(caller, row)) return refuse('not_found');
      if (row.state !== 'completed' || row.completed === null) return refuse('not_completed');
      const left = row.completed - row.refunded;
      const minor = amount?.minor ?? left;
      const isCovered = minor > 0n && minor <= left && (amount?.currency ?? row.currency) === row.currency;
      if (!isCovered) return refuse('amount_too_high');
      const made = await insertRefund(tx, row, {
        id: newId('rfd', home, clock.nowMs(), random),
        minor,
        currency: row.currency,
        stuckAfterMs: STUCK_AFTER_MS,
      });
      return made === null ? refuse('refund_running') : ok(made);
    });
  }

  /** Null where no bank is asked: the trustee's bill gets smaller. */
  async function askBank(row: PaymentRow, { id, minor }: RefundRow): Promise<Outcome | null> {
    if (row.means === 'trustee') return null;
    const card = cardOf(context, row);
    if (card === null) {
      return {
        outcome: 'declined',
        exchange: null,
        code: null,
        reason: 'its card is erased',
        mayRetry: false,
      };
    }
    const { home, tenantId, currency, subscriberId, terminal, merchant } = row;
    return bank.refund({
      home,
      tenantId,
      caller: id,
      amount: { minor, currency },
      card,
      contract: subscriberId,
      ...(terminal === null ? {} : { terminal }),
      ...(merchant === null ? {} : { merchant }),
    });
  }

  async function run(refund: RefundRow): Promise<RefundRow> {
    const row = must(await readPayment(store.sql, refund.paymentId), 'a refund is of a payment');
    const outcome = await askBank(row, refund);
    const exchange = outcome?.exchange ?? null;
    const isDone = outcome === null || outcome.outcome === 'approved';
    const state = isDone ? 'done' : outcome.outcome === 'unknown' ? 'unknown' : 'declined';
    const now = await transaction(store.sql, async (tx) => {
      await lockPayments(tx, [row]);
      const ended = await endRefund(tx, refund, state, exchange);
      if (ended === null) {
        // Somebody was faster: with the same answer, or by giving it up.
        const other = must(await readRefund(tx, refund.home, refund.id), 'a refund does not go away');
        if (isDone && exchange !== null && other.exchangeId !== exchange) {
          await reverseTry(context, tx, row, exchange);
        }
        return other;
      }
      if (!isDone) {
        await insertLoose(tx, row, 'refund', refund.id);
        return ended;
      }
      const rows = await addRefunded(tx, row, refund.minor);
      await record(
        tx,
        rows.map((each) => ({ row: each, name: 'PaymentRefunded', n: refund.n, minor: refund.minor })),
      );
      await moveMoney(tx, [givenBack(row, refund)]);
      return ended;
    });
    changes.tell(row.id);
    return now;
  }

  return {
    run,
    refund: async (caller, id, amount) => {
      const home = homeOf('pay', id);
      if (home === null) return refuse('not_found');
      const asked = await ask(caller, home, id, amount);
      if (!asked.ok) return asked;
      const ended = await run(asked.value);
      if (ended.state === 'unknown') return refuse('bank_unreachable');
      return ended.state === 'declined' ? refuse('bank_declined') : ok(refundOf(ended));
    },
    refunds: async (caller, id) => {
      const row = await readOwned(store.sql, caller, id);
      return row === null ? [] : (await listRefunds(store.sql, row)).map(refundOf);
    },
  };
}

function refundOf({ id, minor, currency, state, createdAtMs }: RefundRow): Refund {
  return { id, amount: { minor, currency }, state, createdAtMs };
}
