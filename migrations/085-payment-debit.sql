-- A debit is told to the payer where policy says so; what it says is made from the payment's row. The new
-- list holds all that the old one held, so that no row need be looked at again.

alter table dispatch drop constraint dispatch_kind_check;

alter table dispatch
  add constraint dispatch_kind_check check (kind in ('code', 'alert', 'notice', 'news', 'debit')) not valid;

-- How often a bank was asked for it after the code and could not be reached: each question has an id of its
-- own, and the one before was certainly not sent.
alter table payment add column asks smallint not null default 0;
