-- Loans, their returns and fees, and the rules they were made under.

-- Who borrows. Only the account's id; names and addresses stay with accounts.
create table borrow.patron (
  id             uuid primary key,
  category       text not null check (category in ('child', 'adult', 'staff')),
  state          text not null check (state in ('active', 'inactive')),
  blocked_reason text check (char_length(blocked_reason) between 1 and 300),
  created_at     timestamptz not null
);

-- The rules of lending. A version is never changed: loans keep to the one they were made under.
create table borrow.policy (
  id           text not null,
  version      integer not null check (version > 0),
  rules        jsonb not null,
  published_at timestamptz not null,
  published_by uuid,
  primary key (id, version)
);
create function borrow.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'a published lending policy is never changed';
end $$;
create trigger policy_is_final before update or delete on borrow.policy
  for each row execute function borrow.refuse_change();

insert into borrow.policy (id, version, rules, published_at) values ('lending', 1, '{
  "loanDays": 14,
  "copiesPerPatron": {"child": 5, "adult": 10, "staff": 20},
  "renewals": 2,
  "lostAfterDays": 60,
  "replacementPerCopy": 20000,
  "refundFoundWithinDays": 180,
  "pendingMinutes": 1440,
  "lateFee": {"mode": "flat", "bands": [
    {"fromDay": 1, "fee": 500}, {"fromDay": 8, "fee": 1000}, {"fromDay": 15, "fee": 2000}]}
}', '2026-01-01T00:00:00Z');

create table borrow.loan (
  id             uuid primary key,
  patron_id      uuid not null references borrow.patron (id),
  book_id        uuid not null,
  -- null while nobody could say it: the catalogue did not answer
  title          text,
  quantity       integer not null check (quantity between 1 and 1000),
  state          text not null check (state in
                   ('pending', 'active', 'overdue', 'cancelling', 'cancelled', 'returned', 'lost')),
  version        integer not null check (version > 0),
  borrowed_at    timestamptz not null,
  -- the last day in Seoul on which a return is in time
  due_on         date not null,
  due_version    integer not null check (due_version > 0),
  renewals       integer not null check (renewals >= 0),
  policy_id      text not null,
  policy_version integer not null,
  -- until when a pending loan waits for the catalogue
  settle_by      timestamptz not null,
  returned       integer not null default 0,
  returns        integer not null default 0 check (returns >= 0),
  late_fees      bigint not null default 0 check (late_fees >= 0),
  -- what was charged for copies given up, in won
  replacement    bigint check (replacement >= 0),
  lost_at        timestamptz,
  cancel_reason  text check (cancel_reason in ('out_of_stock', 'patron', 'timeout')),
  no_stock       text check (no_stock in ('not_enough', 'held_for_others', 'book_unknown', 'book_withdrawn')),
  closed_at      timestamptz,
  foreign key (policy_id, policy_version) references borrow.policy (id, version),
  constraint loan_returned check (returned between 0 and quantity),
  constraint loan_all_returned check ((state = 'returned') = (returned = quantity)),
  constraint loan_never_out check (state not in ('pending', 'cancelling', 'cancelled')
                                   or (returned = 0 and returns = 0 and late_fees = 0 and replacement is null)),
  constraint loan_cancelled check ((state in ('cancelling', 'cancelled')) = (cancel_reason is not null)),
  constraint loan_lost check ((state <> 'lost') or (lost_at is not null and replacement is not null)),
  constraint loan_closed check ((state in ('cancelled', 'returned')) = (closed_at is not null))
);
-- What a patron has now: few rows, however many were in the past.
create index loan_out on borrow.loan (patron_id) where state in ('pending', 'active', 'overdue');
create index loan_of_patron on borrow.loan (patron_id, borrowed_at desc, id desc);
create index loan_of_book on borrow.loan (book_id, borrowed_at desc, id desc);
create index loan_due on borrow.loan (due_on, id) where state = 'active';
create index loan_overdue on borrow.loan (due_on, id) where state = 'overdue';
create index loan_pending on borrow.loan (settle_by, id) where state = 'pending';

-- What a librarian allowed against the rules, and why.
create table borrow.override (
  loan_id uuid not null references borrow.loan (id),
  version integer not null,
  by_id   uuid not null,
  reason  text not null check (char_length(reason) between 1 and 300),
  at      timestamptz not null,
  primary key (loan_id, version)
);

-- Each return of copies, with what it cost.
create table borrow.loan_return (
  loan_id      uuid not null references borrow.loan (id),
  no           integer not null check (no > 0),
  copies       integer not null check (copies > 0),
  effective_at timestamptz not null,
  returned_at  timestamptz not null,
  late_days    integer not null check (late_days >= 0),
  fee          bigint not null check (fee >= 0),
  by_id        uuid not null,
  primary key (loan_id, no),
  constraint return_not_ahead check (effective_at <= returned_at)
);

-- That a due date passed is told once for each.
create table borrow.loan_expiry (
  loan_id     uuid not null references borrow.loan (id),
  due_version integer not null,
  at          timestamptz not null,
  primary key (loan_id, due_version)
);

-- What patrons owe and what became of it. Rows are added, never changed.
create table borrow.fee_entry (
  id         uuid primary key,
  patron_id  uuid not null references borrow.patron (id),
  kind       text not null check (kind in ('late_fee', 'replacement', 'refund', 'payment', 'waiver')),
  -- won; late fees and replacements add to the debt, the others take from it
  amount     bigint not null check (amount > 0),
  loan_id    uuid references borrow.loan (id),
  return_no  integer,
  at         timestamptz not null,
  by_id      uuid,
  reason     text check (char_length(reason) between 1 and 300),
  constraint fee_of_loan check ((kind in ('late_fee', 'replacement', 'refund')) = (loan_id is not null)),
  constraint fee_of_return check ((kind = 'late_fee') = (return_no is not null)),
  constraint fee_at_desk check (kind not in ('payment', 'waiver') or by_id is not null),
  constraint fee_waiver_reason check (kind <> 'waiver' or reason is not null),
  foreign key (loan_id, return_no) references borrow.loan_return (loan_id, no)
);
create unique index fee_once_a_return on borrow.fee_entry (loan_id, return_no) where kind = 'late_fee';
create unique index fee_once_lost on borrow.fee_entry (loan_id) where kind = 'replacement';
create unique index fee_once_found on borrow.fee_entry (loan_id) where kind = 'refund';
create index fee_of_patron on borrow.fee_entry (patron_id, at desc, id desc);

-- Holds as the catalogue told of them; the newest version of each. A waiting one stands against renewals.
create table borrow.waiting_hold (
  hold_id   uuid primary key,
  book_id   uuid not null,
  patron_id uuid not null,
  version   integer not null,
  waiting   boolean not null
);
create index waiting_hold_of_book on borrow.waiting_hold (book_id) where waiting;
