-- What is shown of loans, a second time. A rebuild fills the one that is not shown, and then they change places: nobody
-- waits for it, and one that dies half way leaves what was shown as it was.
create table dashboard.loan_b (like dashboard.loan including all);

-- One row: which of them is shown, and which one is being made, by which rebuild. While one is made, news goes into both.
create table dashboard.read_model (
  only_one boolean primary key default true check (only_one),
  shown    text not null default 'a' check (shown in ('a', 'b')),
  building text check (building in ('a', 'b') and building <> shown),
  builder  uuid,
  check (building is null or builder is not null)
);
insert into dashboard.read_model default values;

create view dashboard.shown_loan as
  select * from dashboard.loan where (select shown from dashboard.read_model) = 'a'
  union all
  select * from dashboard.loan_b where (select shown from dashboard.read_model) = 'b';
