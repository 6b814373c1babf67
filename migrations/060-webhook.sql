-- Webhooks: what happened, told to the servers of a tenant by signed requests (Standard Webhooks). The room
-- webhook owns these tables; other rooms write events by its `publish`, in the transaction of what happened.

-- Where a tenant wants to be told. Few, and read through a cache of a second, so they have no home.
-- secret: sealed under a key that is derived from the master key named by key_id; while it is being rotated,
-- the old one signs too, until old_until.
-- failing_since: the first failure after the last success; null while all is well.
create table webhook_endpoint (
  id text primary key,
  tenant_id text not null references tenant (id),
  client_id text references client (id),
  url text not null check (length(url) between 1 and 1000),
  description text not null check (length(description) <= 200),
  types text[] not null check (cardinality(types) between 1 and 50),
  state text not null check (state in ('active', 'disabled')),
  reason text,
  key_id text not null,
  secret bytea not null,
  old_key_id text,
  old_secret bytea,
  old_until timestamptz,
  failing_since timestamptz,
  created_at timestamptz not null default clock_now(),
  check ((state = 'disabled') = (reason is not null))
);

create index webhook_endpoint_of_tenant on webhook_endpoint (tenant_id, id);

-- One row for each thing that happened and that some endpoint wants to know. body: the bytes that are sent
-- and signed, the same at every attempt. They hold ids, states and masked addresses; never a code.
create table webhook_event (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  type text not null,
  body text not null,
  created_at timestamptz not null default clock_now(),
  primary key (home, id)
);

create index webhook_event_by_age on webhook_event (created_at);

-- waiting ─▶ leased ─▶ delivered, or waiting again for the next try, or dead after the last.
-- due_at: when it may be claimed (waiting: the next try; leased: the end of the lease); null when it is done.
-- A deleted endpoint leaves rows that nobody claims, until they are purged by age.
create table webhook_delivery (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  endpoint_id text not null,
  event_id text not null,
  state text not null check (state in ('waiting', 'leased', 'delivered', 'dead')),
  attempts smallint not null default 0,
  due_at timestamptz,
  created_at timestamptz not null default clock_now(),
  primary key (home, id),
  check ((due_at is null) = (state in ('delivered', 'dead')))
) with (fillfactor = 80);

create index webhook_delivery_due on webhook_delivery (endpoint_id, due_at) where due_at is not null;
create index webhook_delivery_leased on webhook_delivery (endpoint_id) where state = 'leased';
create index webhook_delivery_by_age on webhook_delivery (created_at);

-- What came of each try. Ids of attempts grow with time, whatever the home, so that an endpoint's are listed
-- by them.
create table webhook_attempt (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  endpoint_id text not null,
  delivery_id text not null,
  n smallint not null,
  status smallint,
  error text,
  duration_ms int not null,
  created_at timestamptz not null default clock_now(),
  primary key (home, id)
);

create index webhook_attempt_of_endpoint on webhook_attempt (endpoint_id, id);
create index webhook_attempt_by_age on webhook_attempt (created_at);
