-- What a second person has confirmed is to be done, also when the process dies between the two.
create table payments.proposal_deed (
  proposal_id uuid primary key references payments.proposal,
  -- whoever does it has until then; after that somebody else takes it up
  act_at      timestamptz not null,
  tries       integer not null default 1 check (tries > 0),
  done_at     timestamptz,
  -- `done`, or the code of what stood against it
  outcome     text,
  -- nobody who waited for it was told what stood against it: it is shown to operators
  handed_back boolean not null default false,
  check ((done_at is null) = (outcome is null)),
  check (not handed_back or done_at is not null)
);
create index proposal_deed_due on payments.proposal_deed (act_at) where done_at is null;
create index proposal_deed_handed_back on payments.proposal_deed (done_at) where handed_back;
