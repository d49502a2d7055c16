-- How far the public registers were read by their APIs. Progress is written in the transaction that stores the rows of
-- a page, so that a run that was killed goes on at the next page.
create table catalog.register_run (
  id         uuid primary key,
  started_at timestamptz not null,
  ended_at   timestamptz check (ended_at >= started_at)
);
-- One run at a time; whoever wants another one goes on with it.
create unique index register_run_open on catalog.register_run ((true)) where ended_at is null;

-- One register within a run.
create table catalog.register_walk (
  run_id     uuid not null references catalog.register_run (id) on delete cascade,
  source     text not null check (source in ('c003', 'htfs')),
  page_size  integer not null check (page_size between 1 and 1000),
  -- where the next page begins, from 1
  next_row   integer not null default 1 check (next_row >= 1),
  -- rows the register said it has, with its latest page
  announced  integer not null default 0 check (announced >= 0),
  -- of these, rows that pages did not bring
  missed     integer not null default 0 check (missed >= 0),
  -- how often it went back because the register had become shorter
  turns      integer not null default 0 check (turns >= 0),
  -- fingerprint of the latest page: a register that answers the same again is not at the next page
  last_page  text,
  rows_read  integer not null default 0,
  added      integer not null default 0,
  changed    integer not null default 0,
  unchanged  integer not null default 0,
  rejected   integer not null default 0,
  doubted    integer not null default 0,
  updated_at timestamptz not null,
  ended_at   timestamptz,
  primary key (run_id, source)
);

-- Numbers that a run has come across, with what decides between two rows of the same number. Gone when it ends.
create table catalog.register_row (
  run_id           uuid not null references catalog.register_run (id) on delete cascade,
  statement_number text not null,
  rank             text not null,
  name             text not null,
  primary key (run_id, statement_number)
);

-- Calls by day in Seoul, counted before they are made: the registers allow so many a day.
create table catalog.register_calls (
  source text not null check (source in ('c003', 'htfs')),
  day    date not null,
  calls  integer not null check (calls >= 0),
  primary key (source, day)
);
