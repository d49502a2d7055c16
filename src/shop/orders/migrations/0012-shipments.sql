-- An order leaves in parcels, and a line may be divided over several: each parcel is a row, each line's share of it
-- another. How much of a line has left, arrived, was cancelled or came back is counted in the line, where checks hold
-- it; how far the line is follows from these counts.

create table orders.shipment (
  id              uuid primary key,
  order_id        uuid not null references orders."order" (id),
  -- both null for what was sent before carriers were recorded
  carrier         text,
  tracking_number text check (tracking_number ~ '^[0-9A-Za-z-]{6,30}$'),
  shipped_at      timestamptz not null,
  constraint shipment_parcel check (num_nonnulls(carrier, tracking_number) in (0, 2)),
  constraint shipment_of_order unique (id, order_id)
);
create unique index shipment_parcel_once on orders.shipment (order_id, carrier, tracking_number);

create table orders.shipment_line (
  shipment_id  uuid not null,
  order_id     uuid not null,
  line_no      integer not null,
  quantity     integer not null check (quantity > 0),
  delivered_at timestamptz,
  primary key (shipment_id, line_no),
  foreign key (shipment_id, order_id) references orders.shipment (id, order_id),
  foreign key (order_id, line_no) references orders.order_line (order_id, line_no)
);
create index shipment_line_order on orders.shipment_line (order_id, line_no);

insert into orders.shipment (id, order_id, carrier, tracking_number, shipped_at)
select gen_random_uuid(), order_id, carrier, tracking_number, min(shipped_at)
from orders.order_line where shipped_at is not null
group by order_id, carrier, tracking_number;

insert into orders.shipment_line (shipment_id, order_id, line_no, quantity, delivered_at)
select s.id, l.order_id, l.line_no, l.quantity, greatest(l.delivered_at, s.shipped_at)
from orders.order_line l
join orders.shipment s on s.order_id = l.order_id and s.carrier is not distinct from l.carrier
  and s.tracking_number is not distinct from l.tracking_number
where l.shipped_at is not null;

alter table orders.order_line
  add column packing   boolean not null default false,
  add column cancelled integer not null default 0,
  add column sent      integer not null default 0,
  add column arrived   integer not null default 0,
  add column returned  integer not null default 0;

update orders.order_line set
  packing = delivery = 'preparing',
  sent = case when shipped_at is null then 0 else quantity end,
  arrived = case when delivered_at is null then 0 else quantity end
where delivery <> 'none';

alter table orders.order_line
  drop constraint order_line_parcel,
  drop constraint order_line_delivery,
  drop column carrier,
  drop column tracking_number,
  drop column shipped_at,
  drop column delivered_at,
  drop column delivery;
alter table orders.order_line
  -- Never more leaves than was bought and not cancelled, and no more comes back than arrived.
  add constraint order_line_pieces check (
    least(cancelled, sent, arrived, returned) >= 0
    and sent + cancelled <= quantity and arrived <= sent and returned <= arrived),
  add column delivery text not null generated always as (
    case
      when cancelled < quantity and returned = quantity - cancelled then 'returned'
      when cancelled < quantity and arrived = quantity - cancelled then 'delivered'
      when sent > 0 then 'shipped'
      when packing then 'preparing'
      else 'none'
    end) stored;

-- The counts of a line are the sums of its parcels, whoever wrote them.
create function orders.check_parcels() returns trigger language plpgsql as $$
declare
  counted record;
  shipped record;
begin
  select sent, arrived into counted from orders.order_line
  where order_id = new.order_id and line_no = new.line_no;
  select coalesce(sum(quantity), 0) as sent, coalesce(sum(quantity) filter (where delivered_at is not null), 0) as arrived
  into shipped from orders.shipment_line where order_id = new.order_id and line_no = new.line_no;
  if counted.sent <> shipped.sent or counted.arrived <> shipped.arrived then
    raise exception 'line % of order % counts other pieces than its parcels hold', new.line_no, new.order_id;
  end if;
  return null;
end $$;
create constraint trigger shipment_line_counted after insert or update on orders.shipment_line
  deferrable initially deferred for each row execute function orders.check_parcels();
create constraint trigger order_line_counted after update of sent, arrived on orders.order_line
  deferrable initially deferred for each row
  when (new.sent <> old.sent or new.arrived <> old.arrived) execute function orders.check_parcels();
create constraint trigger order_line_placed after insert on orders.order_line
  deferrable initially deferred for each row when (new.sent > 0) execute function orders.check_parcels();

-- Pieces that are paid and still to be sent: what the merchant's work list walks, oldest payment first.
alter table orders."order" add column pieces_to_send integer not null default 0 check (pieces_to_send >= 0);
update orders."order" o set pieces_to_send = l.pieces
from (select order_id, sum(quantity - cancelled - sent) as pieces from orders.order_line group by order_id) l
where l.order_id = o.id and o.refund_requested_at is null and l.pieces > 0
  and o.state in ('paid', 'preparing', 'shipped', 'delivered', 'partially_refunded');
create index order_to_send on orders."order" (paid_at, id) where pieces_to_send > 0;

-- What merchants look for.
create index order_placed on orders."order" (placed_at desc, id desc);
create index order_receiver_name on orders."order" (receiver_name text_pattern_ops);
create index order_receiver_phone on orders."order" (right(receiver_phone, 4));
create index order_line_item on orders.order_line (item_id);
