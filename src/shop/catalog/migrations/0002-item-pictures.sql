-- Pictures of items, in the merchant's order; the first one is the main one.

create table catalog.item_picture (
  item_id    uuid not null references catalog.item (id),
  -- of pictures.picture
  picture_id text not null check (picture_id ~ '^[0-9a-f]{32}$'),
  position   smallint not null check (position between 1 and 10),
  -- of its full size, in pixels: pages leave room for it before it is there
  width      integer not null check (width > 0),
  height     integer not null check (height > 0),
  -- what it shows, for those who do not see it; without it the name of the item is read
  alt_ko     text check (char_length(alt_ko) between 1 and 200),
  alt_en     text check (char_length(alt_en) between 1 and 200),
  primary key (item_id, picture_id),
  -- at the end of a transaction, so that two may change places
  constraint item_picture_order unique (item_id, position) deferrable initially deferred
);
