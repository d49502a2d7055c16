-- What every service needs beside its own tables: outgoing events, the memory of handled ones, events set
-- aside, and answers kept for repeated requests.

create table platform.outbox (
  position        bigint generated always as identity primary key,
  event_id        uuid not null unique,
  source          text not null,
  type            text not null,
  subject         text not null,
  -- The aggregate's own version. Its row is locked until commit, so commit order is version order.
  subject_version integer not null check (subject_version > 0),
  schema_version  integer not null check (schema_version > 0),
  occurred_at     timestamptz not null,
  data            jsonb not null,
  request_id      text,
  traceparent     text,
  delivered_at    timestamptz,
  unique (source, subject, subject_version)
);
create index outbox_pending on platform.outbox (position) where delivered_at is null;
create index outbox_subject on platform.outbox (subject, position);

-- One row: this subscriber took this event over (its effect is committed, or it is parked below).
create table platform.inbox (
  subscriber text not null,
  event_id   uuid not null,
  handled_at timestamptz not null default now(),
  primary key (subscriber, event_id)
);

create table platform.parked_event (
  id          bigint generated always as identity primary key,
  subscriber  text not null,
  event_id    uuid not null,
  subject     text not null,
  position    bigint not null,
  envelope    jsonb not null,
  -- retrying: tried again at next_at; waiting: behind an earlier event of the same subject; dead: needs a person
  state       text not null check (state in ('retrying', 'waiting', 'dead')),
  attempts    integer not null default 0,
  next_at     timestamptz not null,
  reason      text not null,
  parked_at   timestamptz not null default now(),
  unique (subscriber, event_id)
);
create index parked_event_subject on platform.parked_event (subscriber, subject, position);
create index parked_event_due on platform.parked_event (next_at) where state = 'retrying';
create index parked_event_dead on platform.parked_event (id) where state = 'dead';

create table platform.idempotency_key (
  scope       text not null,
  key         text not null,
  fingerprint text not null,
  status      integer,
  answer      jsonb,
  created_at  timestamptz not null default now(),
  primary key (scope, key)
);
create index idempotency_key_age on platform.idempotency_key (created_at);
