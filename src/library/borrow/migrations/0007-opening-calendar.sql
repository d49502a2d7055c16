-- When the library is open. A version is never changed; the newest is the one new due dates are made by.
create table borrow.opening_calendar (
  version            integer primary key check (version > 0),
  -- 1 Monday … 7 Sunday
  closed_weekdays    integer[] not null check (closed_weekdays <@ array[1, 2, 3, 4, 5, 6, 7]),
  closed_on_holidays boolean not null,
  -- single days that differ: [{"day": "2026-12-24", "isOpen": false, "reason": "장서 점검"}]
  days               jsonb not null check (jsonb_typeof(days) = 'array'),
  changed_at         timestamptz not null,
  -- null: as the settings said when the library began
  changed_by         uuid
);
create function borrow.refuse_calendar_change() returns trigger language plpgsql as $$
begin
  raise exception 'a version of the opening calendar is never changed';
end $$;
create trigger opening_calendar_is_final before update or delete on borrow.opening_calendar
  for each row execute function borrow.refuse_calendar_change();
