-- Conditions of coupons: for goods of some categories only, for who knows a code, for customers who have bought before.
alter table coupons.coupon
  -- codes of the catalogue; null: all goods
  add column categories text[] check (cardinality(categories) between 1 and 20),
  -- typed by customers; those without one are shown to everybody
  add column code text constraint coupon_code check (code ~ '^[0-9A-Z]{6,20}$'),
  -- only for customers who have paid for an order before
  add column bought_before boolean not null default false,
  add constraint coupon_customers check (not (first_order and bought_before));
create unique index coupon_code_once on coupons.coupon (code) where code is not null;

-- Who has typed the code of a coupon.
create table coupons.claim (
  coupon_id   uuid not null references coupons.coupon on delete cascade,
  customer_id uuid not null,
  claimed_at  timestamptz not null,
  primary key (coupon_id, customer_id)
);
