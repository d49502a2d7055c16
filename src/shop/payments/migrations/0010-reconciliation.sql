-- Each day our books are held against the list of what the provider settled.

create table payments.reconciliation (
  id            uuid primary key,
  provider      text not null check (provider in ('kakaopay', 'toss')),
  -- business day in Seoul
  day           date not null,
  -- how often it was done: the number of the latest event about it
  version       integer not null default 1,
  matched       integer not null check (matched >= 0),
  late          integer not null check (late >= 0),
  -- charges less refunds of the day, in won, by the provider's list
  listed_total  bigint not null,
  reconciled_at timestamptz not null,
  constraint reconciliation_once unique (provider, day)
);

create table payments.reconciliation_finding (
  id            uuid primary key,
  provider      text not null,
  day           date not null,
  kind          text not null check (kind in ('missing_here', 'missing_there', 'other_amount')),
  movement      text not null check (movement in ('charge', 'refund')),
  -- the provider's id of the charge or refund; ours where it has none
  key           text not null,
  provider_ref  text,
  merchant_ref  text,
  attempt_id    uuid references payments.attempt (id),
  here          bigint,
  there         bigint,
  first_seen_at timestamptz not null,
  -- since when a later look at the day does not find it any more
  gone_at       timestamptz,
  foreign key (provider, day) references payments.reconciliation (provider, day),
  constraint finding_once unique (provider, day, movement, key),
  constraint finding_sides check (
    case kind
      when 'missing_here' then here is null and there is not null
      when 'missing_there' then here is not null and there is null
      else here <> there
    end)
);

-- What a person made of a difference: never changed, one for each.
create table payments.reconciliation_decision (
  finding_id uuid primary key references payments.reconciliation_finding (id),
  decision   text not null check (decision in ('explained', 'corrected', 'claimed')),
  reason     text not null check (reason <> ''),
  decided_by uuid not null,
  decided_at timestamptz not null
);
create trigger decision_append_only before update or delete on payments.reconciliation_decision
  for each row execute function payments.refuse_change();

create index attempt_paid on payments.attempt (provider, paid_at) where paid_at is not null;
create index refund_given on payments.refund (finished_at) where state = 'succeeded';
