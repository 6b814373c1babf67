import { homeOf } from '../std/id.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import { appendEntries } from '../evidence/append.ts';
import { transaction } from '../store/transaction.ts';
import { isOpen, type CancelReason, type Confirmation } from './confirmation.ts';
import type { Context } from './context.ts';
import { endedEntry } from './entries.ts';
import { isSessionSecret } from './session.ts';
import { consumeCodes, lockConfirmations } from './store.ts';

/**
 * Ends a confirmation before its code comes back: the client or the person gives up, the person says that it
 * was not them, or the session is closed, and the code dies with it (P7).
 */
export type CancelInput = {
  readonly id: string;
  readonly reason: CancelReason;
  /** The client may cancel its own without the session; the hosted page has nothing but the session. */
  readonly by:
    | { readonly tenantId: string; readonly clientId: string }
    | { readonly session: string }
    | { readonly job: true };
};

export type CancelRefusal = 'not_found' | 'ended';

export type Cancel = (input: CancelInput) => Promise<Result<{ readonly id: string }, CancelRefusal>>;

export function createCancel(context: Context): Cancel {
  const { store, clock, changes, outcomes } = context;
  return async ({ id, reason, by }) => {
    const home = homeOf('cnf', id);
    if (home === null) return refuse('not_found');
    const { told, result } = await transaction(store.sql, async (tx) => {
      const [row] = await lockConfirmations(tx, context.keys, [{ home, id }]);
      if (!row || !isOwn(by, row)) return { told: null, result: refuse('not_found') };
      if (!isOpen(row.state)) return { told: null, result: refuse('ended') };
      await Promise.all([
        consumeCodes(tx, [{ home, id, state: 'cancelled', reason, attempt: 0 }]),
        appendEntries(tx, [endedEntry(row, 'cancelled', reason, clock.nowMs())]),
      ]);
      const told = await outcomes.carryOut(tx, [{ row, state: 'cancelled', reason }]);
      return { told, result: ok({ id }) };
    });
    changes.tell(id);
    told?.();
    return result;
  };
}

function isOwn(by: CancelInput['by'], row: Confirmation): boolean {
  if ('session' in by) return isSessionSecret(by.session, row.sessionHash);
  return 'job' in by || (by.tenantId === row.tenantId && by.clientId === row.clientId);
}
