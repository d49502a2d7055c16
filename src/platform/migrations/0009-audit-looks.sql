-- Whether a look at the same thing is written down already.
create index audit_entry_look on platform.audit_entry (actor_id, action, subject_id, at desc);
