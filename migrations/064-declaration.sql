-- Declarations: forms that an administration defines, and what people declared on them, each confirmed by a
-- code and numbered. The answers are sealed under a key that comes from the master key, so that nothing
-- here tells what somebody declared, or who he is. The room message owns these tables
-- (src/message/declaration).

-- A form. What stands on its page is in its versions.
create table form (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  client_id text not null,
  state text not null check (state in ('open', 'closed')),
  version integer not null check (version >= 1),
  staff text[] not null,
  open_to_all boolean not null,
  created_at timestamptz not null default clock_now(),
  primary key (home, id)
);

create index form_of_tenant on form (tenant_id, id);

-- A version is written once and never changed, for declarations name it. schema: JSON text, in which the
-- order of the properties is the order of the fields, so it is not jsonb.
create table form_version (
  home smallint not null,
  form_id text not null,
  version integer not null,
  title text not null,
  introduction text,
  language text not null check (language in ('en', 'fr', 'de', 'es')),
  schema text not null,
  translations text not null,
  created_at timestamptz not null default clock_now(),
  primary key (home, form_id, version)
);

-- The last number of a form in a year: one row, updated in the transaction that receives a declaration, so
-- that the numbers have no gaps. Its lock is what puts the declarations of a form in their order.
create table declaration_counter (
  home smallint not null,
  form_id text not null,
  year smallint not null,
  last bigint not null check (last >= 1),
  primary key (home, form_id, year)
) with (fillfactor = 50);

-- What somebody wants to declare while his code is on its way: at the home of the confirmation, and gone
-- when that ends, whatever its end.
create table declaration_opening (
  home smallint not null check (home between 0 and 1023),
  confirmation_id text not null,
  declaration_id text not null,
  form_id text not null,
  version integer not null,
  digest bytea not null check (length(digest) = 32),
  key_id text not null,
  sealed bytea not null,
  salt bytea not null check (length(salt) = 16),
  browser_hash bytea not null check (length(browser_hash) = 32),
  created_at timestamptz not null default clock_now(),
  primary key (home, confirmation_id)
);

-- What was declared, at the home of its form. Nothing here is ever changed.
create table declaration (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  client_id text not null,
  form_id text not null,
  version integer not null,
  year smallint not null,
  number bigint not null,
  confirmation_id text not null,
  digest bytea not null check (length(digest) = 32),
  key_id text not null,
  sealed bytea not null,
  salt bytea not null check (length(salt) = 16),
  browser_hash bytea not null check (length(browser_hash) = 32),
  received_at timestamptz not null,
  primary key (home, id),
  unique (home, form_id, year, number)
);
