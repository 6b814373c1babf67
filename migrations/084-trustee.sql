-- The trustee: an operator who approves what his subscribers buy, and collects it at the end of the period
-- (B4, figure 10). The room payment owns these tables; docs/decisions/trustee.md says why they are so.

-- A buyer's contract: one for each person and currency, made anew under the same id when it had ended.
-- What he owes is the balance of his account in the ledger, which may go below zero as far as
-- spending_limit says. card_token: the card on file that the bills are collected from; null where the
-- operator collects otherwise. bank_above: an amount above it is asked of the bank first; null for never.
create table trustee_buyer (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  subscriber_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  card_token text,
  spending_limit bigint not null check (spending_limit between 1 and 999999999999),
  bank_above bigint check (bank_above between 0 and 999999999999),
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (home, id),
  unique (home, tenant_id, subscriber_id, currency)
);

create index trustee_buyer_of_tenant on trustee_buyer (tenant_id, id);

-- A merchant's contract: what the operator keeps of what he pays out (src/payment/trustee/fee.ts).
create table trustee_merchant (
  tenant_id text not null,
  client_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  fees text not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, client_id, currency)
);

-- One run for each tenant and period, however often it is started.
--   billing ─▶ paying_out ─▶ collecting ─▶ done
-- cursor: up to which buyer bills are made. A bill that a bank refused does not keep a run from its end.
create table trustee_period (
  tenant_id text not null,
  period text not null check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  from_at timestamptz not null,
  to_at timestamptz not null,
  stage text not null check (stage in ('billing', 'paying_out', 'collecting', 'done')),
  cursor text not null default '',
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, period),
  check ((ended_at is null) = (stage <> 'done'))
);

-- What a buyer is asked for at the end of a period. The id follows from tenant, period and contract, so
-- that he is billed once; the bank is asked under the id and the number of the try, so that he is debited
-- once.   open ──bank approves──▶ paid    │ └─ declined: again at due_at, or ─▶ unpaid ──the operator
-- collects otherwise──▶ paid tries: how many questions to the bank have ended. declines: how many of them
-- by its no. due_at: when the bank is asked, or asked again; a process that takes a bill moves it on by a
-- lease. paid_us: the time of its transfer in the ledger, microseconds since 1970.
create table trustee_bill (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  period text not null,
  contract_id text not null,
  subscriber_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  amount bigint not null check (amount > 0),
  state text not null check (state in ('open', 'unpaid', 'paid')),
  tries smallint not null default 0,
  declines smallint not null default 0,
  reason text,
  exchange_id text,
  auth_code text,
  card_last_four text,
  paid_how text check (paid_how in ('card', 'otherwise')),
  paid_us bigint,
  due_at timestamptz,
  created_at timestamptz not null,
  primary key (home, id),
  check ((state = 'open') = (due_at is not null)),
  check ((state = 'paid') = (paid_us is not null and paid_how is not null))
) with (fillfactor = 70);

create index trustee_bill_due on trustee_bill (due_at) where due_at is not null;
create index trustee_bill_of_period on trustee_bill (tenant_id, period, id);
create index trustee_bill_open on trustee_bill (tenant_id, period, state, id) where state <> 'paid';
create index trustee_bill_of_contract on trustee_bill (contract_id, period);

-- What a merchant is paid at the end of a period, and what was kept of it: written with its transfers, never
-- changed. payments: how many were counted, from read_from_us up to before read_to_us, where the next payout
-- reads on. paid_us: the time of its transfers in the ledger.
create table trustee_payout (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  period text not null,
  client_id text not null,
  currency text not null,
  gross bigint not null check (gross > 0),
  fee bigint not null check (fee between 0 and gross),
  payments integer not null,
  fees text not null,
  read_from_us bigint not null,
  read_to_us bigint not null,
  paid_us bigint not null,
  created_at timestamptz not null,
  primary key (home, id)
);

create index trustee_payout_of_period on trustee_payout (tenant_id, period, id);
create index trustee_payout_of_merchant on trustee_payout (tenant_id, client_id, currency, period);
