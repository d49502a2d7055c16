-- Which hold's slip is in a copy that stands on the hold shelf; null while it stands where it always does. A copy that is
-- kept for a hold and has not its slip is to be pulled; one with a slip that is kept for nobody is to be taken down.
alter table book.copy add column stands_for uuid references book.hold (id);
update book.copy set stands_for = hold_id where state = 'on_shelf';
alter table book.copy add constraint copy_stands check (stands_for is null or state in ('available', 'on_shelf'));
create index copy_to_move on book.copy (book_id)
  where (state = 'on_shelf' and stands_for is distinct from hold_id) or (state = 'available' and stands_for is not null);

-- By which loan a hold was collected: when that loan turns out to be a slip of the hand, the hold is as it was.
alter table book.hold add column collected_by uuid;
create index hold_collected_by on book.hold (collected_by) where collected_by is not null;
