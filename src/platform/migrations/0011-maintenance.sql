-- The window of maintenance that is announced or under way: at most one. One that is over stays until the next is set,
-- and is shown to nobody. Who set it stands in the audit.
create table platform.maintenance (
  only_one  boolean primary key default true check (only_one),
  -- another one with every change, so that nobody replaces or ends a window they have not seen
  id        uuid not null,
  starts_at timestamptz not null,
  ends_at   timestamptz not null,
  text_ko   text not null check (text_ko ~ '\S' and length(text_ko) <= 200),
  text_en   text not null check (text_en ~ '\S' and length(text_en) <= 200),
  check (starts_at < ends_at and ends_at <= starts_at + interval '24 hours')
);
