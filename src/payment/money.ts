/**
 * Moving the money of payments, in the caller's transaction. Every payment of a currency touches the account
 * of its banks, and one transaction may carry many payments; so all of them take one lock first, in front of
 * the accounts, and none waits for another in a circle. A transaction that locks payments, confirmations or
 * exchanges locks those first.
 */
import { availableOf } from '../ledger/account.ts';
import { createAccounts, findAccounts } from '../ledger/accounts.ts';
import { applyGroups } from '../ledger/apply.ts';
import { accountId } from '../ledger/names.ts';
import type { Group } from '../ledger/transfer.ts';
import { must } from '../std/assert.ts';
import type { Sql, Tx } from '../store/connection.ts';
import { accountsOf, payerAccountId, type Paid } from './postings.ts';

/** A lock that no other code takes. */
const MONEY_LOCK = 7_217_339_080n;
const KNOWN_MAX = 100_000;

/** What a payer may still spend under his contract is less than this. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached';
}

/** Until the end of the transaction. */
export async function lockMoney(tx: Tx): Promise<void> {
  await tx`select pg_advisory_xact_lock(${String(MONEY_LOCK)}::bigint)`;
}

/** Moves groups; what the ledger refuses is a fault, and undoes the transaction. */
export async function moveMoney(tx: Tx, groups: readonly Group[]): Promise<void> {
  if (groups.length === 0) return;
  // Sent together: the ledger's statements run when the lock is ours.
  await Promise.all([lockMoney(tx), moveLocked(tx, groups)]);
}

async function moveLocked(tx: Tx, groups: readonly Group[]): Promise<void> {
  for (const answer of (await applyGroups(tx, groups)).flat()) {
    if (answer.ok) continue;
    if (answer.refusal === 'below_minimum') throw new LimitReached('the payer has spent his limit');
    must(answer.refusal === 'linked_refused' || null, `the ledger refused a payment: ${answer.refusal}`);
  }
}

/** What a payment moves, and how far below zero its payer's account may go. No group: it only looks. */
export type Within = { readonly row: Paid; readonly group: Group | null; readonly limit: bigint };

/**
 * Moves what payments take from their payers' accounts, unless one of them would go further below zero than
 * its contract allows: then nothing moves. Nobody else moves money between the look and the movement, and
 * payments of one payer are judged one after the other.
 */
export async function moveWithin(tx: Tx, wanted: readonly Within[]): Promise<void> {
  if (wanted.length === 0) return;
  await lockMoney(tx);
  for (const round of roundsOf(wanted)) {
    const found = await findAccounts(
      tx,
      round.map(({ row }) => payerAccountId(row)),
    );
    const byId = new Map(found.map((account) => [account.id, account]));
    for (const { row, limit } of round) {
      const account = byId.get(payerAccountId(row));
      const available = account ? availableOf('credit', account) : 0n;
      if (available - row.minor < -limit) throw new LimitReached('the payer has spent his limit');
    }
    const groups = round.flatMap(({ group }) => (group === null ? [] : [group]));
    if (groups.length > 0) await moveLocked(tx, groups);
  }
}

/** Each payer once in a round. */
function roundsOf(wanted: readonly Within[]): Within[][] {
  const rounds: Within[][] = [];
  for (const own of Map.groupBy(wanted, ({ row }) => payerAccountId(row)).values()) {
    own.forEach((one, n) => (rounds[n] ??= []).push(one));
  }
  return rounds;
}

export type EnsureAccounts = (row: Paid) => Promise<void>;

/** Makes the accounts of a payment before its transaction, so that this one only locks them. */
export function createEnsureAccounts(sql: Sql): EnsureAccounts {
  const known = new Set<string>();
  return async (row) => {
    const wanted = accountsOf(row);
    const missing = wanted.filter(({ code }) => !known.has(accountId(row.tenantId, code)));
    if (missing.length === 0) return;
    for (const made of await createAccounts(sql, row.tenantId, missing)) {
      // A payer's account that a contract has given limits is the same account.
      must(made.ok || made.refusal === 'account_differs' || null, 'an account of a payment is refused');
    }
    if (known.size > KNOWN_MAX) known.clear();
    for (const { code } of missing) known.add(accountId(row.tenantId, code));
  };
}
