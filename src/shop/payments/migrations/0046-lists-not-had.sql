-- Days whose list a provider should give to a program and did not, the last time it was asked: why, and how often so far.
-- The comparison that succeeds takes the row away. Nothing but the telling depends on it, and old code leaves it alone.
create table payments.list_not_had (
  provider text not null check (provider in ('kakaopay', 'toss')),
  -- business day in Seoul
  day      date not null,
  why      text not null check (why in ('no_answer', 'not_allowed', 'unreadable')),
  -- in the words of the connection: 'timeout', the status of an answer
  detail   text not null,
  tries    integer not null default 1 check (tries > 0),
  first_at timestamptz not null,
  last_at  timestamptz not null,
  primary key (provider, day)
);
