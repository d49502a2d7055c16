-- The cycle of which the customer was told that nothing is charged while its item is not sold: once. Null when they were
-- told of no such one, or of the charge since.
alter table subscriptions.subscription
  add column doubted_cycle_no integer,
  add column doubted_due date,
  add constraint subscription_doubted check (num_nulls(doubted_cycle_no, doubted_due) in (0, 2));
