-- Two more kinds of thing to be sent: a notice tells an addressee that a registered message waits for
-- him, news tell its sender what became of it. Neither is a code, so neither is derived; what they say is
-- made from the message's row.
--
-- The new list holds all that the old one held, so that no row need be looked at again.

alter table dispatch drop constraint dispatch_kind_check;

alter table dispatch
  add constraint dispatch_kind_check check (kind in ('code', 'alert', 'notice', 'news')) not valid;
