import type { Money } from '../std/money.ts';
import { must } from '../std/assert.ts';
import { homeOf } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { transaction } from '../store/transaction.ts';
import type { Context } from './context.ts';
import { EXECUTE_LEASE_MS, EXECUTE_MAX_MS, type Execute } from './execute.ts';
import type { RecordPayments } from './record.ts';
import { isHeld, type Settle } from './settle.ts';
import { lockPayments, move, type PaymentRow } from './store.ts';
import type { Caller, CancelRefusal, CompleteRefusal, PaymentView } from './verbs.ts';
import { owns, readOwned, viewOf } from './view.ts';

/**
 * What a merchant does with an authorised payment: takes it, all or a part, or lets it go (B8). Both at once
 * meet on the row, and one of them is too late.
 */
export function createComplete(
  context: Context,
  record: RecordPayments,
  settle: Settle,
  execute: Execute,
): (caller: Caller, id: string, amount: Money | null) => Promise<Result<PaymentView, CompleteRefusal>> {
  const { store, changes } = context;

  return async (caller, id, amount) => {
    const home = homeOf('pay', id);
    if (home === null) return refuse('not_found');
    const done = await transaction(store.sql, async (tx): Promise<Result<PaymentRow, CompleteRefusal>> => {
      const [row] = await lockPayments(tx, [{ home, id }]);
      if (!row || !owns(caller, row)) return refuse('not_found');
      const minor = amount?.minor ?? row.minor;
      // The same completion again is answered the same.
      if (row.state === 'completed' && row.capture === 'manual' && row.completed === minor) return ok(row);
      if (row.state !== 'authorised' || row.expiresAtMs <= row.nowMs) return refuse('not_authorised');
      const isCovered =
        minor > 0n && minor <= row.minor && (amount?.currency ?? row.currency) === row.currency;
      if (!isCovered) return refuse('amount_too_high');
      if (isHeld(row)) {
        const [now] = await settle.complete(tx, [{ row, minor, money: 'held' }]);
        return ok(must(now, 'a locked payment was completed by someone else'));
      }
      const { tries } = row;
      const rows = await move(tx, 'execute', [
        { home, id, tries, askedMinor: String(minor), nextMs: EXECUTE_LEASE_MS, lifeMs: EXECUTE_MAX_MS },
      ]);
      const now = must(rows[0], 'a locked payment was moved by someone else');
      await record(tx, [{ row: now, name: 'PaymentExecuting' }]);
      return ok(now);
    });
    if (!done.ok) return done;
    if (done.value.state === 'executing') await execute.run({ home, id });
    changes.tell(id);
    return ok(viewOf(must(await readOwned(store.sql, caller, id), 'a payment does not go away')));
  };
}

export function createCancel(
  context: Context,
  settle: Settle,
): (caller: Caller, id: string) => Promise<Result<PaymentView, CancelRefusal>> {
  const { store, changes, confirmations } = context;

  return async (caller, id) => {
    const before = await readOwned(store.sql, caller, id);
    if (before === null) return refuse('not_found');
    if (before.state === 'confirming' && before.confirmationId !== null) {
      // The confirmation is locked before the payment by everybody; its end is the payment's.
      await confirmations.cancel({ id: before.confirmationId, reason: 'cancelled', by: caller });
    } else if (before.state === 'created' || before.state === 'authorised') {
      await transaction(store.sql, async (tx) => {
        const [row] = await lockPayments(tx, [before]);
        if (row?.state !== 'created' && row?.state !== 'authorised') return;
        await settle.end(tx, [{ row, step: 'cancel', reason: 'cancelled' }]);
      });
    }
    changes.tell(id);
    const row = must(await readOwned(store.sql, caller, id), 'a payment does not go away');
    return row.state === 'cancelled' ? ok(viewOf(row)) : refuse('not_cancellable');
  };
}
