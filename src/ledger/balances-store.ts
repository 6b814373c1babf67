/** The past of many accounts at once: for rooms that close a period over all of them. */
import { homeOf } from '../std/id.ts';
import type { Db } from '../store/connection.ts';
import type { Balances, Side } from './account.ts';
import { ACCOUNT_PREFIX } from './names.ts';

/**
 * After the last posting before a time; accounts with none are left out. Nobody waits for whoever moves money
 * at this moment: ask for a time that is past for longer than a transaction may live.
 */
export async function readBalancesBefore(
  db: Db,
  accountIds: readonly string[],
  beforeUs: number,
): Promise<Map<string, Balances>> {
  const keys = accountIds.map((id) => ({ home: homeOf(ACCOUNT_PREFIX, id), id }));
  const rows = await db<(Balances & { id: string })[]>`
    select k."id", p.debits_pending as "debitsPending", p.debits_posted as "debitsPosted",
      p.credits_pending as "creditsPending", p.credits_posted as "creditsPosted"
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "id" text)
    cross join lateral (
      select * from posting p where p.home = k."home" and p.account_id = k."id"
        and p.at < 'epoch'::timestamptz + ${beforeUs}::float8 * interval '1 microsecond'
      order by p.at desc, p.n desc limit 1
    ) as p
    where k."home" between 0 and 1023`;
  return new Map(rows.map(({ id, ...balances }) => [id, balances]));
}

export type CountAsked = {
  readonly accountId: string;
  readonly fromUs: number;
  /** Up to before this time. */
  readonly toUs: number;
};

/** How many postings of a side there were in each account's own span of time. */
export async function countPosted(
  db: Db,
  side: Side,
  asked: readonly CountAsked[],
): Promise<Map<string, number>> {
  const keys = asked.map((one) => ({ ...one, home: homeOf(ACCOUNT_PREFIX, one.accountId) }));
  const rows = await db<{ accountId: string; count: number }[]>`
    select k."accountId", c.count
    from json_to_recordset(${JSON.stringify(keys)}::text::json) as k ("home" smallint, "accountId" text,
      "fromUs" float8, "toUs" float8)
    cross join lateral (
      select count(*)::int as count from posting p
      where p.home = k."home" and p.account_id = k."accountId" and p.side = ${side} and p.posted_change > 0
        and p.at >= 'epoch'::timestamptz + k."fromUs" * interval '1 microsecond'
        and p.at < 'epoch'::timestamptz + k."toUs" * interval '1 microsecond'
    ) as c
    where k."home" between 0 and 1023`;
  return new Map(rows.map(({ accountId, count }) => [accountId, count]));
}
