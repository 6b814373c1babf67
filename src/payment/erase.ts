import type { Tx } from '../store/connection.ts';
import type { Settle } from './settle.ts';
import { erasePayerOf, lockOfSubscriber } from './store.ts';

/**
 * A subscriber is erased: what he has not finished ends, and of what he paid there stays what the merchant
 * and the books need, with nothing that says who it was. His confirmations have ended before, and with them
 * the payments that they were for.
 */
export type ErasePayer = (tx: Tx, tenantId: string, subscriberId: string) => Promise<void>;

export function createErasePayer(settle: Settle): ErasePayer {
  return async (tx, tenantId, subscriberId) => {
    const rows = await lockOfSubscriber(tx, tenantId, subscriberId);
    const open = rows.filter(({ state }) => state === 'created' || state === 'authorised');
    await settle.end(
      tx,
      open.map((row) => ({ row, step: 'cancel', reason: 'erased' })),
    );
    if (rows.length > 0) await erasePayerOf(tx, tenantId, subscriberId);
  };
}
