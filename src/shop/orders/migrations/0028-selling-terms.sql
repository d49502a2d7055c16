-- What selling costs the customer beside the goods, as the merchant publishes it on a page. Where nothing was published yet
-- the settings hold. A version is never changed: orders, and what is sent back of them, go by the one of their day.
create table orders.selling_terms (
  version            integer primary key check (version > 0),
  delivery_fee       bigint not null check (delivery_fee between 0 and 1000000),
  free_from          bigint not null check (free_from between 0 and 2000000000),
  return_fee         bigint not null check (return_fee between 0 and 1000000),
  exchange_fee       bigint not null check (exchange_fee between 0 and 1000000),
  recurring_discount integer not null check (recurring_discount between 0 and 50),
  valid_from         timestamptz not null,
  published_at       timestamptz not null,
  published_by       uuid not null,
  -- every process reads what was published within this time, so all of them begin with it at the same moment
  constraint selling_terms_ahead check (valid_from >= published_at + interval '60 seconds')
);

create function orders.refuse_change_of_terms() returns trigger language plpgsql as $$
begin
  raise exception 'published terms are never changed';
end $$;
create trigger selling_terms_append_only before update or delete on orders.selling_terms
  for each row execute function orders.refuse_change_of_terms();
