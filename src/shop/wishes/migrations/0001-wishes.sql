-- Items somebody would like to have. One row for each; taken off it is gone.
create table wishes.wish (
  account_id uuid not null,
  item_id    uuid not null,
  wished_at  timestamptz not null,
  primary key (account_id, item_id)
);
create index wish_newest on wishes.wish (account_id, wished_at desc, item_id);
