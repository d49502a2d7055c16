-- Which pictures are kept, and what for. Their bytes are files, named by id and size.

create table pictures.picture (
  id         text primary key check (id ~ '^[0-9a-f]{32}$'),
  -- of the full size, in pixels
  width      integer not null check (width > 0),
  height     integer not null check (height > 0),
  -- when it was last sent, or let go of: what nobody uses goes a while after that
  touched_at timestamptz not null,
  -- its files are being removed; nobody may begin to use it
  leaving    boolean not null default false
);
create index picture_touched on pictures.picture (touched_at);

create table pictures.use (
  picture_id text not null references pictures.picture (id),
  -- ids are those of the catalogue and of reviews
  user_type  text not null check (user_type in ('item', 'review')),
  user_id    uuid not null,
  -- whether who uses it is shown to everybody: a hidden review is not
  shown      boolean not null default true,
  primary key (picture_id, user_type, user_id)
);
create index use_by on pictures.use (user_type, user_id);
