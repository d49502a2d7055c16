-- Billing runs: one row per business date, whoever starts it and however often.

create table subscriptions.billing_run (
  id            uuid primary key,
  business_date date not null unique,
  -- how it was started first
  kind          text not null check (kind in ('scheduled', 'manual')),
  state         text not null check (state in ('running', 'paused', 'stopped', 'complete', 'failed')),
  -- why it stopped before everything was done
  stop_reason   text,
  -- how often it was begun: 1, and one more for every time it was taken up again after its end
  starts        integer not null default 1 check (starts > 0),
  started_at    timestamptz not null,
  finished_at   timestamptz,
  updated_at    timestamptz not null,
  -- how many subscriptions were due when it was planned, and what came of it in the end
  planned       integer,
  report        jsonb,
  constraint billing_run_end check ((finished_at is null) = (state in ('running', 'paused'))),
  constraint billing_run_reason check ((stop_reason is not null) = (state in ('stopped', 'failed')))
);

create table subscriptions.billing_step (
  run_id      uuid not null references subscriptions.billing_run (id),
  name        text not null check (name in ('plan', 'charge', 'follow_up', 'report')),
  state       text not null check (state in ('running', 'done')),
  started_at  timestamptz not null,
  finished_at timestamptz,
  primary key (run_id, name),
  constraint billing_step_end check ((finished_at is null) = (state = 'running'))
);

-- One row per worker that joined a run. Leases are on the clock of the database, the only one all workers share.
create table subscriptions.billing_worker (
  id          uuid primary key,
  run_id      uuid not null references subscriptions.billing_run (id),
  process     text not null,
  joined_at   timestamptz not null,
  lease_until timestamptz not null,
  left_at     timestamptz,
  -- for people who watch; what counts is in the cycles
  counts      jsonb not null default '{}'
);
create index billing_worker_run on subscriptions.billing_worker (run_id, lease_until) where left_at is null;

-- Subscriptions this run does not touch again: handling one failed (a bug, a damaged row), or it has to wait for
-- another day. The next start of the run tries those that failed once more.
create table subscriptions.billing_set_aside (
  run_id          uuid not null references subscriptions.billing_run (id),
  subscription_id uuid not null references subscriptions.subscription (id),
  reason          text not null check (reason in ('error', 'waits')),
  detail          text not null,
  at              timestamptz not null,
  primary key (run_id, subscription_id)
);

-- What the cycle costs, won; known when it is ordered.
alter table subscriptions.cycle add column amount bigint check (amount >= 0);
-- The report of a run, and its progress while it runs.
create index cycle_run on subscriptions.cycle (run_id, state) where run_id is not null;
