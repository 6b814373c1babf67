/**
 * What an account's balances were at any time, and what happened on it. Past balances are read, not summed:
 * each posting carries the balances after it.
 */
import { ok, refuse, type Result } from '../std/result.ts';
import type { Db, Sql } from '../store/connection.ts';
import { transaction } from '../store/transaction.ts';
import { NO_BALANCES, type Balances, type Side } from './account.ts';
import { countPosted, readBalancesBefore, type CountAsked } from './balances-store.ts';
import {
  balancesBefore,
  readHistory,
  readNowUs,
  settlePast,
  type HistoryRow,
  type Place,
} from './history-store.ts';

/** After a transaction has had its longest life, nothing comes from before it any more. */
const SETTLED_AFTER_US = 60_000_000;

/** After everything that was posted up to and including a time. */
export function balanceAt(
  sql: Sql,
  accountId: string,
  atUs: number,
): Promise<Result<Balances, 'time_in_future'>> {
  return inPast(sql, accountId, atUs, async (db) => {
    return (await balancesBefore(db, accountId, atUs + 1)) ?? NO_BALANCES;
  });
}

/** Reads what nobody can change any more; a time that has not come yet is refused. */
export async function inPast<T>(
  sql: Sql,
  accountId: string,
  upToUs: number,
  read: (db: Db) => Promise<T>,
): Promise<Result<T, 'time_in_future'>> {
  const nowUs = await readNowUs(sql);
  if (upToUs > nowUs) return refuse('time_in_future');
  if (upToUs < nowUs - SETTLED_AFTER_US) return ok(await read(sql));
  return transaction(sql, async (tx) => {
    await settlePast(tx, accountId);
    return ok(await read(tx));
  });
}

/** By the clock that places postings, in microseconds. */
export function ledgerNowUs(db: Db): Promise<number> {
  return readNowUs(db);
}

/** Of many accounts after their last posting before a time; those with none are left out. */
export function balancesOfAll(
  db: Db,
  accountIds: readonly string[],
  beforeUs: number,
): Promise<ReadonlyMap<string, Balances>> {
  return readBalancesBefore(db, accountIds, beforeUs);
}

/** How many postings of a side each account had in its own span of time. */
export function postingsOfAll(
  db: Db,
  side: Side,
  asked: readonly CountAsked[],
): Promise<ReadonlyMap<string, number>> {
  return countPosted(db, side, asked);
}

const END_OF_TIME: Place = { atUs: 2 ** 53 - 1, n: 0 };

/** The newest first. */
export function historyOf(
  db: Db,
  accountId: string,
  before: Place | null,
  max: number,
): Promise<HistoryRow[]> {
  return readHistory(db, accountId, before ?? END_OF_TIME, max);
}
