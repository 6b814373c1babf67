/** SQL text that the statements of this room share. */
import { homeOf } from '../std/id.ts';

/** Microseconds since 1970: whole numbers below 2^53, and a double's error is far below half of one. */
export const usOf = (column: string): string => `round(date_part('epoch', ${column}) * 1000000)`;

/**
 * The time at this statement, not at the start of the transaction: a transaction that waited for its locks
 * comes after the one that it waited for. It runs from `clock_now()`, which decides all deadlines (S2).
 */
export const NOW_US = usOf('(clock_now() + (clock_timestamp() - now()))');

export const ACCOUNT_COLUMNS = `a.home::int as "home", a.id, a.tenant_id as "tenantId", a.client_id as "clientId", a.code,
  a.kind, a.currency, a.normal_side as "normalSide", a.debits_within_credits as "debitsWithinCredits",
  a.credits_within_debits as "creditsWithinDebits", a.minimum, a.maximum, a.debits_pending as "debitsPending",
  a.debits_posted as "debitsPosted", a.credits_pending as "creditsPending", a.credits_posted as "creditsPosted",
  ${usOf('a.last_at')} as "lastAtUs", ${usOf('a.created_at')} as "createdAtUs", ${usOf('a.closed_at')} as "closedAtUs"`;

export const TRANSFER_COLUMNS = `t.home::int as "home", t.id, t.tenant_id as "tenantId", t.phase,
  t.debit_account_id as "debitAccountId", t.credit_account_id as "creditAccountId", t.amount, t.currency, t.kind,
  t.external_id as "externalId", t.pending_id as "pendingId", t.link, t.timeout_ms::float8 as "timeoutMs", t.reference,
  t.details, ${usOf('t.at')} as "atUs", t.n`;

export type Key = { readonly home: number; readonly id: string };

/** Ids with their homes; those that are none of ours name nothing and are left out. */
export function keysOf(prefix: string, ids: Iterable<string>): Key[] {
  const keys: Key[] = [];
  for (const id of ids) {
    const home = homeOf(prefix, id);
    if (home !== null) keys.push({ home, id });
  }
  return keys;
}

/**
 * One array for each column, in the text form of the database, of values that need no quotes: numbers, and
 * ids. Of all ways to hand rows over this was measured the cheapest (docs/decisions/ledger.md).
 */
export function columnsOf<T>(rows: readonly T[]) {
  return (pick: (row: T) => string | number | bigint | null): string => {
    let text = '';
    let isAllNull = true;
    for (const row of rows) {
      const value = pick(row);
      isAllNull &&= value === null;
      text += `,${value ?? 'NULL'}`;
    }
    // Beside longer arrays it is filled up with nulls, and need not be read.
    return isAllNull ? '{}' : `{${text.slice(1)}}`;
  };
}
