-- Payments: an amount from a payer to a merchant, and what was given back of it. The room payment owns these
-- tables. Of a card there is the sealed number and expiry, for as long as a bank may have to be asked with
-- it, and what may be shown of it; the security code is nowhere.

-- One payment (src/payment/payment.ts draws its states). payer: whom the merchant named, as JSON; null where
-- the payer says it himself. subscriber_id, address: whom the directory found. payer_key: names his
-- account in the ledger. secret_hash: of the secret that opens the hosted page.
-- card: number and expiry, sealed under a key from the master key that key_id names; erased when no bank can
-- be asked any more. card_token: of the card on file that is used, or is kept once the code was right.
-- tries: how often a payer began; the bank is asked under the payment's id and this number.
-- exchange_id: what the bank approved. completed, refunded: what was debited, and given back, in minor
-- units. asked_minor: what the bank is asked for after the code.
-- next_at: when the jobs role must look at the row (an end, a process that died, a card to erase).
create table payment (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  client_id text not null,
  state text not null check (state in ('created', 'authorising', 'confirming', 'executing', 'authorised',
    'completed', 'refused', 'cancelled', 'expired')),
  reason text,
  amount bigint not null check (amount between 1 and 999999999999),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  payee text not null,
  reference text,
  description text,
  capture text not null check (capture in ('automatic', 'manual')),
  bank_asked text not null check (bank_asked in ('before', 'after')),
  series text,
  language text check (language in ('en', 'fr', 'de', 'es')),
  return_url text,
  secret_hash bytea not null check (length(secret_hash) = 32),
  payer text,
  subscriber_id text,
  address text,
  payer_key text,
  means text check (means in ('card', 'card_on_file', 'terminal', 'trustee')),
  card_shown text,
  card_last_four text,
  card_token text,
  keeps_card boolean not null default false,
  key_id text,
  card bytea,
  card_entry text,
  terminal text,
  merchant text,
  contract_id text,
  ip text,
  trusts_payee boolean not null default false,
  tries smallint not null default 0,
  confirmation_id text,
  exchange_id text,
  auth_code text,
  rrn text,
  exemption text,
  asked_minor bigint check (asked_minor between 1 and amount),
  completed bigint check (completed between 1 and amount),
  refunded bigint not null default 0 check (refunded between 0 and coalesce(completed, 0)),
  salt bytea check (length(salt) = 16),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  next_at timestamptz,
  primary key (home, id),
  check ((completed is not null) = (state = 'completed')),
  check ((ended_at is not null) = (state in ('completed', 'refused', 'cancelled', 'expired'))),
  check (state <> 'confirming' or confirmation_id is not null),
  check (card is null or state not in ('created', 'refused', 'cancelled', 'expired'))
) with (fillfactor = 70);

create unique index payment_confirmation on payment (confirmation_id) where confirmation_id is not null;
create index payment_next on payment (next_at) where next_at is not null;
create index payment_of_client on payment (tenant_id, client_id, created_at, id);
create index payment_of_subscriber on payment (tenant_id, subscriber_id) where subscriber_id is not null;

-- What a merchant gives back. asked ─▶ done | declined | unknown (then the bank room takes it back).
-- Its id is that under which the bank is asked, so that it is given back once however often that is done.
create table payment_refund (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  payment_id text not null,
  n smallint not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  state text not null check (state in ('asked', 'done', 'declined', 'unknown')),
  exchange_id text,
  created_at timestamptz not null,
  ended_at timestamptz,
  next_at timestamptz,
  primary key (home, id),
  unique (home, payment_id, n),
  check ((ended_at is null) = (state = 'asked')),
  check ((next_at is null) = (state <> 'asked'))
);

-- One at a time, so that no two together are more than was paid.
create unique index payment_refund_running on payment_refund (home, payment_id) where state = 'asked';
create index payment_refund_next on payment_refund (next_at) where next_at is not null;

-- A question to a bank that a process may have asked, or may still ask, though its payment has gone on
-- without it: looked for until it is certain, and given back where it was approved.
create table payment_loose (
  home smallint not null check (home between 0 and 1023),
  payment_id text not null,
  kind text not null check (kind in ('authorise', 'purchase', 'refund')),
  caller text not null,
  look_until timestamptz not null,
  next_at timestamptz not null,
  primary key (home, caller, kind)
);

create index payment_loose_next on payment_loose (next_at);
