-- That a patron was told of a due date that is near: once for each loan and due version.
create table borrow.loan_reminder (
  loan_id     uuid not null references borrow.loan (id),
  due_version integer not null,
  at          timestamptz not null,
  primary key (loan_id, due_version)
);
