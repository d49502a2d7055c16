-- Whether the registers are being read now, and what whoever reads them is told: one row for all processes.
create table catalog.register_work (
  only_row   boolean primary key default true check (only_row),
  -- an import was asked for and has not ended yet
  wanted_at  timestamptz,
  -- whoever imports says so before every call; in the past: nobody does
  busy_until timestamptz,
  -- whoever imports is asked to stop before the next call
  stop_at    timestamptz
);
insert into catalog.register_work default values;

-- Why a register was not read on, and the same in words.
alter table catalog.register_walk add column stop_code text;
alter table catalog.register_walk add column stop_message jsonb;
