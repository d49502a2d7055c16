-- Whoever deletes a question is told that it is gone with its answers: so the texts go, and only that there was a
-- question stays. A process of an older version that deletes one during an update knows nothing of this: the database
-- empties the texts, whoever deletes.

-- What the merchant has answered stays the question that was asked, and its answers only become more, until it is deleted.
create or replace function questions.keep_asked() returns trigger language plpgsql as $$
begin
  if new.deleted_at is not null then
    new.body := '';
    -- A reason may repeat what was asked. The audit has it, for complaints.
    if new.hide_reason is not null then new.hide_reason := ''; end if;
  end if;
  if old.deleted_at is not null and new.deleted_at is null then
    raise exception 'a deleted question stays deleted';
  end if;
  if old.answer_no is not null then
    if new.answer_no is null or new.answer_no < old.answer_no then
      raise exception 'an answer is corrected by another one, never taken back';
    end if;
    if new.is_private <> old.is_private or (new.body <> old.body and new.deleted_at is null) then
      raise exception 'a question that was answered stays as it was asked';
    end if;
  end if;
  return new;
end $$;

-- Answers are append-only. Their text goes only with that of a question that is deleted.
create or replace function questions.keep_answer() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if (new.question_id, new.no, new.answered_by, new.answered_at)
         = (old.question_id, old.no, old.answered_by, old.answered_at)
       and new.body = ''
       and exists (select 1 from questions.question q where q.id = old.question_id and q.deleted_at is not null)
    then
      return new;
    end if;
  end if;
  raise exception 'answers are append-only';
end $$;

create function questions.empty_answers() returns trigger language plpgsql as $$
begin
  update questions.answer set body = '' where question_id = new.id and body <> '';
  return null;
end $$;
create trigger question_deleted after update of deleted_at on questions.question
  for each row when (new.deleted_at is not null) execute function questions.empty_answers();

alter table questions.question drop constraint question_forgotten;
-- Those that are deleted already: both triggers empty what there is.
update questions.question set deleted_at = deleted_at where deleted_at is not null;
alter table questions.question
  add constraint question_deleted_is_empty check ((body = '') = (deleted_at is not null));
