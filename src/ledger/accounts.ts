/** Makes, finds and closes accounts. */
import { must } from '../std/assert.ts';
import { isCurrency } from '../std/money.ts';
import { ok, refuse, type Result } from '../std/result.ts';
import type { Db, Sql, Tx } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import {
  closeAccountOnce,
  insertAccounts,
  listAccounts,
  readAccounts,
  type NewAccountRow,
} from './account-store.ts';
import { MINOR_MAX, NO_LIMITS, sameDefinition, type Account, type AccountDefinition } from './account.ts';
import { accountId } from './names.ts';

export type AccountRefusal =
  | 'unknown_currency'
  /** A minimum above zero, a maximum below it, or beyond what a column holds. */
  | 'malformed_limit'
  /** The code is that of an account which is another. */
  | 'account_differs'
  /** The ledger itself counts in it. */
  | 'account_in_use';

/** Codes that begin so are the ledger's own: no caller makes, changes or closes such an account. */
const OWN = '~';

/** Limits and owner may be left out: then there are none. */
export type NewAccount = Pick<AccountDefinition, 'code' | 'kind' | 'currency' | 'normalSide'> &
  Partial<AccountDefinition>;

export type AccountAnswer = Result<Account, AccountRefusal>;

/**
 * Each answers by itself: an account that is there already, with the same definition, is answered as it
 * is.
 */
export function createAccounts(
  sql: Sql,
  tenantId: string,
  asked: readonly NewAccount[],
): Promise<AccountAnswer[]> {
  return transaction(sql, (tx) => createAccountsIn(tx, tenantId, asked));
}

/** In the caller's transaction, before it moves money to them. */
export async function createAccountsIn(
  tx: Tx,
  tenantId: string,
  asked: readonly NewAccount[],
): Promise<AccountAnswer[]> {
  const wanted = asked.map((each): Result<NewAccountRow, AccountRefusal> => {
    const row = { clientId: null, ...NO_LIMITS, ...each, id: accountId(tenantId, each.code), tenantId };
    if (!isCurrency(row.currency)) {
      return refuse('unknown_currency', { detail: `"${row.currency}" is not an ISO 4217 currency code.` });
    }
    return limitsAreSane(row) ? ok(row) : refuse('malformed_limit');
  });
  // Two of one code in one call: the first makes it.
  const rows = new Map(wanted.toReversed().flatMap((each) => (each.ok ? [[each.value.id, each.value]] : [])));
  if (rows.size > 0) await insertAccounts(tx, [...rows.values()]);
  const found = new Map((await readAccounts(tx, rows.keys())).map((account) => [account.id, account]));
  return wanted.map((each) => {
    if (!each.ok) return each;
    const account = must(found.get(each.value.id), 'an account that was made is there');
    return sameDefinition(account, each.value) ? ok(account) : refuse('account_differs');
  });
}

/** Every account begins at zero, so a limit that zero breaks would never be kept. */
function limitsAreSane({ minimum, maximum }: AccountDefinition): boolean {
  return (
    (minimum === null || (minimum <= 0n && minimum >= -MINOR_MAX)) &&
    (maximum === null || (maximum >= 0n && maximum <= MINOR_MAX))
  );
}

/**
 * Whose call it is: an administrator sees every account of the tenant, a client those that are its own
 * (S14).
 */
export type Reader = {
  readonly tenantId: string;
  readonly scope: 'admin' | 'client';
  readonly clientId: string;
};

export async function findAccount(db: Db, reader: Reader, id: string): Promise<Account | null> {
  const [account] = await readAccounts(db, [id]);
  return account && mayRead(reader, account) ? account : null;
}

/** Of whatever tenant: for rooms that made these accounts themselves. */
export function findAccounts(db: Db, ids: readonly string[]): Promise<Account[]> {
  return readAccounts(db, ids);
}

export async function findAccountByCode(db: Db, reader: Reader, code: string): Promise<Account | null> {
  return findAccount(db, reader, accountId(reader.tenantId, code));
}

export function listAccountsOf(db: Db, tenantId: string, cursor: string, max: number): Promise<Account[]> {
  return listAccounts(db, tenantId, cursor, max);
}

/**
 * No new transfer touches it from then on; what is pending on it still ends. Null when there is no such
 * account.
 */
export async function closeAccount(db: Db, tenantId: string, id: string): Promise<AccountAnswer | null> {
  const [account] = await readAccounts(db, [id]);
  if (account?.tenantId !== tenantId) return null;
  if (account.code.startsWith(OWN)) return refuse('account_in_use');
  const closed = await closeAccountOnce(db, tenantId, id);
  return closed && ok(closed);
}

export function mayRead(reader: Reader, account: Account): boolean {
  const isOwn = reader.scope === 'admin' || account.clientId === reader.clientId;
  return account.tenantId === reader.tenantId && isOwn;
}
