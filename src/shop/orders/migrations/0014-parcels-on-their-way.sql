-- Parcels that were on their way when they became rows of their own were given an arrival: greatest() passes over nulls.
-- Their lines count no arrived piece, which is right.
update orders.shipment_line s set delivered_at = null
from orders.order_line l
where l.order_id = s.order_id and l.line_no = s.line_no and l.arrived = 0 and s.delivered_at is not null;
