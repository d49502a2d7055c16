-- What the bank said no to, and why: one row per refused attempt, written in the transaction that applies the refusal.
create table subscriptions.charge_refusal (
  -- an attempt is refused once, however often it is told
  attempt_id      uuid primary key,
  subscription_id uuid not null,
  cycle_no        integer not null,
  -- the billing run that worked on the cycle then, if it was one
  run_id          uuid,
  -- what it means for the retry policy, and the provider's own code
  class           text not null check (class in ('retryable', 'final', 'token_dead')),
  code            text not null,
  -- won that were asked for
  amount          bigint not null check (amount >= 0),
  refused_at      timestamptz not null,
  foreign key (subscription_id, cycle_no) references subscriptions.cycle (subscription_id, cycle_no)
);
create index charge_refusal_cycle on subscriptions.charge_refusal (subscription_id, cycle_no);
-- The report of a run.
create index charge_refusal_run on subscriptions.charge_refusal (run_id) where run_id is not null;
