-- Since when nothing is known any more of whose a payment was: its term is over, and only its amounts are kept. The nightly
-- look for such as are old enough goes by `attempt_created`.
alter table payments.attempt add column forgotten_at timestamptz;

-- Of a decision about a payment that is forgotten the free words go as well; what was decided, by whom and when stays.
create or replace function payments.guard_proposal() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'proposals are kept';
  end if;
  if old.state <> 'open' and new.provider_said is null
    and to_jsonb(new) - '{terms,provider_said}'::text[] = to_jsonb(old) - '{terms,provider_said}'::text[]
    and new.terms - '{evidence,reason}'::text[] = old.terms - '{evidence,reason}'::text[]
    and coalesce(new.terms ->> 'evidence', '') = '' and coalesce(new.terms ->> 'reason', '') = ''
    and exists (
      select from payments.attempt a where a.forgotten_at is not null and a.id in (
        old.subject_id, (select r.attempt_id from payments.refund r where r.id = old.subject_id)))
  then
    return new;
  end if;
  if old.state <> 'open'
    or (new.id, new.kind, new.subject_id, new.amount, new.terms, new.proposed_by, new.proposed_at, new.expires_at)
       is distinct from
       (old.id, old.kind, old.subject_id, old.amount, old.terms, old.proposed_by, old.proposed_at, old.expires_at)
  then
    raise exception 'the proposal % is not to be changed', old.id;
  end if;
  return new;
end $$;
