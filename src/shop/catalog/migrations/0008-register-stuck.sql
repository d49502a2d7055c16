-- A page of a register that was not read: on how many days, in Seoul. After some its walk is given up, and the next one
-- begins at the first row; it is remembered until the page is read after all, or the walk ends before it.
create table catalog.register_stuck (
  source      text primary key check (source in ('c003', 'htfs')),
  -- where the page begins; one that fails at its first row is no nearer to its end by beginning there
  next_row    integer not null check (next_row > 1),
  failed_days integer not null default 1 check (failed_days > 0),
  failed_on   date not null,
  -- since when it counts as one that will not come
  stuck_at    timestamptz,
  -- the merchant goes on without it, for as long as it cannot be read
  skipped     boolean not null default false,
  check (not skipped or stuck_at is not null)
);
