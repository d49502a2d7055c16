-- What a coupon takes off an order, and of each line its part: what is paid for a line is its price less that part.
alter table orders."order"
  add column coupon_id       uuid,
  -- part of discount_total
  add column coupon_discount bigint not null default 0,
  add constraint order_coupon check (
    case when coupon_id is null then coupon_discount = 0 else coupon_discount between 1 and discount_total end);
alter table orders.order_line
  add column coupon_discount bigint not null default 0 check (coupon_discount >= 0),
  drop constraint order_line_total,
  add constraint order_line_total check (unit_price * quantity - coupon_discount = line_total);

-- The parts of the lines are what was taken off the order.
create function orders.check_coupon() returns trigger language plpgsql as $$
begin
  if new.coupon_discount <> (select coalesce(sum(coupon_discount), 0) from orders.order_line where order_id = new.id) then
    raise exception 'the lines of order % share another discount than its coupon gave', new.id;
  end if;
  return null;
end $$;
create constraint trigger order_coupon_shared after insert on orders."order"
  deferrable initially deferred for each row when (new.coupon_id is not null) execute function orders.check_coupon();
