-- What an order still has to send follows from its state and its lines, whoever writes them: a process of a release
-- before 0012 does not know the column, and what it was paid for would never come to the work list.
--
-- What 0012 took away cannot be brought back here: processes from before it read columns of lines that it dropped, and
-- fail at every order. They have to be stopped before an update over 0012; see the README.

create function orders.count_pieces_to_send(of_order uuid, in_state text, asked_back timestamptz) returns integer
language sql as $$
  select case
    when asked_back is null and in_state in ('paid', 'preparing', 'shipped', 'delivered', 'partially_refunded')
      then (select coalesce(sum(l.quantity - l.cancelled - l.sent), 0)::integer
        from orders.order_line l where l.order_id = of_order)
    else 0
  end
$$;

create function orders.set_pieces_to_send() returns trigger language plpgsql as $$
begin
  new.pieces_to_send := orders.count_pieces_to_send(new.id, new.state, new.refund_requested_at);
  return new;
end $$;
create trigger order_to_send before insert or update of state, refund_requested_at, pieces_to_send on orders."order"
  for each row execute function orders.set_pieces_to_send();

-- Lines are written after their order. Orders that count right are not written again.
create function orders.recount_pieces_to_send() returns trigger language plpgsql as $$
begin
  update orders."order" o set pieces_to_send = default
  where o.id in (select order_id from changed)
    and o.pieces_to_send <> orders.count_pieces_to_send(o.id, o.state, o.refund_requested_at);
  return null;
end $$;
create trigger order_line_added_to_send after insert on orders.order_line
  referencing new table as changed for each statement execute function orders.recount_pieces_to_send();
create trigger order_line_to_send after update on orders.order_line
  referencing new table as changed for each statement execute function orders.recount_pieces_to_send();

-- What was paid in between.
update orders."order" o set pieces_to_send = default
where o.pieces_to_send <> orders.count_pieces_to_send(o.id, o.state, o.refund_requested_at);
