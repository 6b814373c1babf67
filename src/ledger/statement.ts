/**
 * The statement of an account for a period (B7): every amount that was debited, or everything that was
 * posted, with the balance after each, between an opening and a closing balance.
 *
 *   opening balance, debits, credits, closing balance     by one look at each end of the period
 *   lines                                                  in pages, in the order in which they happened
 *
 * It is read up to a moment that nobody can add to any more, so pages and totals belong together.
 */
import { assert } from '../std/assert.ts';
import type { Sql } from '../store/connection.ts';
import { balanceOf, NO_BALANCES, type Account, type Side } from './account.ts';
import { inPast } from './history.ts';
import { balancesBefore, readNowUs, readPosted, type HistoryRow, type Place } from './history-store.ts';

export type Period = {
  /** From this time on, microseconds since 1970. */
  readonly fromUs: number;
  /** Up to before this time. */
  readonly toUs: number;
};

export type StatementHead = Period & {
  readonly account: Account;
  /** Null for both sides. */
  readonly side: Side | null;
  /** Up to before which it was read: `toUs`, or now when that has not come yet. */
  readonly readToUs: number;
  /** On the account's normal side, in minor units. */
  readonly opening: bigint;
  readonly closing: bigint;
  readonly debits: bigint;
  readonly credits: bigint;
};

export type StatementLine = Place & {
  readonly side: Side;
  readonly amount: bigint;
  /** After it, on the account's normal side. */
  readonly balance: bigint;
  readonly kind: string;
  readonly reference: string | null;
  /** The code of the account on the other side. */
  readonly with: string;
  readonly transferId: string;
  readonly externalId: string;
};

/** What the statement is about, and what it comes to. */
export async function openStatement(
  sql: Sql,
  account: Account,
  period: Period & { readonly side: Side | null },
): Promise<StatementHead> {
  const { fromUs, toUs, side } = period;
  const nowUs = await readNowUs(sql);
  const readToUs = Math.min(toUs, nowUs);
  const read = await inPast(sql, account.id, readToUs, async (db) => ({
    before: (await balancesBefore(db, account.id, Math.min(fromUs, readToUs))) ?? NO_BALANCES,
    after: (await balancesBefore(db, account.id, readToUs)) ?? NO_BALANCES,
  }));
  assert(read.ok, 'a later look at the clock finds it later');
  const { before, after } = read.value;
  return {
    account,
    side,
    fromUs,
    toUs,
    readToUs,
    opening: balanceOf(account.normalSide, before),
    closing: balanceOf(account.normalSide, after),
    debits: after.debitsPosted - before.debitsPosted,
    credits: after.creditsPosted - before.creditsPosted,
  };
}

/** At most `max` lines, from after a place on; null for the beginning. */
export async function readLines(
  sql: Sql,
  head: StatementHead,
  after: Place | null,
  max: number,
): Promise<StatementLine[]> {
  const rows = await readPosted(sql, {
    accountId: head.account.id,
    // The last place before the period.
    after: after ?? { atUs: head.fromUs, n: -1 },
    toUs: head.readToUs,
    side: head.side,
    max,
  });
  return rows.map((row) => lineOf(head.account, row));
}

const PAGE = 1_000;

/** All lines, page by page. */
export async function* allLines(sql: Sql, head: StatementHead): AsyncGenerator<StatementLine[]> {
  let after: Place | null = null;
  for (;;) {
    const lines: StatementLine[] = await readLines(sql, head, after, PAGE);
    if (lines.length > 0) yield lines;
    after = lines.at(-1) ?? null;
    if (lines.length < PAGE) return;
  }
}

function lineOf({ normalSide }: Account, row: HistoryRow): StatementLine {
  const { atUs, n, side, postedChange, kind, reference, otherCode, transferId, externalId } = row;
  return {
    atUs,
    n,
    side,
    amount: postedChange,
    balance: balanceOf(normalSide, row),
    kind,
    reference,
    with: otherCode,
    transferId,
    externalId,
  };
}
