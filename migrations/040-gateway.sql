-- The gateway's work: one row for each thing to be sent over a second network. A row says what must be sent only by
-- naming its subject; the text is made at the moment of sending from the subject's own row, so it is nowhere at rest.

-- queued ─▶ leased ─▶ accepted ─▶ delivered, or an end: rejected, unknown, expired, failed.
-- due_at: when a gateway may claim the row (queued: the next try; leased: the end of the lease); null when it is done.
-- attempts counts the times the text may have reached the network: two at the most (SECURITY.md, fault tests).
create table dispatch (
  home smallint not null check (home between 0 and 1023),
  subject_id text not null,
  n smallint not null,
  tenant_id text not null,
  kind text not null check (kind in ('code', 'alert')),
  channel text not null check (channel in ('sms')),
  state text not null
    check (state in ('queued', 'leased', 'accepted', 'delivered', 'rejected', 'unknown', 'expired', 'failed')),
  attempts smallint not null,
  due_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_now(),
  ended_at timestamptz,
  reference text,
  reason text,
  primary key (home, subject_id, n)
) with (fillfactor = 80);

create index dispatch_due on dispatch (due_at) where due_at is not null;

-- Delivery receipts name a message by the network's reference only.
create index dispatch_reference on dispatch (reference) where reference is not null and state = 'accepted';
