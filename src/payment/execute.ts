import type { Outcome } from '../bank/context.ts';
import { must } from '../std/assert.ts';
import { asOutage } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import { insertLoose } from './loose-store.ts';
import { cardOf } from './means.ts';
import { createEnsureAccounts } from './money.ts';
import { reverseTry, type Settle } from './settle.ts';
import { askAgain, lockPayments, type PaymentKey, type PaymentRow } from './store.ts';
import { readPayment } from './view.ts';

/**
 * The bank asked after the code (B5): after the commit by the process that took the code, and by the jobs
 * role where that one is gone. The bank is asked under one id however often, so it takes the money once;
 * under another only when the question before was certainly not sent.
 *
 *   executing ──approved──▶ completed
 *       ├──no, or no answer──▶ refused (what it may have taken is given back by the room bank)
 *       └──no bank within reach──▶ asked again until EXECUTE_MAX_MS, then refused
 */
export const EXECUTE_LEASE_MS = 60_000;
export const EXECUTE_MAX_MS = 120_000;
const AGAIN_MS = 5_000;

export type Execute = {
  readonly run: (key: PaymentKey) => Promise<void>;
  /** In the background; what fails is done by the jobs role. */
  readonly soon: (key: PaymentKey) => void;
  /** Waits for what runs in the background. */
  readonly settled: () => Promise<void>;
};

const purchaseCaller = ({ id, asks }: Pick<PaymentRow, 'id' | 'asks'>): string => `${id}:purchase:${asks}`;

export function createExecute(context: Context, settle: Settle): Execute {
  const { store, bank, changes, log } = context;
  const ensureAccounts = createEnsureAccounts(store.sql);
  const running = new Set<Promise<void>>();

  async function askBank(row: PaymentRow): Promise<Outcome | null> {
    const card = cardOf(context, row);
    if (card === null) return null;
    const { home, tenantId, currency, subscriberId, terminal, merchant } = row;
    const minor = must(row.askedMinor, 'what a bank is asked for after the code is fixed with it');
    return bank.purchase({
      home,
      tenantId,
      caller: purchaseCaller(row),
      amount: { minor, currency },
      card,
      contract: subscriberId,
      ...(terminal === null ? {} : { terminal }),
      ...(merchant === null ? {} : { merchant }),
    });
  }

  async function complete(row: PaymentRow, outcome: Extract<Outcome, { outcome: 'approved' }>) {
    await transaction(store.sql, async (tx) => {
      const minor = must(row.askedMinor, 'what was asked for');
      const rows = await settle.complete(tx, [{ row, minor, money: 'taken', approved: outcome }]);
      if (rows.length > 0) return;
      // Somebody was faster: with the same answer, or by giving it up.
      const [now] = await lockPayments(tx, [row]);
      if (now?.exchangeId !== outcome.exchange) await reverseTry(context, tx, row, outcome.exchange);
    });
  }

  async function giveUp(row: PaymentRow, reason: string): Promise<void> {
    await transaction(store.sql, async (tx) => {
      const ended = await settle.end(tx, [{ row, step: 'giveUp', reason }]);
      if (ended.length > 0) await insertLoose(tx, row, 'purchase', purchaseCaller(row));
    });
  }

  async function run(key: PaymentKey): Promise<void> {
    const row = await readPayment(store.sql, key.id);
    if (row?.state !== 'executing') return;
    await ensureAccounts(row);
    const outcome = await askBank(row);
    if (outcome === null) {
      log.error({ payment: row.id }, 'the card of a payment cannot be opened: is a master key missing?');
      await giveUp(row, 'card_lost');
    } else if (outcome.outcome === 'approved') {
      await complete(row, outcome);
    } else if (outcome.outcome === 'unknown') {
      await giveUp(row, 'bank_unreachable');
    } else if (outcome.code !== null || !outcome.mayRetry) {
      await giveUp(row, 'bank_declined');
    } else if (row.expiresAtMs <= row.nowMs) {
      await giveUp(row, 'bank_unreachable');
    } else {
      await transaction(store.sql, (tx) => askAgain(tx, row, outcome.exchange !== null, AGAIN_MS));
    }
    changes.tell(row.id);
  }

  function soon(key: PaymentKey): void {
    const work = run(key)
      .catch((error: unknown) =>
        log.warn({ err: asOutage(error), payment: key.id }, 'a payment is left to the jobs role'),
      )
      .finally(() => running.delete(work));
    running.add(work);
  }

  return { run, soon, settled: async () => void (await Promise.all(running)) };
}
