/**
 * Makes the log ready at the start of every process that appends or integrates, before it does either: gives
 * the log its name for ever, and repairs the order of entries after a dump was restored into a new cluster.
 */
import type { Sql } from '../store/connection.ts';
import { must } from '../std/assert.ts';
import { transaction } from '../store/transaction.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { LogKeys } from './key.ts';
import { readLatestCheckpoint } from './read-store.ts';
import { becomeSequencer, nameLog, neededTxidOffset, raiseTxidOffset, readState } from './store.ts';

export type SettledLog = {
  /** The name of the log: that of its first start, whatever is configured now. */
  readonly origin: string;
  /** The new offset when the order had to be repaired, for the log of the process. */
  readonly raisedTxidOffset: bigint | null;
};

export async function settleLog(sql: Sql, options: { origin: string }): Promise<SettledLog> {
  return transaction(sql, async (tx) => {
    await becomeSequencer(tx);
    await nameLog(tx, options.origin);
    const offset = await neededTxidOffset(tx);
    if (offset !== null) await raiseTxidOffset(tx, offset);
    const { origin } = await readState(tx);
    return { origin: must(origin, 'the log was just named'), raisedTxidOffset: offset };
  });
}

/**
 * Whether our keys are those that signed the log so far: a process with other ones could neither continue it
 * nor derive the codes that are on their way.
 */
export async function knowsLog(sql: Sql, keys: LogKeys): Promise<boolean> {
  const latest = await readLatestCheckpoint(sql);
  return latest === null || openCheckpoint(latest.note, keys.verifiers).ok;
}
