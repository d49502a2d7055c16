-- What is still to be sent was counted anew for every order whose lines were written, by a plan that on a small table
-- reads all orders. Almost all lines are written with an order that waits for its payment, and has nothing to send.

create or replace function orders.set_pieces_to_send() returns trigger language plpgsql as $$
begin
  if new.state = 'awaiting_payment' then
    new.pieces_to_send := 0;
  else
    new.pieces_to_send := orders.count_pieces_to_send(new.id, new.state, new.refund_requested_at);
  end if;
  return new;
end $$;

create or replace function orders.recount_pieces_to_send() returns trigger language plpgsql as $$
declare
  written uuid;
begin
  for written in select distinct order_id from changed loop
    update orders."order" o set pieces_to_send = default
    where o.id = written and (o.state <> 'awaiting_payment' or o.pieces_to_send <> 0)
      and o.pieces_to_send <> orders.count_pieces_to_send(o.id, o.state, o.refund_requested_at);
  end loop;
  return null;
end $$;
