-- Pages of registers that were not read, each for itself: a page that fails must not end what the merchant decided about
-- another one. In place of catalog.register_stuck, which has room for one page of a register; processes of the version
-- before still write there, and it goes with the version after this one.
create table catalog.register_unread (
  source      text not null check (source in ('c003', 'htfs')),
  -- where the page begins; one that fails at its first row is no nearer to its end by beginning there
  next_row    integer not null check (next_row > 1),
  failed_days integer not null default 1 check (failed_days > 0),
  failed_on   date not null,
  -- since when it counts as one that will not come
  stuck_at    timestamptz,
  -- the merchant goes on without it, for as long as it cannot be read
  skipped     boolean not null default false,
  primary key (source, next_row),
  check (not skipped or stuck_at is not null)
);
insert into catalog.register_unread (source, next_row, failed_days, failed_on, stuck_at, skipped)
select source, next_row, failed_days, failed_on, stuck_at, skipped from catalog.register_stuck;
