-- What patrons see of their loans: made of events only, and made anew from them whenever wanted. Nothing is decided by it.

-- Every event about a loan that ever arrived, in whatever order. The read model is what follows from these rows.
create table dashboard.loan_event (
  loan_id     uuid not null,
  version     integer not null check (version > 0),
  type        text not null,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  patron_id   uuid not null,
  -- the loan as it was after the event
  loan        jsonb not null,
  -- what only this event tells: copies and fee of a return, reason of a cancellation …
  detail      jsonb not null,
  primary key (loan_id, version)
);
create index loan_event_of_patron on dashboard.loan_event (patron_id, occurred_at desc, loan_id, version desc);

-- The newest version of each loan.
create table dashboard.loan (
  loan_id     uuid primary key,
  version     integer not null,
  patron_id   uuid not null,
  book_id     uuid not null,
  title       text,
  state       text not null,
  quantity    integer not null,
  copies_out  integer not null,
  borrowed_at timestamptz not null,
  due_on      date not null,
  late_fees   bigint not null
);
create index loan_open on dashboard.loan (patron_id, due_on, loan_id)
  where state in ('pending', 'active', 'overdue', 'cancelling');
create index loan_fees on dashboard.loan (patron_id) include (copies_out, late_fees);

-- How often what a patron sees has changed: streams tell by it what a reader has seen.
create table dashboard.patron (
  patron_id   uuid primary key,
  revision    bigint not null,
  as_of       timestamptz not null,
  changed_at  timestamptz not null
);
create index patron_changed on dashboard.patron (changed_at);
