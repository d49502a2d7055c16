-- What the desk works with: member cards, which copy is out by which loan, and returns that were undone.

create sequence borrow.card_number;
-- The number on a member's card. It tells nothing about its owner.
alter table borrow.patron add column card text not null unique
  default 'M' || lpad(nextval('borrow.card_number')::text, 8, '0') check (card ~ '^M[0-9]{8,}$');

-- Copies of a loan by barcode, as the desk scanned them or the catalogue told.
create table borrow.loan_copy (
  loan_id uuid not null references borrow.loan (id),
  barcode text not null check (char_length(barcode) between 1 and 64),
  -- the return it came back with; null while it is out
  back_no integer check (back_no > 0),
  primary key (loan_id, barcode)
);
create index loan_copy_barcode on borrow.loan_copy (barcode, loan_id);

-- A return that was a mistake: the copies are lent again by a loan that goes on where the first one was. Once a return.
create table borrow.undone_return (
  loan_id     uuid not null,
  no          integer not null,
  new_loan_id uuid not null unique references borrow.loan (id),
  by_id       uuid not null,
  at          timestamptz not null,
  primary key (loan_id, no),
  foreign key (loan_id, no) references borrow.loan_return (loan_id, no)
);
