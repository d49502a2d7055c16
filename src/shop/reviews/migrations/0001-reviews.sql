-- Reviews of bought items. Rows are never removed: what was hidden or deleted stays for complaints.

create table reviews.review (
  id          uuid primary key,
  -- the bought line it is about, which proves the purchase
  order_id    uuid not null,
  line_no     integer not null,
  item_id     uuid not null,
  author_id   uuid not null,
  -- as shown to others, shortened; empty once the author has left
  author_name text not null,
  -- number of the latest event about this review
  version     integer not null check (version > 0),
  stars       smallint not null check (stars between 1 and 5),
  body        text not null check (body <> ''),
  written_at  timestamptz not null,
  edited_at   timestamptz,
  deleted_at  timestamptz,
  hidden_at   timestamptz,
  hidden_by   uuid,
  hide_reason text,
  constraint review_hidden check (num_nonnulls(hidden_at, hidden_by, hide_reason) in (0, 3))
);
-- One review for one bought line. A deleted one makes room for another, but not one the merchant has hidden.
create unique index review_once on reviews.review (order_id, line_no)
  where deleted_at is null or hidden_at is not null;
-- What everybody sees of an item, newest first and by stars; both directions are read.
create index review_of_item on reviews.review (item_id, written_at desc, id desc)
  where deleted_at is null and hidden_at is null;
create index review_by_stars on reviews.review (item_id, stars desc, written_at desc, id desc)
  where deleted_at is null and hidden_at is null;
create index review_of_author on reviews.review (author_id, written_at desc, id desc);

create table reviews.report (
  review_id   uuid not null references reviews.review (id),
  reporter_id uuid not null,
  reason      text not null check (reason in ('spam', 'abuse', 'false_claim', 'personal_data', 'other')),
  note        text check (note <> ''),
  reported_at timestamptz not null,
  -- One voice for one person.
  primary key (review_id, reporter_id)
);
