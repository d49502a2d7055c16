-- What the merchant shows at the top of the first page, each for a time of its own.

create table banners.banner (
  id          uuid primary key,
  -- the lowest comes first; gaps are left by those that are gone
  position    integer not null,
  title_ko    text not null check (char_length(title_ko) between 1 and 40),
  title_en    text not null check (char_length(title_en) between 1 and 40),
  text_ko     text not null check (char_length(text_ko) between 1 and 100),
  text_en     text not null check (char_length(text_en) between 1 and 100),
  target_kind text not null check (target_kind in ('item', 'category', 'search', 'page')),
  -- the id of an item, the code of a category, words to look for, or an address of ours
  target      text not null check (char_length(target) between 1 and 200),
  tone        text not null check (tone in ('green', 'amber', 'rose', 'blue')),
  -- of the pictures; without one it is drawn
  picture_id  text check (picture_id ~ '^[0-9a-f]{32}$'),
  starts_at   timestamptz not null,
  ends_at     timestamptz not null check (ends_at > starts_at),
  hidden      boolean not null,
  -- counts its changes: who changes it says which one they have read
  version     integer not null default 1,
  created_by  text not null,
  created_at  timestamptz not null,
  -- A new order is written as a whole.
  constraint banner_position unique (position) deferrable initially deferred,
  -- Nobody is led to another host, by two slashes or by a backslash that browsers take for one.
  constraint banner_stays_here check (target_kind <> 'page' or target ~ '^/(?!/)[^\\[:space:][:cntrl:]]*$')
);
