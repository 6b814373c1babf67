-- Tenants, their clients (the applications of a relying party) and the API keys that clients call with. These tables
-- are small and read through caches of a few seconds, so they have no home: every shard may hold a copy of them.

create table tenant (
  id text primary key,
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null default clock_now()
);

-- `domain` is what the last line of a message is bound to (`@domain #code`); `return_origins` are the only origins to
-- which a hosted page may send a person back.
create table client (
  id text primary key,
  tenant_id text not null references tenant (id),
  name text not null check (length(name) between 1 and 200),
  domain text not null check (length(domain) between 1 and 253),
  return_origins text[] not null default '{}' check (cardinality(return_origins) <= 20),
  created_at timestamptz not null default clock_now(),
  disabled_at timestamptz
);

create index client_of_tenant on client (tenant_id, id);

-- Only the SHA-256 of a key is kept: it has 130 random bits, so a slow hash would protect nothing more. Revoked keys
-- stay, so that what was done with them can still be told apart.
create table api_key (
  id text primary key,
  tenant_id text not null references tenant (id),
  client_id text not null references client (id),
  scope text not null check (scope in ('admin', 'client')),
  hash bytea not null unique check (length(hash) = 32),
  label text not null check (length(label) <= 200),
  created_at timestamptz not null default clock_now(),
  revoked_at timestamptz
);

create index api_key_of_client on api_key (client_id, id);
