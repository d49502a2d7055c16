-- What the merchant offers off an order, and who used it for which. The row of a coupon counts its uses, so that a budget
-- is never exceeded; a customer's use is a row that is unique while it stands.

create table coupons.coupon (
  id          uuid primary key,
  name        text not null check (char_length(name) between 1 and 60),
  kind        text not null check (kind in ('amount', 'percent')),
  -- won, or whole percent
  off         bigint not null check (off > 0),
  -- a percentage takes off no more than this, in won
  most        bigint check (most > 0),
  -- what the goods it is for cost at least, in won
  minimum     bigint not null check (minimum >= 0),
  starts_at   timestamptz not null,
  ends_at     timestamptz not null check (ends_at > starts_at),
  -- how often it may be used altogether; null: as often as there are customers
  budget      integer check (budget > 0),
  uses        integer not null default 0,
  first_order boolean not null,
  created_by  text not null,
  created_at  timestamptz not null,
  -- when the merchant took it back before its time
  ended_at    timestamptz,
  constraint coupon_budget check (uses >= 0 and (budget is null or uses <= budget)),
  -- Something is always left to be paid.
  constraint coupon_off check (
    case kind when 'percent' then off <= 90 else most is null and minimum >= off + 100 end)
);
create index coupon_created on coupons.coupon (created_at desc, id);
create index coupon_running on coupons.coupon (ends_at) where ended_at is null;

create table coupons.use (
  -- an order uses one coupon
  order_id    uuid primary key,
  coupon_id   uuid not null references coupons.coupon,
  customer_id uuid not null,
  first_order boolean not null,
  -- in won
  discount    bigint not null check (discount > 0),
  used_at     timestamptz not null,
  -- its order came to nothing: the customer has it back
  returned_at timestamptz
);
-- One use per customer, and one first order.
create unique index use_once on coupons.use (coupon_id, customer_id) where returned_at is null;
create unique index use_first_order on coupons.use (customer_id) where first_order and returned_at is null;
create index use_customer on coupons.use (customer_id, used_at desc);
