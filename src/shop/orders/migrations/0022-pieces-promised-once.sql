-- A piece is paid back or in a request that waits, never both: an exchange of a piece that was paid back would send
-- goods for nothing. Orders from before may be so already; they may still get better, and never worse, so that what is
-- under way with them can end.

create function orders.refuse_twice_promised() returns trigger language plpgsql as $$
begin
  raise exception 'line % of order %: pieces that were paid back are in a request', new.line_no, new.order_id
    using errcode = 'check_violation', constraint = 'order_line_promised_once';
end $$;
create trigger order_line_promised_once after update of refund_pieces, claimed on orders.order_line
  for each row
  when (new.refund_pieces + new.claimed > new.quantity
    and new.refund_pieces + new.claimed > old.refund_pieces + old.claimed)
  execute function orders.refuse_twice_promised();
