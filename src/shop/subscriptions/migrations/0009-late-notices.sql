-- A charge whose notice came late is put off to a later day; its due date stays. `next_due` is the day of the charge.
alter table subscriptions.subscription
  add column put_off_cycle_no integer,
  add column put_off_due date,
  add column put_off_to date,
  add constraint subscription_put_off check (
    num_nulls(put_off_cycle_no, put_off_due, put_off_to) in (0, 3) and put_off_to > put_off_due);

-- The days whose charges have been announced: a server that was down at the hour makes up for it.
create table subscriptions.notice_day (
  day         date primary key,
  finished_at timestamptz not null
);
