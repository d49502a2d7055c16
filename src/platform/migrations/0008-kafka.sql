-- Events from other databases come by a broker, straight into the log.

-- Whether it came from elsewhere; what was written here is what others are told.
alter table platform.event_log add column arrived boolean not null default false;

-- How far each partition has been taken over: moved with the events, so each is taken once, also by a restored dump.
create table platform.kafka_place (
  topic     text not null,
  partition integer not null,
  next      bigint not null check (next >= 0),
  primary key (topic, partition)
);

/*
 * Takes events of one partition over into the log, in their order, if the place is still where they were read from.
 * Answers whether it was; events that are there already (a producer that repeated itself) are passed over.
 */
create function platform.take_arrivals(
  from_topic text, from_partition integer, read_from bigint, read_to bigint, events jsonb)
returns boolean language plpgsql set enable_seqscan = off as $$
begin
  -- The carriers' lock: one batch after another gets its numbers after the commits before it.
  perform pg_advisory_xact_lock(7316502);
  insert into platform.kafka_place as place (topic, partition, next) values (from_topic, from_partition, read_to)
  on conflict (topic, partition) do update set next = read_to where place.next = read_from;
  if not found then
    return false;
  end if;
  insert into platform.event_log
    (event_id, source, type, subject, subject_version, schema_version, occurred_at, data, request_id, traceparent, arrived)
  select event.event_id, event.source, event.type, event.subject, event.subject_version, event.schema_version,
         event.occurred_at, event.data, event.request_id, event.traceparent, true
  from jsonb_array_elements(events) with ordinality as listed (one, place),
       jsonb_to_record(listed.one) as event (
         event_id uuid, source text, type text, subject text, subject_version integer, schema_version integer,
         occurred_at timestamptz, data jsonb, request_id text, traceparent text)
  order by listed.place
  on conflict (source, subject, subject_version) do nothing;
  return true;
end $$;

-- What a subscriber still has to be given; the one that tells the broker is given everything that was written here.
create or replace view platform.undelivered as
select null::text as subscriber, event_id, type, subject, occurred_at from platform.outbox
union all
select s.name, l.event_id, l.type, l.subject, l.occurred_at
from platform.subscriber s
  join platform.event_log l on l.seq > s.position
  join platform.subscription w on w.subscriber = s.name and w.type = l.type
union all
select s.name, l.event_id, l.type, l.subject, l.occurred_at
from platform.subscriber s
  join platform.event_log l on l.seq > s.position and not l.arrived
where s.name = 'kafka';
