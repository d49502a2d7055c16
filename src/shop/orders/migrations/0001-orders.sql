-- One-time orders. Prices, names and the receiver are copies: what the customer saw and agreed to.

create table orders."order" (
  id              uuid primary key,
  -- For people, e.g. 20261121-7K3QX9: day of the order in Seoul and six random characters.
  order_number    text not null constraint order_number_unique unique
                  check (order_number ~ '^[0-9]{8}-[0-9A-HJKMNP-TV-Z]{6}$'),
  customer_id     uuid not null,
  state           text not null check (state in (
                    'awaiting_payment', 'paid', 'preparing', 'shipped', 'delivered',
                    'cancelled', 'expired', 'partially_refunded', 'refunded')),
  -- number of the latest event about this order
  version         integer not null check (version > 0),
  origin_total    bigint not null check (origin_total >= 0),
  discount_total  bigint not null check (discount_total >= 0),
  total           bigint not null check (total >= 0),
  item_count      integer not null check (item_count > 0),
  receiver_name   text not null,
  -- digits only
  receiver_phone  text not null check (receiver_phone ~ '^01[016789][0-9]{7,8}$'),
  city            text not null,
  address_detail  text not null,
  postal_code     text not null check (postal_code ~ '^[0-9]{5}$'),
  delivery_note   text check (char_length(delivery_note) between 1 and 200),
  placed_at       timestamptz not null,
  -- until when it waits for the payment, and its stock is held
  expires_at      timestamptz not null,
  paid_at         timestamptz,
  paid_attempt_id uuid,
  paid_provider   text,
  shipped_at      timestamptz,
  -- The customer cancelled after paying; the money is on its way back.
  refund_requested_at timestamptz,
  refunded_total  bigint not null default 0,
  closed_at       timestamptz,
  close_reason    text,
  constraint order_amounts check (origin_total - discount_total = total),
  constraint order_refunded check (
    case state
      when 'refunded' then refunded_total = total
      when 'partially_refunded' then refunded_total > 0 and refunded_total < total
      else refunded_total = 0
    end),
  constraint order_payment check (
    case when state in ('awaiting_payment', 'cancelled', 'expired')
      then num_nonnulls(paid_at, paid_attempt_id, paid_provider, shipped_at, refund_requested_at) = 0
      else num_nulls(paid_at, paid_attempt_id, paid_provider) = 0
    end),
  constraint order_shipping check (
    case
      when state in ('shipped', 'delivered') then shipped_at is not null
      when state in ('paid', 'preparing') then shipped_at is null
      else true
    end),
  constraint order_closing check (
    case when state in ('cancelled', 'expired', 'refunded')
      then num_nulls(closed_at, close_reason) = 0
      else num_nonnulls(closed_at, close_reason) = 0
    end)
);
-- A customer's own orders, newest first.
create index order_customer on orders."order" (customer_id, placed_at desc, id desc);
-- What the expiry sweep looks through: only orders that still wait.
create index order_due on orders."order" (expires_at, id) where state = 'awaiting_payment';

create table orders.order_line (
  order_id            uuid not null references orders."order" (id),
  line_no             integer not null check (line_no between 1 and 50),
  item_id             uuid not null,
  name                text not null,
  enterprise          text not null,
  thumbnail           text,
  quantity            integer not null check (quantity between 1 and 99),
  origin_unit_price   bigint not null check (origin_unit_price >= 0),
  discount_unit_price bigint not null check (discount_unit_price >= 0),
  unit_price          bigint not null check (unit_price >= 0),
  line_total          bigint not null,
  primary key (order_id, line_no),
  constraint order_line_item_once unique (order_id, item_id),
  constraint order_line_price check (origin_unit_price - discount_unit_price = unit_price),
  constraint order_line_total check (unit_price * quantity = line_total)
);
