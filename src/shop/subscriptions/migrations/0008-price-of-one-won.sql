-- A price of 0 cannot be charged and would stop its billing. Not of rows that are there: a new one is proposed for them.
alter table subscriptions.subscription
  add constraint subscription_price_of_one_won check (pending_price >= 1) not valid;
