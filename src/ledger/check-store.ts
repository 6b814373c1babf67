/** The SQL of the proof: pages through everything by primary key, and lets the database do the sums. */
import { must } from '../std/assert.ts';
import type { Tx } from '../store/connection.ts';
import type { Account, Balances } from './account.ts';
import { ACCOUNT_COLUMNS } from './columns.ts';

export type Key = { readonly home: number; readonly id: string };

export type SummedAccount = {
  readonly summed: Balances;
  /**
   * The first posting, by its time, whose balances are not those before it and its changes; null when all
   * are.
   */
  readonly broken: string | null;
};

/** About how many there are, for the progress. */
export async function countRows(tx: Tx): Promise<{ accounts: number; transfers: number }> {
  const rows = await tx<{ accounts: number; transfers: number }[]>`
    select (select count(*) from account)::int as accounts, (select count(*) from transfer)::int as transfers`;
  return must(rows[0], 'a count gives a row');
}

type PageRow = Account &
  Balances & { sdp: bigint; sd: bigint; scp: bigint; sc: bigint; broken: string | null };

/** Accounts with what their postings say, from after a key on. */
export async function readAccountPage(tx: Tx, last: Key, max: number): Promise<(Account & SummedAccount)[]> {
  const rows = await tx<PageRow[]>`
    select ${tx.unsafe(ACCOUNT_COLUMNS)}, s.*
    from (
      select * from account where (home, id) > (${last.home}::smallint, ${last.id}) order by home, id limit ${max}::int
    ) as a
    cross join lateral (
      select coalesce(sum(pending_change) filter (where side = 'debit'), 0)::bigint as "sdp",
        coalesce(sum(posted_change) filter (where side = 'debit'), 0)::bigint as "sd",
        coalesce(sum(pending_change) filter (where side = 'credit'), 0)::bigint as "scp",
        coalesce(sum(posted_change) filter (where side = 'credit'), 0)::bigint as "sc",
        min(at) filter (where not follows)::text as "broken"
      from (
        select p.*, debits_pending = coalesce(lag(debits_pending) over w, 0) + case side when 'debit' then pending_change else 0 end
          and debits_posted = coalesce(lag(debits_posted) over w, 0) + case side when 'debit' then posted_change else 0 end
          and credits_pending = coalesce(lag(credits_pending) over w, 0) + case side when 'credit' then pending_change else 0 end
          and credits_posted = coalesce(lag(credits_posted) over w, 0) + case side when 'credit' then posted_change else 0 end
          as follows
        from posting p where p.home = a.home and p.account_id = a.id
        window w as (order by at, n)
      ) as each
    ) as s
    order by a.home, a.id`;
  return rows.map(({ sdp, sd, scp, sc, broken, ...account }) => ({
    ...account,
    summed: { debitsPending: sdp, debitsPosted: sd, creditsPending: scp, creditsPosted: sc },
    broken,
  }));
}

export type Amiss = { readonly id: string; readonly what: string };

/**
 * Transfers whose postings or ends are not what they must be; `last` is null when these were the last
 * ones.
 */
export async function readTransfersAmiss(
  tx: Tx,
  from: Key,
  max: number,
): Promise<{ amiss: Amiss[]; read: number; last: Key | null }> {
  const rows = await tx<{ home: number; id: string; what: string | null; read: number }[]>`
    with page as (
      select * from transfer where (home, id) > (${from.home}::smallint, ${from.id}) order by home, id limit ${max}::int
    ), judged as (
      select t.home, t.id, case
        when t.pending_id is not null and o.id is null then 'ends a transfer that is not there'
        when t.pending_id is not null and (o.phase <> 'pending' or o.debit_account_id <> t.debit_account_id
          or o.credit_account_id <> t.credit_account_id or o.currency <> t.currency or o.amount < t.amount)
          then 'ends another transfer than it says'
        when h.transfer_id is not null then 'has ended a transfer that is still held'
        when d.transfer_id is distinct from t.id or d.side <> 'debit' then 'has no posting on its debit account'
        when c.transfer_id is distinct from t.id or c.side <> 'credit' then 'has no posting on its credit account'
        when (d.pending_change, d.posted_change) <> (want.pending, want.posted) then 'was debited another amount'
        when (c.pending_change, c.posted_change) <> (want.pending, want.posted) then 'was credited another amount'
        when da.currency is distinct from t.currency or ca.currency is distinct from t.currency
          then 'has another currency than its accounts'
        when da.tenant_id is distinct from t.tenant_id or ca.tenant_id is distinct from t.tenant_id
          then 'moves between accounts of another tenant'
      end as what
      from page t
      left join transfer o on o.home = t.home and o.id = t.pending_id
      left join hold h on h.home = t.home and h.transfer_id = t.pending_id
      left join posting d on d.home = t.debit_home and d.account_id = t.debit_account_id and d.at = t.at and d.n = t.n
      left join posting c on c.home = t.credit_home and c.account_id = t.credit_account_id and c.at = t.at and c.n = t.n
      left join account da on da.home = t.debit_home and da.id = t.debit_account_id
      left join account ca on ca.home = t.credit_home and ca.id = t.credit_account_id
      cross join lateral (
        select case t.phase when 'single' then 0 when 'pending' then t.amount else -o.amount end as pending,
          case when t.phase in ('single', 'posting') then t.amount else 0 end as posted
      ) as want
    )
    select home::int as "home", id, what, (select count(*) from page)::int as read from judged
    where what is not null or (home, id) = (select home, id from page order by home desc, id desc limit 1)
    order by home, id`;
  const end = rows.at(-1);
  const read = end?.read ?? 0;
  return {
    amiss: rows.flatMap(({ id, what }) => (what === null ? [] : [{ id, what }])),
    read,
    last: end && read === max ? { home: end.home, id: end.id } : null,
  };
}

/**
 * Every hold is of a pending transfer. That none of these has ended is judged with its end; so there are as
 * many holds as pending transfers without an end exactly when each of them has one.
 */
export async function readHoldsAmiss(tx: Tx, max: number): Promise<Amiss[]> {
  return tx<Amiss[]>`
    (select h.transfer_id as id, 'is held, but not pending' as what
      from hold h left join transfer t on t.home = h.home and t.id = h.transfer_id
      where t.phase is distinct from 'pending' limit ${max}::int)
    union all
    select 'The ledger', 'has ' || holds || ' holds for ' || pending || ' pending transfers'
    from (
      select (select count(*) from hold) as holds,
        count(*) filter (where phase = 'pending') - count(*) filter (where pending_id is not null) as pending
      from transfer
    ) as counted
    where holds <> pending`;
}
