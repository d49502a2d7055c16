-- Who did or read what, when and why: decisions about money, changes that operators make, and their looks at what
-- belongs to customers. Written once, and never again.
create table platform.audit_entry (
  id           uuid primary key,
  at           timestamptz not null,
  -- user id, or `system` for the command line
  actor_id     text not null check (char_length(actor_id) between 1 and 64),
  action       text not null check (action ~ '^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$'),
  subject_type text not null check (char_length(subject_type) between 1 and 40),
  subject_id   text not null check (char_length(subject_id) between 1 and 200),
  reason       text,
  before       jsonb,
  after        jsonb,
  request_id   text
);
create index audit_entry_actor on platform.audit_entry (actor_id, id desc);
create index audit_entry_subject on platform.audit_entry (subject_type, subject_id, id desc);
create index audit_entry_action on platform.audit_entry (action, id desc);

create function platform.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit is append-only';
end $$;
create trigger audit_append_only before update or delete on platform.audit_entry
  for each row execute function platform.refuse_audit_change();
create trigger audit_not_truncated before truncate on platform.audit_entry
  for each statement execute function platform.refuse_audit_change();
