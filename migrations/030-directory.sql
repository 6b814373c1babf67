-- The directory: subscribers, the identifiers that they are known by, and their addresses on secondary networks.
-- A subscriber and his addresses share one home, which their ids carry, so that resolving touches one shard.

-- An erased subscriber leaves an empty row, so that his id never means anybody else.
create table subscriber (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null references tenant (id),
  name text check (length(name) between 1 and 200),
  language text check (language in ('en', 'fr', 'de', 'es')),
  created_at timestamptz not null default clock_now(),
  erased_at timestamptz,
  primary key (home, id)
);

create index subscriber_of_tenant on subscriber (tenant_id, id);

-- An identifier is found by its value, so its home comes from the tenant and the value. The kind is last in the key,
-- because a person who types something does not always say what it is.
create table identifier (
  home smallint not null check (home between 0 and 1023),
  tenant_id text not null references tenant (id),
  value text not null check (length(value) between 1 and 254),
  kind text not null check (kind ~ '^[a-z_]{1,32}$'),
  subscriber_home smallint not null,
  subscriber_id text not null,
  primary key (home, tenant_id, value, kind)
);

create index identifier_of_subscriber on identifier (subscriber_home, subscriber_id);

-- pending: somebody claimed it. vouched: a third party answers for it (the contract data of the tenant's
-- administrator, or the number directory of a network operator). bound: its holder proved possession by a code (S11).
-- retired: no longer used; kept, because the evidence names it, until the subscriber is erased.
create table address (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null references tenant (id),
  subscriber_id text not null,
  channel text not null check (channel in ('sms')),
  value text not null check (length(value) between 1 and 254),
  state text not null check (state in ('pending', 'vouched', 'bound', 'retired')),
  source text not null check (source in ('contract', 'number_directory', 'caller')),
  vouched_by text check (length(vouched_by) <= 200),
  created_at timestamptz not null default clock_now(),
  bound_at timestamptz,
  retired_at timestamptz,
  primary key (home, id),
  check ((state = 'bound') <= (bound_at is not null)),
  check ((state = 'retired') = (retired_at is not null))
);

-- Also the way from a subscriber to his addresses, for a retired one is never looked for on the hot path.
create unique index address_of_subscriber on address (home, subscriber_id, channel, value)
  where state <> 'retired';
