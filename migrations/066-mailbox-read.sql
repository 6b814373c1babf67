-- What a person has read or refused is listed by an index of its own, as what waits is: without it, whoever
-- has much that waits would have all of that read for each page of what is read. Found by a mailbox of
-- 10,000 messages (test/slow/mailbox-size.test.ts).
create index mailbox_item_done on mailbox_item (home, party_key, client_id, box, at, message_id)
  where done;
