-- Cards: numbers and expiries, sealed. The room payment owns this table, and only its vault
-- (src/payment/card/vault.ts) reads it. There is no column for a security code, and none may be added
-- (PCI DSS 3.3): it goes from where it was typed to the bank, and is forgotten.
--
--   once ─── right code ──▶ kept        kept: on file of the subscriber, for as long as he wants
--     └── its payment ended, or a day is over ──▶ (deleted)
--
-- once_for: the payment or confirmation that it was typed for. subscriber_id of a card that is typed
-- once: who says it is his, null while nobody does. sealed: number and expiry under a key that comes from
-- the master key key_id, bound to the token. fingerprint: HMAC of tenant and number under another such
-- key. One number is on file once in a tenant: a card belongs to one person. brand, last_four: what may
-- be shown (PCI DSS 3.4).
create table card (
  home smallint not null check (home between 0 and 1023),
  token text not null,
  tenant_id text not null references tenant (id),
  state text not null check (state in ('once', 'kept')),
  subscriber_id text,
  once_for text,
  key_id text not null,
  fingerprint bytea not null check (length(fingerprint) = 32),
  sealed bytea not null,
  brand text not null,
  last_four text not null check (last_four ~ '^[0-9]{4}$'),
  created_at timestamptz not null default clock_now(),
  erase_at timestamptz,
  primary key (home, token),
  check ((state = 'once') = (once_for is not null)),
  check ((state = 'once') = (erase_at is not null)),
  check (state = 'once' or subscriber_id is not null)
) with (fillfactor = 90);

create unique index card_fingerprint on card (fingerprint) where state = 'kept';
create index card_of_subscriber on card (subscriber_id) where subscriber_id is not null;
create index card_once_for on card (once_for) where once_for is not null;
create index card_erase on card (erase_at) where erase_at is not null;
