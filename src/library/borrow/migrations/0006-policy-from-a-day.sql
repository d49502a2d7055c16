-- Rules may be published ahead of the day (in Seoul) from which loans are made under them; null: since they were published.
alter table borrow.policy add column in_force_on date;
