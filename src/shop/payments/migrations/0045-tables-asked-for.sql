-- From which day on people are asked for tables of providers that give programs no list. A shop that took money before it
-- asked for them is asked from the day of its update on; a new one has no such days.
create table payments.tables_asked_for (
  since date not null,
  only_one boolean primary key default true check (only_one)
);
insert into payments.tables_asked_for (since)
select case when exists (select from payments.attempt where paid_at is not null)
  then (now() at time zone 'Asia/Seoul')::date else '-infinity'::date end;
