-- Who said that a parcel arrived: the merchant, the customer, or nobody, and it counts as arrived because so much time has
-- passed. Null for what arrived before this was kept, and for what a process of an earlier release writes: the merchant.
alter table orders.shipment_line
  add column arrival text,
  add constraint shipment_line_arrival check (
    arrival is null or (arrival in ('merchant', 'customer', 'counted') and delivered_at is not null));

-- What is on its way: what the merchant's list and the counting of arrivals walk.
create index shipment_line_on_the_way on orders.shipment_line (order_id, shipment_id) where delivered_at is null;
