-- The settings that held before the first version was published, kept with it: what was ordered then is sent back for what
-- was said then, whatever the settings of the server become.
create table orders.first_terms (
  only_one           boolean primary key default true check (only_one),
  delivery_fee       bigint not null check (delivery_fee >= 0),
  free_from          bigint not null check (free_from >= 0),
  return_fee         bigint not null check (return_fee >= 0),
  exchange_fee       bigint not null check (exchange_fee >= 0),
  recurring_discount integer not null check (recurring_discount between 0 and 100)
);
create trigger first_terms_append_only before update or delete on orders.first_terms
  for each row execute function orders.refuse_change_of_terms();
