/** Finds transfers by their ids, together with their ends. */
import type { Db } from '../store/connection.ts';
import { readAccounts } from './account-store.ts';
import { mayRead, type Reader } from './accounts.ts';
import { endId, TRANSFER_PREFIX } from './names.ts';
import { homeOf } from '../std/id.ts';
import { readTransfers } from './store.ts';
import type { Transfer } from './transfer.ts';

/** Null for another tenant's, for one between accounts of others (S14), and for the row of an end. */
export async function findTransfer(db: Db, reader: Reader, id: string): Promise<Transfer | null> {
  if (homeOf(TRANSFER_PREFIX, id) === null) return null;
  const rows = await readTransfers(db, [id, endId(id)]);
  const row = rows.find((each) => each.id === id);
  if (row?.tenantId !== reader.tenantId || row.pendingId !== null) return null;
  if (reader.scope !== 'admin') {
    const sides = await readAccounts(db, [row.debitAccountId, row.creditAccountId]);
    if (!sides.some((account) => mayRead(reader, account))) return null;
  }
  return { row, end: rows.find(({ pendingId }) => pendingId === id) ?? null };
}
