import type { Settled } from '../bank/context.ts';
import { createChanges } from '../confirmation/changes.ts';
import { createWatcher, type Watcher } from '../confirmation/watcher.ts';
import { equalBytes, sha256 } from '../std/bytes.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { homeOf } from '../std/id.ts';
import type { Tx } from '../store/connection.ts';
import { createBegin } from './begin.ts';
import { createCarryOut } from './carry-out.ts';
import { createCancel, createComplete } from './complete.ts';
import type { Context } from './context.ts';
import { createCreate } from './create.ts';
import { createDebitRoom } from './debit.ts';
import { createErasePayer, type ErasePayer } from './erase.ts';
import { createExecute } from './execute.ts';
import { createRecord } from './record.ts';
import { createRefunds } from './refund.ts';
import { createOnSettled } from './settled.ts';
import { createSettle } from './settle.ts';
import { listPayments, readMarks } from './store.ts';
import type { PaymentVerbs } from './verbs.ts';
import { readOwned, readPayment, viewOf } from './view.ts';
import { createWorker, type Worker } from './worker.ts';

/** The room as others use it: its verbs over one context, and what runs in the background. */
export type PaymentRoom = AsyncDisposable &
  PaymentVerbs & {
    readonly context: Context;
    /** For the role jobs. */
    readonly worker: Worker;
    /** For the role api: finds what other processes changed of the payments that are followed live here. */
    readonly watcher: Watcher;
    /** In the transaction that erases a subscriber, after his confirmations were ended in it. */
    readonly erasePayer: ErasePayer;
    /** What became of advices to banks; for `onSettled` of the room bank. */
    readonly onSettled: (tx: Tx, settled: readonly Settled[]) => Promise<void>;
  };

export type PaymentsOptions = Omit<Context, 'changes'> & { readonly gateway: Gateway };

/**
 * Makes the room and has it called where its acts are carried out. Disposing waits for what the bank is asked
 * in the background, so the bank is disposed after it.
 */
export function createPayments(options: PaymentsOptions): PaymentRoom {
  const { gateway, ...rest } = options;
  const context: Context = { ...rest, changes: createChanges() };
  const { store, changes, log, confirmations } = context;
  const record = createRecord(context);
  const settle = createSettle(context, record);
  const execute = createExecute(context, settle);
  const refunds = createRefunds(context, record);
  confirmations.carryOut('payment', createCarryOut(context, record, settle, execute));
  gateway.serve('debit', createDebitRoom(context));
  return {
    context,
    create: createCreate(context, record),
    find: async (caller, id) => {
      const row = await readOwned(store.sql, caller, id);
      return row && viewOf(row);
    },
    list: async (caller, before, max) => {
      const home = before === null ? null : homeOf('pay', before);
      if (before !== null && home === null) return [];
      const from = before === null || home === null ? null : { home, id: before };
      return (await listPayments(store.sql, caller, from, max)).map(viewOf);
    },
    visit: async (id, secret) => {
      const row = await readPayment(store.sql, id);
      if (row === null || !equalBytes(sha256(secret), row.secretHash)) return null;
      const { tenantId, clientId } = row;
      return { ...viewOf(row), tenantId, clientId };
    },
    begin: createBegin(context, record, settle),
    complete: createComplete(context, record, settle, execute),
    cancel: createCancel(context, settle),
    refund: refunds.refund,
    refunds: refunds.refunds,
    worker: createWorker(context, { record, settle, execute, refunds }),
    watcher: createWatcher({ prefix: 'pay', readMarks: (keys) => readMarks(store.sql, keys), changes, log }),
    erasePayer: createErasePayer(settle),
    onSettled: createOnSettled(context, record),
    [Symbol.asyncDispose]: execute.settled,
  };
}
