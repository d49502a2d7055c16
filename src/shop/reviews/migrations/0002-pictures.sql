-- Ids of pictures.picture, in the author's order.
alter table reviews.review add column pictures text[] not null default '{}'
  constraint review_pictures check (cardinality(pictures) <= 3);
