-- The banks that are asked for money, and every message to them that may move some. The room bank owns these
-- tables. No card number is in them in clear: what a later message needs of the card is sealed under a key
-- that is derived from the master key named by key_id, and erased when nothing needs it any more.

-- A bank's host: where it is and how it is spoken to, as one line (src/bank/url.ts). Few, and read through a
-- cache of a second.
-- sequence: numbers of messages, taken in blocks; the STAN and the retrieval reference are made from them.
create table bank_host (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,29}$'),
  url text not null check (length(url) <= 500),
  state text not null check (state in ('active', 'resting')),
  sequence bigint not null default 0,
  created_at timestamptz not null default clock_now()
);

-- Which bank to ask: by the payer's contract, or by the first digits of the card. A route of a tenant goes
-- before one of all tenants (tenant_id null), a contract before digits, a narrow range before a wide one;
-- then rank. digits_from, digits_to: both of the same length, compared with as many first digits of the card.
create table bank_route (
  id text primary key,
  bank_id text not null references bank_host (id),
  tenant_id text references tenant (id),
  contract text check (length(contract) between 1 and 100),
  digits_from text check (digits_from ~ '^[0-9]{1,12}$'),
  digits_to text check (digits_to ~ '^[0-9]{1,12}$'),
  rank smallint not null default 0,
  created_at timestamptz not null default clock_now(),
  check ((contract is null) <> (digits_from is null)),
  check ((digits_from is null) = (digits_to is null)),
  check (length(digits_from) = length(digits_to) and digits_from <= digits_to)
);

-- One row for each message that may move money, written before it is sent, so that a process that dies leaves
-- no question open.
--
--   authorise, purchase, refund:  asked ─▶ approved | declined | unsent | unknown (and a row "undo" is born)
--   complete, reverse, undo:      queued ─▶ leased ─▶ acknowledged | refused | queued for the next try
--
-- caller: the id under which another room asks; the same id of the same kind is one message, however often.
-- original_id: what a complete, reverse or undo speaks of. closed_by: the one row that completes or reverses
-- this one.
-- transmitted_at: what the message says of its own time, in repeats too.
-- code, auth_code: the answer's fields 39 and 38. late_code: of an answer that came too late (S21).
-- reason: field 39 of a reversal.
-- due_at: asked: when it is given up as unknown; queued: the next try; leased: the end of the lease.
create table bank_exchange (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  bank_id text not null,
  kind text not null check (kind in ('authorise', 'purchase', 'refund', 'complete', 'reverse', 'undo')),
  state text not null check (state in ('asked', 'approved', 'declined', 'unsent', 'unknown',
    'queued', 'leased', 'acknowledged', 'refused')),
  caller text not null check (length(caller) between 1 and 100),
  original_id text,
  closed_by text,
  stan text not null check (stan ~ '^[0-9]{6}$'),
  rrn text not null check (length(rrn) = 12),
  terminal text not null check (length(terminal) = 8),
  merchant text not null check (length(merchant) = 15),
  processing text not null check (processing ~ '^[0-9]{6}$'),
  amount bigint not null check (amount between 1 and 999999999999),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  transmitted_at timestamptz not null,
  code text,
  auth_code text,
  late_code text,
  reason text,
  key_id text,
  card bytea,
  attempts smallint not null default 0,
  due_at timestamptz,
  created_at timestamptz not null default clock_now(),
  ended_at timestamptz,
  primary key (home, id),
  unique (caller, kind, home),
  check ((kind in ('authorise', 'purchase', 'refund')) =
    (state in ('asked', 'approved', 'declined', 'unsent', 'unknown'))),
  check ((due_at is null) = (state not in ('asked', 'queued', 'leased'))),
  check ((original_id is null) = (kind in ('authorise', 'purchase', 'refund')))
) with (fillfactor = 80);

-- No index but the key begins with the home: plans are made while the table is empty, when all of them cost
-- the same, and are kept.
create index bank_exchange_due on bank_exchange (due_at) where due_at is not null;
create index bank_exchange_reference on bank_exchange (bank_id, rrn);
create index bank_exchange_original on bank_exchange (original_id) where original_id is not null;
create index bank_exchange_card on bank_exchange (ended_at) where card is not null and ended_at is not null;
