-- Pictures of covers that librarians have given, kept as files by their id. `cover` stays what records say of elsewhere.
create table book.picture (
  id         text primary key check (id ~ '^[0-9a-f]{32}$'),
  -- when it was last sent, or let go of: what no title shows goes a while after that
  touched_at timestamptz not null,
  -- its files are being removed; no title may begin to show it
  leaving    boolean not null default false
);
create index picture_touched on book.picture (touched_at);

alter table book.title add column picture text references book.picture (id);
create index title_picture on book.title (picture) where picture is not null;
