-- What becomes of each line on its way: an order may leave in several parcels, and one of which a part was given back
-- may still be sent. The state of an order that is paid follows from its lines.
alter table orders.order_line
  add column delivery        text not null default 'none' check (delivery in ('none', 'preparing', 'shipped', 'delivered')),
  add column carrier         text,
  add column tracking_number text check (tracking_number ~ '^[0-9A-Za-z-]{6,30}$'),
  add column shipped_at      timestamptz,
  add column delivered_at    timestamptz;

-- What was sent before carriers were recorded has none; when it arrived is not known better than when it left.
update orders.order_line l set
  delivery = case
    when o.state = 'delivered' then 'delivered'
    when o.shipped_at is not null then 'shipped'
    else 'preparing' end,
  shipped_at = o.shipped_at,
  delivered_at = case when o.state = 'delivered' then o.shipped_at end
from orders."order" o
where o.id = l.order_id and (o.shipped_at is not null or o.state = 'preparing');

alter table orders.order_line
  add constraint order_line_parcel check (num_nonnulls(carrier, tracking_number) in (0, 2)),
  add constraint order_line_delivery check (
    case delivery
      when 'shipped' then shipped_at is not null and delivered_at is null
      when 'delivered' then num_nulls(shipped_at, delivered_at) = 0 and delivered_at >= shipped_at
      else num_nonnulls(carrier, tracking_number, shipped_at, delivered_at) = 0
    end);
