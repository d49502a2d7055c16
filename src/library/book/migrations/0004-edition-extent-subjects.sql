-- What records of MARC and KORMARC say besides: 250, the first part of 300, and 650 to 653, each subject once.
alter table book.title
  add column edition text not null default '' check (char_length(edition) <= 200),
  add column extent text not null default '' check (char_length(extent) <= 200),
  add column subjects text not null default '' check (char_length(subjects) <= 1000);
