-- Registered messages: heads and contents sealed, who reads them, and the mailboxes that list them. Nothing
-- in these tables tells what a message says: heads and files are sealed under keys that come from the
-- master key, which is not in the database. The room message owns these tables.

-- One message. Its home is that of its sender. head: subject and parties, sealed. content_key: the
-- message's own key, wrapped; null once the content was erased. Erasing salt and head erases the people
-- from the log. submissions, readings, notices: how many there were; the numbers of their entries in the
-- log come from them.
-- next_at: when the jobs role must look at the row again (a reminder, an end, chunks to delete); null when
-- never.
create table message (
  home smallint not null check (home between 0 and 1023),
  id text not null,
  tenant_id text not null,
  client_id text not null,
  state text not null check (state in ('draft', 'submitted', 'rejected', 'waiting', 'accepted',
    'handed_over', 'refused', 'recalled', 'expired')),
  reason text,
  acceptance boolean not null,
  language text not null check (language in ('en', 'fr', 'de', 'es')),
  notify_sender boolean not null,
  sender_key bytea not null check (length(sender_key) = 16),
  addressee_key bytea not null check (length(addressee_key) = 16),
  key_id text not null,
  head bytea,
  content_key bytea,
  digest bytea check (length(digest) = 32),
  size_bytes bigint not null default 0,
  salt bytea check (length(salt) = 16),
  submission_id text,
  submissions smallint not null default 0,
  readings smallint not null default 0,
  notices smallint not null default 0,
  expires_after_ms bigint not null check (expires_after_ms > 0),
  created_at timestamptz not null,
  accepted_at timestamptz,
  expires_at timestamptz,
  handed_over_at timestamptz,
  ended_at timestamptz,
  next_at timestamptz,
  primary key (home, id)
) with (fillfactor = 70);

-- The confirmation by which the sender proves himself: the room is told its id when it ends.
create unique index message_submission on message (submission_id) where submission_id is not null;
create index message_next on message (next_at) where next_at is not null;
create index message_of_sender on message (home, sender_key);

-- One file of a message; n = 0 is the text that was written on the page. head: name, type and SHA-256,
-- sealed.
-- salt: of the key of this one upload, so that no key and nonce ever come together twice. A file is whole
-- when all of it arrived; what is not is worth nothing.
create table message_file (
  home smallint not null,
  message_id text not null,
  n smallint not null check (n between 0 and 20),
  salt bytea not null check (length(salt) = 16),
  head bytea,
  size_bytes bigint not null default 0,
  chunks integer not null default 0,
  whole boolean not null default false,
  primary key (home, message_id, n)
);

-- 64 KiB of plaintext each, sealed with its place, so that none can be changed, moved or left out unseen.
create table message_chunk (
  home smallint not null,
  message_id text not null,
  file_n smallint not null,
  n integer not null,
  sealed bytea not null,
  primary key (home, message_id, file_n, n)
);

-- What is sealed cannot be compressed, so trying would be waste.
alter table message_chunk alter column sealed set storage external;

-- One session in which somebody asked to read, and, once proved_at is there, proved to be the addressee.
-- session_hash: of the secret of that session, in which alone the content is handed over.
create table message_reading (
  confirmation_id text primary key,
  home smallint not null,
  message_id text not null,
  session_hash bytea not null check (length(session_hash) = 32),
  n smallint,
  opened_at timestamptz not null,
  proved_at timestamptz,
  handed_at timestamptz
);

create index message_reading_of on message_reading (home, message_id);

-- What a person's mailbox at one client lists: at the home of that person, who may be sender or addressee.
-- done: there is nothing left to receive. tokens: keyed digests of the beginnings of words, so that a
-- search needs no clear text.
create table mailbox_item (
  home smallint not null check (home between 0 and 1023),
  party_key bytea not null check (length(party_key) = 16),
  client_id text not null,
  box text not null check (box in ('sent', 'received')),
  at timestamptz not null,
  message_home smallint not null,
  message_id text not null,
  done boolean not null default false,
  tokens bigint[] not null,
  primary key (home, party_key, client_id, box, at, message_id)
);

create index mailbox_item_open on mailbox_item (home, party_key, client_id, box, at, message_id)
  where not done;
create index mailbox_item_search on mailbox_item using gin (tokens);
