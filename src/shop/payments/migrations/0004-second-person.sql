-- What one operator wants and a second one has to confirm, because of its amount.
create table payments.proposal (
  id            uuid primary key,
  kind          text not null check (kind in ('decide_payment', 'decide_refund', 'refund')),
  -- the payment, or the refund for `decide_refund`
  subject_id    uuid not null,
  amount        bigint not null check (amount > 0),
  -- what is to be done, as the use case takes it
  terms         jsonb not null,
  -- what the provider said when it was asked; null where there is nothing to ask
  provider_said text,
  proposed_by   text not null,
  proposed_at   timestamptz not null,
  expires_at    timestamptz not null check (expires_at > proposed_at and expires_at <= proposed_at + interval '7 days'),
  state         text not null check (state in ('open', 'confirmed', 'rejected', 'expired')),
  ended_by      text,
  ended_at      timestamptz,
  check ((state = 'open') = (ended_by is null) and (state = 'open') = (ended_at is null)),
  -- a second person is another one, and comes in time
  constraint proposal_second_person check (state <> 'confirmed' or ended_by <> proposed_by),
  constraint proposal_in_time check (state <> 'confirmed' or ended_at < expires_at)
);
create unique index proposal_open on payments.proposal (kind, subject_id) where state = 'open';

-- It ends once, and nothing else of it ever changes.
create function payments.guard_proposal() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception 'proposals are kept';
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
create trigger proposal_ends_once before update or delete on payments.proposal
  for each row execute function payments.guard_proposal();
