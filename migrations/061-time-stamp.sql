-- Time-stamps of a time-stamping authority (RFC 3161). What is stamped is a checkpoint, so one request covers
-- every entry up to its size and the cost does not grow with traffic. A token is kept for ever, as its
-- checkpoint is.

create table time_stamp (
  size bigint primary key references checkpoint (size),
  -- The TimeStampToken in DER, over the bytes of the checkpoint's note.
  token bytea not null,
  -- Told from the token: when, and who by the name in the certificate.
  time timestamptz not null,
  tsa text not null,
  stamped_at timestamptz not null default clock_now()
);

-- One row, the turn to ask: who moves next_at forward may ask the authority until then. So of all processes
-- one asks at a time, no sooner than the interval allows, and a process that dies in between loses its turn
-- and nothing else. `wanted` is whether checkpoints are to be stamped, so that every process that issues
-- receipts tells the same.
create table time_stamp_turn (
  singleton boolean primary key default true check (singleton),
  wanted boolean not null default false,
  next_at timestamptz not null default '-infinity'
);

insert into time_stamp_turn default values;
