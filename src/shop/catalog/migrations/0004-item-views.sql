-- Who has looked at an item, as a HyperLogLog sketch: it says how many there were, and of nobody that they were there.
-- Not in item_numbers, which changes with every sale. item_numbers.view_count follows it.
create table catalog.item_views (
  -- whose row is locked by whoever changes a sketch
  item_id uuid primary key references catalog.item_numbers (item_id) on delete cascade,
  -- registers that are marked, three bytes each, or all 16,384 in six bits each
  sketch  bytea not null check (octet_length(sketch) between 3 and 12288 and octet_length(sketch) % 3 = 0)
);
