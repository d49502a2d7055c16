-- What has become of the clearing of old records, by their kind: when it was begun last, and how many it has taken away
-- since. What was taken away, batch by batch, stands in the audit.
create table platform.retention (
  kind        text primary key,
  started_at  timestamptz not null,
  -- null while it is under way, or was broken off: then the next one goes on with it
  finished_at timestamptz,
  removed     bigint not null default 0 check (removed >= 0)
);
