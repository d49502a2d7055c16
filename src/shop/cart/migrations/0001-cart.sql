-- Carts: what somebody means to buy. Prices are never kept here, except the one the customer last saw.

create table cart.cart (
  id          uuid primary key,
  -- null: of a visitor who is not signed in; whoever has the signed cookie with its id
  customer_id uuid constraint cart_of_customer unique,
  created_at  timestamptz not null,
  changed_at  timestamptz not null
);
-- Carts of visitors who have not come back are forgotten.
create index cart_of_visitor on cart.cart (changed_at) where customer_id is null;

create table cart.line (
  id           uuid primary key,
  cart_id      uuid not null references cart.cart (id) on delete cascade,
  item_id      uuid not null,
  -- null: bought once; else delivered and charged again
  period_unit  text check (period_unit in ('days', 'months')),
  period_count integer check (period_count between 1 and 365),
  quantity     integer not null check (quantity between 1 and 99),
  -- won; what one piece cost when the customer last added it or changed the quantity
  seen_price   bigint not null check (seen_price >= 0),
  added_at     timestamptz not null,
  constraint line_period check (num_nonnulls(period_unit, period_count) in (0, 2)),
  constraint line_once unique nulls not distinct (cart_id, item_id, period_unit, period_count)
);

-- What of which line was ordered: once it is paid, so much leaves the line. A line that has gone takes nothing along.
create table cart.ordered_line (
  order_id uuid not null,
  line_id  uuid not null references cart.line (id) on delete cascade,
  quantity integer not null check (quantity between 1 and 99),
  primary key (order_id, line_id)
);
create index ordered_line_of on cart.ordered_line (line_id);
