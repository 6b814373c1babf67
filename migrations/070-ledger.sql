-- The ledger: accounts, transfers between them, and what each transfer did to its two accounts. Double
-- entry in minor units: every amount is debited once and credited once, so that all accounts of a currency
-- sum to zero (I1). The room ledger owns these tables; docs/decisions/ledger.md says why they are as they
-- are.

-- An account, with its balances in the row: whoever moves money locks the row, so no check races another.
-- id and home come from tenant and code, so that an account is made once however often it is asked for.
-- normal_side is the side on which the balance grows. The checks repeat what the room has judged: a limit
-- is never broken, not even by a bug. client_id: whose key may read it. last_at: of the latest posting; the
-- next one is later, whatever the clock does.
create table account (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  client_id text,
  code text not null check (length(code) between 1 and 120),
  kind text not null check (length(kind) between 1 and 32),
  currency text not null check (length(currency) = 3),
  normal_side text not null check (normal_side in ('debit', 'credit')),
  debits_within_credits boolean not null,
  credits_within_debits boolean not null,
  minimum bigint check (minimum <= 0),
  maximum bigint check (maximum >= 0),
  debits_pending bigint not null default 0 check (debits_pending >= 0),
  debits_posted bigint not null default 0 check (debits_posted >= 0),
  credits_pending bigint not null default 0 check (credits_pending >= 0),
  credits_posted bigint not null default 0 check (credits_posted >= 0),
  last_at timestamptz,
  created_at timestamptz not null,
  closed_at timestamptz,
  primary key (home, id),
  check (not debits_within_credits or debits_pending + debits_posted <= credits_posted),
  check (not credits_within_debits or credits_pending + credits_posted <= debits_posted),
  check (minimum is null or minimum <= case normal_side
    when 'credit' then credits_posted - (debits_pending + debits_posted)
    else debits_posted - (credits_pending + credits_posted) end),
  check (maximum is null or maximum >= case normal_side
    when 'credit' then (credits_pending + credits_posted) - debits_posted
    else (debits_pending + debits_posted) - credits_posted end)
) with (fillfactor = 60);

create index account_of_tenant on account (tenant_id, id);

-- One movement of money; no row ever changes. single: moved at once. pending: both sides are reserved,
-- until a posting moves all or a part, or a voiding or an expiry moves nothing; that one names it in
-- pending_id. The id comes from the tenant and the caller's external_id, and the id of an end from that of
-- the pending transfer: the primary key alone holds that a transfer is made once and a pending one ends
-- once. (at, n) is its place on both of its accounts. link: the same on all transfers that were made
-- together or not at all.
create table transfer (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  phase text not null check (phase in ('single', 'pending', 'posting', 'voiding', 'expiry')),
  debit_home smallint not null,
  debit_account_id text not null,
  credit_home smallint not null,
  credit_account_id text not null,
  amount bigint not null check (amount > 0),
  currency text not null check (length(currency) = 3),
  kind text not null,
  external_id text,
  pending_id text,
  link text,
  timeout_ms bigint check (timeout_ms > 0),
  reference text,
  details text,
  at timestamptz not null,
  n integer not null,
  primary key (home, id),
  check (debit_account_id <> credit_account_id),
  check ((phase in ('single', 'pending')) = (external_id is not null)),
  check ((phase in ('single', 'pending')) = (pending_id is null)),
  check (timeout_ms is null or phase = 'pending')
);

-- What a transfer did to one of its accounts, and the balances after it: the history of an account, in the
-- order of (at, n), so that its balance at any time is one look at this index. Two rows for each transfer,
-- none ever changes.
create table posting (
  home smallint not null,
  account_id text not null,
  at timestamptz not null,
  n integer not null,
  transfer_home smallint not null,
  transfer_id text not null,
  side text not null check (side in ('debit', 'credit')),
  pending_change bigint not null,
  posted_change bigint not null check (posted_change >= 0),
  debits_pending bigint not null,
  debits_posted bigint not null,
  credits_pending bigint not null,
  credits_posted bigint not null,
  primary key (home, account_id, at, n)
);

-- The pending transfers that have not ended, so that the jobs role finds those whose time has passed.
create table hold (
  home smallint not null,
  transfer_id text not null,
  tenant_id text not null,
  expires_at timestamptz,
  primary key (home, transfer_id)
);

create index hold_expiry on hold (expires_at) where expires_at is not null;

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % never change', tg_table_name;
end $$;

create trigger transfer_never_changes before update or delete or truncate on transfer
  for each statement execute function ledger_is_append_only();
create trigger posting_never_changes before update or delete or truncate on posting
  for each statement execute function ledger_is_append_only();
