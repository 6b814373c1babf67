-- The primitive: confirmations, the counters of the addresses they go to, sending limits, and policy.

-- Where session numbers come from, a thousand at a time to each server: a number never comes again (P1).
create sequence session_number as bigint increment by 1000;

-- One run of the primitive. The code is never here: it is derived from this row and the master key (key_id) whenever
-- it is needed. act is the canonical JSON text that the code, the message and the evidence are all made from (S7).
-- Erasing salt erases the person from the evidence; fillfactor leaves room for the two updates a row lives to see.
create table confirmation (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  client_id text not null,
  subscriber_id text,
  address_id text,
  channel text not null check (channel in ('sms')),
  address text not null,
  address_source text not null check (address_source in ('contract', 'number_directory', 'caller')),
  assurance text not null check (assurance in ('restricted', 'none')),
  guard_key bytea not null check (length(guard_key) = 16),
  act text not null,
  language text not null check (language in ('en', 'fr', 'de', 'es')),
  return_url text,
  state text not null check (state in ('opened', 'sent', 'confirmed', 'locked', 'expired', 'cancelled')),
  reason text,
  session_number bigint not null,
  session_hash bytea not null check (length(session_hash) = 32),
  key_id text not null,
  nonce bytea not null check (length(nonce) = 16),
  salt bytea check (length(salt) = 16),
  issue smallint not null,
  issued_at timestamptz not null,
  digits smallint not null check (digits between 6 and 10),
  attempts smallint not null default 0,
  attempts_max smallint not null,
  resends_max smallint not null,
  resend_gap_ms integer not null,
  validity_ms integer not null check (validity_ms between 1 and 600000),
  connected boolean not null,
  present_until timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (home, id)
) with (fillfactor = 60);

-- Expiry is found by the order of time: a block range index costs nothing at insert and leaves updates in place.
create index confirmation_expiry on confirmation using brin (expires_at) with (pages_per_range = 32, autosummarize = on);

-- Counters of one address of one tenant, whoever asks and however the number is spelled (S4, S13). Failures in a row
-- block for a while that grows; a hundred in all disable the address until it is bound again.
create table guard (
  home smallint not null,
  key bytea not null check (length(key) = 16),
  failures_in_row integer not null default 0,
  failures_in_all integer not null default 0,
  blocked_until timestamptz,
  last_sent_at timestamptz,
  hour_start timestamptz not null default clock_now(),
  hour_count integer not null default 0,
  day_start timestamptz not null default clock_now(),
  day_count integer not null default 0,
  primary key (home, key)
) with (fillfactor = 80);

-- Sendings counted by hour for everything but the address: client, IP, number prefix, country (S13).
create table sending_counter (
  bucket text not null,
  window_start timestamptz not null,
  count integer not null,
  primary key (bucket, window_start)
) with (fillfactor = 50);

-- One document a tenant; absent means the defaults of confirmation/policy.ts.
create table policy (
  tenant_id text primary key references tenant (id),
  document jsonb not null,
  updated_at timestamptz not null default clock_now()
);

-- How far a periodic job has come, so that it need not look at everything again.
create table job_cursor (
  job text primary key,
  reached_at timestamptz not null
);
