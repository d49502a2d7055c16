-- Nothing is confirmed without a deed, whichever version of the program confirms it. Written at commit, so that a version
-- that still writes its own one has done so.
create function payments.open_deed() returns trigger language plpgsql as $$
begin
  -- as long as whoever confirms it has to do it (LEASE in deed-store.ts)
  insert into payments.proposal_deed (proposal_id, act_at) values (new.id, new.ended_at + interval '60 seconds')
  on conflict do nothing;
  return null;
end $$;
create constraint trigger proposal_opens_deed after update of state on payments.proposal
  deferrable initially deferred for each row when (new.state = 'confirmed') execute function payments.open_deed();

-- What was confirmed before deeds were written: done where the books show it. Of the rest nobody knows whether somebody
-- was told what stood against it, so it is handed back. It is not done now: that would be long after it was decided.
insert into payments.proposal_deed (proposal_id, act_at, done_at, outcome, handed_back)
select id, ended_at, now(), case when is_done then 'done' else 'not_recorded' end, not is_done
from (
  select p.id, p.ended_at, case p.kind
    when 'decide_payment' then exists (
      select from payments.attempt a where a.id = p.subject_id and a.state = any(
        case p.terms ->> 'outcome' when 'charged' then array['succeeded', 'succeeded_late']
          else array['declined', 'cancelled', 'expired', 'failed'] end))
    when 'decide_refund' then exists (
      select from payments.refund r where r.id = p.subject_id
        and r.state = case p.terms ->> 'outcome' when 'given' then 'succeeded' else 'declined' end)
    else exists (
      select from payments.refund r where r.attempt_id = p.subject_id and r.requested_by = p.proposed_by
        and r.amount = p.amount and r.created_at >= p.ended_at)
    end as is_done
  from payments.proposal p
  where p.state = 'confirmed' and not exists (select from payments.proposal_deed d where d.proposal_id = p.id)
) as earlier;
