-- Questions of customers about items, and what the merchant answers. Rows are never removed: what was hidden or deleted
-- stays for complaints. Only texts go, when their asker leaves.

create table questions.question (
  id           uuid primary key,
  item_id      uuid not null,
  asker_id     uuid not null,
  -- as shown to others, shortened; empty once the asker has left
  asker_name   text not null,
  is_private   boolean not null,
  -- number of the latest event about this question
  version      integer not null check (version > 0),
  -- empty once the asker has left
  body         text not null,
  asked_at     timestamptz not null,
  -- the day in Seoul, and which question of the asker's of that day it is: ten a day for each account
  asked_on     date not null,
  of_day       smallint not null check (of_day between 1 and 10),
  edited_at    timestamptz,
  deleted_at   timestamptz,
  forgotten_at timestamptz,
  hidden_at    timestamptz,
  hidden_by    uuid,
  hide_reason  text,
  -- number of the answer that stands; null while there is none
  answer_no    integer check (answer_no > 0),
  constraint question_of_day unique (asker_id, asked_on, of_day),
  constraint question_hidden check (num_nonnulls(hidden_at, hidden_by, hide_reason) in (0, 3)),
  constraint question_forgotten check ((body = '') = (forgotten_at is not null)),
  constraint question_forgotten_is_deleted check (forgotten_at is null or deleted_at is not null)
);
-- What everybody sees of an item.
create index question_of_item on questions.question (item_id, asked_at desc, id desc)
  where deleted_at is null and hidden_at is null;
create index question_of_asker on questions.question (asker_id, asked_at desc, id desc);
-- What waits for an answer, and what has one.
create index question_waiting on questions.question (asked_at, id)
  where deleted_at is null and hidden_at is null and answer_no is null;
create index question_answered on questions.question (asked_at desc, id desc)
  where deleted_at is null and hidden_at is null and answer_no is not null;

-- Every answer that was ever shown, the corrected ones too.
create table questions.answer (
  question_id uuid not null references questions.question (id),
  no          integer not null check (no > 0),
  body        text not null,
  answered_by uuid not null,
  answered_at timestamptz not null,
  primary key (question_id, no)
);
alter table questions.question
  add constraint question_answer foreign key (id, answer_no) references questions.answer (question_id, no);

-- Who has left asks nothing any more, also not by a request that was still on its way.
create table questions.gone_asker (
  asker_id uuid primary key
);

-- What the merchant has answered stays the question that was asked, and its answers only become more.
create function questions.keep_asked() returns trigger language plpgsql as $$
begin
  if old.answer_no is not null then
    if new.answer_no is null or new.answer_no < old.answer_no then
      raise exception 'an answer is corrected by another one, never taken back';
    end if;
    if new.is_private <> old.is_private or (new.body <> old.body and new.forgotten_at is null) then
      raise exception 'a question that was answered stays as it was asked';
    end if;
  end if;
  return new;
end $$;
create trigger question_stays before update on questions.question
  for each row execute function questions.keep_asked();

-- Answers are append-only. Their text goes only with that of a question whose asker has left.
create function questions.keep_answer() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if (new.question_id, new.no, new.answered_by, new.answered_at)
         = (old.question_id, old.no, old.answered_by, old.answered_at)
       and new.body = ''
       and exists (select 1 from questions.question q where q.id = old.question_id and q.forgotten_at is not null)
    then
      return new;
    end if;
  end if;
  raise exception 'answers are append-only';
end $$;
create trigger answer_append_only before update or delete on questions.answer
  for each row execute function questions.keep_answer();
create trigger answer_not_truncated before truncate on questions.answer
  for each statement execute function questions.keep_answer();
