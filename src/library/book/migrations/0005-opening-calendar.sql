-- When the library is open, as lending told of it; the newest version heard. Holds wait on the shelf by it.
create table book.opening_calendar (
  id       boolean primary key default true check (id),
  version  integer not null,
  calendar jsonb not null
);
