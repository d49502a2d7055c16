-- What the latest announcement said, beside the number of its cycle: when it would be charged otherwise, the customer
-- is told again. Null where only the number was kept.
alter table subscriptions.subscription
  add column announced_due date,
  add column announced_amount bigint check (announced_amount >= 0),
  add constraint subscription_announced check (num_nulls(announced_due, announced_amount) in (0, 2));
