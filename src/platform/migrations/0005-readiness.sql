-- One row that every server writes to find out whether the database takes writes.
create table platform.readiness (
  id      boolean primary key default true check (id),
  seen_at timestamptz not null
) with (fillfactor = 50);
