-- Who is signed in on hosted pages (mailbox, declarations). A row says that the browser whose cookie has this
-- digest asked to sign in by this confirmation; it is signed in only once the confirmation came to its right
-- code, and no longer than a while after that. The cookie itself is never stored. Owned by
-- src/message/mailbox/login-store.ts.
create table page_login (
  hash bytea primary key check (length(hash) = 32),
  confirmation_id text not null,
  expires_at timestamptz not null
);

create index page_login_expiry on page_login (expires_at);
