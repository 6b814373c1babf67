-- Registers (P12): what is added to an account of each address when an act of some purpose is confirmed
-- there. A rule never changes: it is ended, and another begins under another name, so that what was counted
-- can always be explained. The room ledger owns this table; the accounts of a register are in table
-- account.

-- purpose: null for every purpose. counted: before the code comes back (a pending transfer from opening on)
-- or after it was right. document: the rest of the rule, as ledger/register.ts reads it.
create table register (
  tenant_id text not null,
  id text not null,
  name text not null check (length(name) between 1 and 40),
  purpose text,
  counted text not null check (counted in ('before', 'after')),
  currency text not null check (length(currency) = 3),
  document jsonb not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id)
);
