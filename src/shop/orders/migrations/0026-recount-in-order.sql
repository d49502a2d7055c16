-- Orders whose lines one statement writes are counted anew, and so locked, in the order of their ids: two statements
-- that write lines of the same orders do not wait for each other.

create or replace function orders.recount_pieces_to_send() returns trigger language plpgsql as $$
declare
  written uuid;
begin
  for written in select distinct order_id from changed order by order_id loop
    update orders."order" o set pieces_to_send = default
    where o.id = written and (o.state <> 'awaiting_payment' or o.pieces_to_send <> 0)
      and o.pieces_to_send <> orders.count_pieces_to_send(o.id, o.state, o.refund_requested_at);
  end loop;
  return null;
end $$;
