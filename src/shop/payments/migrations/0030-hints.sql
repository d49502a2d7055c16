-- What a provider's webhook named, to be asked about: one row of a payment, however often it is named.
create table payments.hint (
  attempt_id uuid primary key references payments.attempt (id),
  -- what is named again while it is asked about is asked about once more
  heard      integer not null default 1 check (heard > 0),
  -- whether something was told that is no news of a payment: of one that is known to be paid only that is worth asking
  beyond_paid boolean not null,
  -- null: nothing to ask; the row stays a little, so that it is not asked again at once
  due_at     timestamptz,
  asked_at   timestamptz
);
create index hint_due on payments.hint (due_at) where due_at is not null;

-- A difference may be known before its day was compared for the first time.
alter table payments.reconciliation alter column reconciled_at drop not null;
