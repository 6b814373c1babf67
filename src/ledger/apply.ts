/**
 * Applies groups of instructions in the caller's transaction: what another room writes beside it is committed
 * with it or not at all. A transaction that also locks rows of another room locks those first.
 */
import type { Tx } from '../store/connection.ts';
import { judge, nameGroup, type Answer, type Locked, type NamedGroup, type Written } from './judge.ts';
import { endId } from './names.ts';
import {
  deleteHolds,
  insertHolds,
  insertTransfers,
  lockAccounts,
  readTransfers,
  readUnderLock,
  writeBalances,
} from './store.ts';
import type { Group, TransferRow } from './transfer.ts';

/** For each group, an answer for each of its instructions, in their order. */
export async function applyGroups(tx: Tx, groups: readonly Group[]): Promise<Answer[][]> {
  return applyNamed(tx, groups.map(nameGroup));
}

/** The same, of groups that have their names. */
export async function applyNamed(tx: Tx, named: readonly NamedGroup[]): Promise<Answer[][]> {
  const locked = await lockFor(tx, named);
  const { answers, written } = judge(named, locked);
  if (written.length > 0) await write(tx, written, locked.atUs);
  return answers;
}

async function lockFor(tx: Tx, groups: readonly NamedGroup[]): Promise<Locked> {
  const accountIds = new Set<string>();
  const transferIds = new Set<string>();
  const pendingIds = new Set<string>();
  for (const { items } of groups) {
    for (const { id, instruction } of items) {
      transferIds.add(id);
      if (instruction.do !== 'transfer') {
        pendingIds.add(instruction.pendingId);
        continue;
      }
      accountIds.add(instruction.debitAccountId).add(instruction.creditAccountId);
      // What is pending may have ended since: the answer says so.
      if (instruction.pending) transferIds.add(endId(id));
    }
  }
  // They never change, so they need no lock; only through them is known what to lock.
  const pending = pendingIds.size > 0 ? await readTransfers(tx, pendingIds) : [];
  for (const row of pending) accountIds.add(row.debitAccountId).add(row.creditAccountId);
  // Sent together: the second runs when the first has its locks.
  const [accounts, read] = await Promise.all([lockAccounts(tx, accountIds), readUnderLock(tx, transferIds)]);
  const latestUs = accounts.reduce((latest, { lastAtUs }) => Math.max(latest, lastAtUs ?? 0), 0);
  return {
    atUs: Math.max(read.nowUs, latestUs + 1),
    accounts: new Map(accounts.map((account) => [account.id, account])),
    transfers: new Map([...pending, ...read.transfers].map((row) => [row.id, row])),
  };
}

async function write(tx: Tx, written: readonly Written[], atUs: number): Promise<void> {
  const sides = written.flatMap(({ debit, credit }) => [debit, credit]);
  const last = new Map(sides.map((side) => [side.account.id, side]));
  const made = new Map<string, TransferRow>();
  const ended: string[] = [];
  for (const { row } of written) {
    if (row.phase === 'pending') made.set(row.id, row);
    // What begins and ends in one batch never held anything.
    if (row.pendingId !== null && !made.delete(row.pendingId)) ended.push(row.pendingId);
  }
  const [isNew] = await Promise.all([
    insertTransfers(tx, written, atUs),
    writeBalances(tx, [...last.values()], atUs),
    ...(made.size > 0 ? [insertHolds(tx, [...made.values()])] : []),
    ...(ended.length > 0 ? [deleteHolds(tx, ended)] : []),
  ]);
  if (!isNew) throw new IdTaken();
}

/**
 * Two callers used one id at the same moment for transfers between different accounts, so no lock kept them
 * apart. The transaction is tried again like after a deadlock, and then finds the other's.
 */
class IdTaken extends Error {
  override readonly name = 'IdTaken';
  readonly code = '40001';
  constructor() {
    super('another transaction has made a transfer of this id meanwhile');
  }
}
