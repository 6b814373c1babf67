-- The database's clock decides every deadline (S2), so that servers whose clocks differ agree on them. All statements
-- read it through this one function; test worlds replace it with one that can be moved, and nothing else changes.
-- It gives the start of the transaction, so one transaction sees one time.

create function clock_now() returns timestamptz
  language sql stable parallel safe
  return now();
