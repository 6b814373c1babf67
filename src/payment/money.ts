/**
 * Moving the money of payments, in the caller's transaction. Every payment of a currency touches the account
 * of its banks, and one transaction may carry many payments; so all of them take one lock first, in front of
 * the accounts, and none waits for another in a circle. A transaction that locks payments, confirmations or
 * exchanges locks those first.
 */
import { availableOf } from '../ledger/account.ts';
import { createAccounts, findAccount } from '../ledger/accounts.ts';
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
  await lockMoney(tx);
  for (const answer of (await applyGroups(tx, groups)).flat()) {
    if (answer.ok) continue;
    if (answer.refusal === 'below_minimum') throw new LimitReached('the payer has spent his limit');
    must(answer.refusal === 'linked_refused' || null, `the ledger refused a payment: ${answer.refusal}`);
  }
}

/**
 * Moves what a payment takes from its payer's account, unless that would go further below zero than his
 * contract allows. Nobody else moves money between the look and the movement. Without a group it only looks.
 */
export async function moveWithin(tx: Tx, row: Paid, group: Group | null, limit: bigint): Promise<void> {
  await lockMoney(tx);
  const { tenantId, clientId } = row;
  const account = await findAccount(tx, { tenantId, clientId, scope: 'admin' }, payerAccountId(row));
  const available = account ? availableOf('credit', account) : 0n;
  if (available - row.minor < -limit) throw new LimitReached('the payer has spent his limit');
  if (group !== null) await moveMoney(tx, [group]);
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
