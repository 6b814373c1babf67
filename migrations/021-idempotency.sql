-- What was answered to a POST with an Idempotency-Key, for 24 hours, so that the same request sent again is answered
-- the same and done once. The key of a row is SHA-256 over tenant, client, scope and the Idempotency-Key; the answer is
-- sealed under a key that needs both the master key and the Idempotency-Key itself, which is not kept: a dump of the
-- database opens no stored answer.
--
--   claimed (status null, until claimed_until) ──▶ answered (status, sealed) ──▶ purged

create table idempotency (
  home smallint not null check (home between 0 and 1023),
  key_hash bytea not null check (length(key_hash) = 32),
  request_hash bytea not null check (length(request_hash) = 32),
  claim_id text not null,
  claimed_until timestamptz not null,
  status smallint,
  sealed bytea,
  created_at timestamptz not null default clock_now(),
  primary key (home, key_hash),
  check ((status is null) = (sealed is null))
);

create index idempotency_by_age on idempotency (created_at);
