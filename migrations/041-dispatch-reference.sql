-- Delivery receipts look a dispatch up by its reference, one at a time. The index held accepted rows only: every receipt
-- took a row out of it, which left a dead entry behind and made the update rewrite all indexes of the row; and as it was
-- nearly empty in the statistics, the planner read the whole of it, dead entries included, for each batch of receipts.
-- With every reference in it, a receipt changes no indexed column, so the row is updated in its place.
drop index dispatch_reference;

create index dispatch_reference on dispatch (reference) where reference is not null;
