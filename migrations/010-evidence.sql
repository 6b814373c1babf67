-- The evidence log. Operations append to `entry` in their own transaction and wait for nothing; nothing in `entry` is
-- ever updated. A sequencer, one at a time, reads entries in the order (txid, seq) up to the oldest transaction that is
-- still running, hashes them into the tree, and writes tiles, bundles, a checkpoint and `log_state` in one transaction.
--
-- Why this order: a transaction's id is taken before it commits, and every transaction below the snapshot's xmin has
-- ended, so below xmin no entry can appear any more: the order is settled without a counter that writers would queue for.
--
-- Transaction ids start again when a dump is restored into a new cluster. Then `log_state.txid_offset` and the default of
-- `entry.txid`, which always carry the same number, are raised at start so that new entries sort after the old ones.

create table entry (
  home smallint not null,
  subject_id text not null,
  n integer,
  txid bigint not null default (pg_current_xact_id()::text::bigint),
  seq bigserial not null,
  leaf text not null,
  primary key (home, subject_id, seq)
);

create unique index entry_order on entry (txid, seq);

-- One row: how far the log goes. `cursor_txid` and `cursor_seq` are those of its last entry. The origin is the log's
-- name, given at its first start and kept for ever, for checkpoints in other hands carry it.
create table log_state (
  singleton boolean primary key default true check (singleton),
  origin text,
  size bigint not null default 0,
  cursor_txid bigint not null default 0,
  cursor_seq bigint not null default 0,
  txid_offset bigint not null default 0
);

insert into log_state default values;

-- Hashes of the tree (C2SP tlog-tiles): 256 to a full tile, fewer in the growing tile at the right edge of each level.
create table tile (
  level smallint not null,
  n bigint not null,
  width smallint not null check (width between 1 and 256),
  hashes bytea not null check (length(hashes) = width * 32),
  primary key (level, n)
);

-- Hashes are random and cannot be compressed, so trying would be waste.
alter table tile alter column hashes set storage external;

-- Where each run of 256 entries begins: an entry's index in the log is found from here without writing to the entry.
create table bundle (
  n bigint primary key,
  first_txid bigint not null,
  first_seq bigint not null
);

create unique index bundle_order on bundle (first_txid, first_seq);

-- Every checkpoint ever signed is kept: two that contradict each other would prove a forked log.
create table checkpoint (
  size bigint primary key,
  note text not null,
  signed_at timestamptz not null default clock_now()
);
