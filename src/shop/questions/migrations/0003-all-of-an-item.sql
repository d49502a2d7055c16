-- The merchant's list of an item's questions, hidden ones among them.
create index question_by_item on questions.question (item_id) where deleted_at is null;
