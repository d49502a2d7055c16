-- A cycle with an order whose payment method is busy with another charge: how often that was found, and since when the
-- cycle stands aside until that other charge is settled.
alter table subscriptions.cycle
  add column busy_rounds integer not null default 0 check (busy_rounds >= 0),
  add column busy_since timestamptz,
  add constraint cycle_busy check (
    case when state = 'ordering' then busy_since is null or busy_rounds > 0
         else busy_rounds = 0 and busy_since is null end);
