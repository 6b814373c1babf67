import type { Tx } from '../store/connection.ts';
import { doneItem } from './answer.ts';
import { eraseFileHeads } from './file-store.ts';
import { deleteItems } from './mailbox-store.ts';
import { homeOfPartyKey, isConsigned, isPending, partyHomeOf, partyKeyOf } from './message.ts';
import { eventsOf, type RecordEvents } from './record.ts';
import { deleteMessages, erasePeople, lockOfParty, step } from './store.ts';

/**
 * Forgets a person in the transaction that erases him: salts, heads and keys of the messages that he sent or
 * received go; what waits ends; drafts are deleted; and the log stays whole.
 */
export function createEraseParty(record: RecordEvents) {
  return async (tx: Tx, tenantId: string, subscriberId: string): Promise<void> => {
    const person = { subscriberId, number: '' };
    const home = partyHomeOf(tenantId, person);
    const rows = await lockOfParty(tx, home, tenantId, partyKeyOf(tenantId, person));
    if (rows.length === 0) return;
    const pending = rows.filter(({ state }) => isPending(state));
    if (pending.length > 0) {
      const reason = 'erased';
      await step(
        tx,
        'recall',
        pending.map(({ home: own, id }) => ({ home: own, id, reason, nextMs: 0 })),
      );
      // Without what the log commits to, which is erased with him.
      await record(
        tx,
        pending.flatMap((message) =>
          eventsOf('recall', isConsigned(message)).map((name) => ({
            message: { ...message, salt: null, head: null },
            name,
            reason,
          })),
        ),
      );
    }
    await deleteItems(
      tx,
      rows.map((row) => ({ ...doneItem(row), partyHomes: [row.home, homeOfPartyKey(row.addresseeKey)] })),
    );
    await erasePeople(tx, rows);
    await eraseFileHeads(tx, rows);
    const drafts = rows.filter(({ state }) => state === 'draft');
    if (drafts.length > 0) await deleteMessages(tx, drafts);
  };
}
