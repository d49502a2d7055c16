-- What sending an order costs the customer: a part of its total. Deliveries of subscriptions are free.

alter table orders."order"
  add column delivery_fee bigint not null default 0 check (delivery_fee >= 0),
  drop constraint order_amounts,
  add constraint order_amounts check (origin_total - discount_total + delivery_fee = total),
  add constraint order_delivery_fee check (kind = 'purchase' or delivery_fee = 0);
