-- Payment terminals (B3): each with the key that it shows itself by, and every message of theirs that may
-- move money, so that a message that is said again is answered as before. The folder payment/terminal owns
-- these tables. No card number, track, PIN or code is in them: of what was asked only a keyed digest.

-- A terminal of a client. code: eight characters, field 41, unique over all tenants, for it is all that a
-- message says of its sender. merchant: fifteen characters, field 42. name, place, language: what its tickets
-- say. key: sealed under a key that is derived from the master key named by key_id, bound to the row's id.
create table terminal (
  id text primary key,
  code text not null unique check (code ~ '^[A-Z0-9]{8}$'),
  tenant_id text not null references tenant (id),
  client_id text not null references client (id),
  merchant text not null check (length(merchant) = 15),
  name text not null check (length(name) between 1 and 70),
  place text not null check (length(place) <= 70),
  language text not null check (length(language) = 2),
  key_id text not null,
  key bytea not null,
  created_at timestamptz not null default clock_now(),
  disabled_at timestamptz
);

create index terminal_of_tenant on terminal (tenant_id, id);

-- A message of a terminal, known again by terminal, day (MMDD of field 7) and STAN, written before anything
-- is done for it.
--
--   sale, code, reversal:  working ─▶ answered
--
-- home: of the terminal, from its code. digest: keyed, of what was asked: another question under a STAN that
-- was used is no repeat. payment_id, confirmation_id: what the sale led to. session: the secret of the
-- confirmation's session, sealed, bound to the payment, and erased when the payment ended. reversed_at: a
-- reversal came; whoever works on the sale undoes it. due_at: a worker that has not answered by then is gone.
-- answer: as JSON, null until there is one.
create table terminal_exchange (
  home smallint not null check (home between 0 and 1023),
  terminal_id text not null,
  day text not null check (day ~ '^[0-9]{4}$'),
  stan text not null check (stan ~ '^[0-9]{6}$'),
  kind text not null check (kind in ('sale', 'code', 'reversal')),
  digest bytea not null,
  payment_id text,
  confirmation_id text,
  session_key_id text,
  session bytea,
  reversed_at timestamptz,
  due_at timestamptz,
  answer text,
  created_at timestamptz not null default clock_now(),
  primary key (home, terminal_id, day, stan),
  check ((answer is null) = (due_at is not null))
) with (fillfactor = 80);

create index terminal_exchange_payment on terminal_exchange (home, terminal_id, payment_id)
  where kind = 'sale' and payment_id is not null;
create index terminal_exchange_old on terminal_exchange (created_at);
