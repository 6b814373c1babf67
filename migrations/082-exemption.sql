-- When a payment needs no code (RTS 2018/389 art. 13, 14, 16, 18): the policy, and what is remembered of each
-- payer to judge by it. The room payment owns these tables (src/payment/exemption). payer is the key that the
-- ledger has of him too: a subscriber's id, or a keyed digest of his address.

-- One document a tenant; absent means that every payment needs a code.
create table payment_policy (
  tenant_id text primary key references tenant (id),
  document jsonb not null,
  updated_at timestamptz not null default clock_now()
);

-- What was paid without a code since the last right one (art. 16), and when he paid within the last day.
-- payments, sum: since code_at. currency: of all of them; null while there are none, or when they are of
-- several, so that no sum can be told. Whoever counts locks the row, reads everything again, and judges
-- again.
create table exemption_counter (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null,
  payer text not null check (length(payer) between 1 and 64),
  payments integer not null default 0,
  currency text check (length(currency) = 3),
  sum bigint not null default 0,
  code_at timestamptz,
  recent_ms bigint[] not null default '{}',
  primary key (home, tenant_id, payer),
  check (payments >= 0 and sum >= 0)
) with (fillfactor = 70);

-- The cards and contracts that he has confirmed a payment from by a right code.
create table exemption_means (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null,
  payer text not null,
  instrument text not null check (length(instrument) between 1 and 128),
  proved_at timestamptz not null,
  primary key (home, tenant_id, payer, instrument)
);

-- The largest amount that he confirmed by a right code, in each currency: what is usual for him (art. 18).
create table exemption_habit (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null,
  payer text not null,
  currency text not null check (length(currency) = 3),
  largest bigint not null check (largest > 0),
  primary key (home, tenant_id, payer, currency)
);

-- Whom he has paid: a payee is new to him or not (art. 18). payee_key: the name as it is compared.
create table paid_payee (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null,
  payer text not null,
  client_id text not null,
  payee_key text not null,
  paid_at timestamptz not null,
  primary key (home, tenant_id, payer, client_id, payee_key)
);

-- Whom he trusts (art. 13). A row comes and goes by a right code only.
create table trusted_payee (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null,
  payer text not null,
  client_id text not null,
  payee_key text not null,
  payee text not null check (length(payee) between 1 and 70),
  trusted_at timestamptz not null,
  primary key (home, tenant_id, payer, client_id, payee_key)
);

-- A change of that list that waits for its code: the payee comes (is_wanted) or goes. home: of the
-- confirmation's id.
create table trust_change (
  home smallint not null check (home between 0 and 1023),
  confirmation_id text not null,
  tenant_id text not null,
  client_id text not null,
  payer text not null,
  payee text not null check (length(payee) between 1 and 70),
  is_wanted boolean not null,
  primary key (home, confirmation_id)
);

-- Subscriptions (art. 14): the first payment had a code, and those after it are like it.
create table payment_series (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null,
  payer text not null,
  client_id text not null,
  name text not null check (length(name) between 1 and 64),
  payee_key text not null,
  amount bigint not null check (amount > 0),
  currency text not null check (length(currency) = 3),
  instrument text not null,
  started_at timestamptz not null,
  last_at timestamptz not null,
  primary key (home, tenant_id, payer, client_id, name)
);
