-- What customers send back after it arrived: for their money, or for another piece of the same. How many pieces of a
-- line are in requests that wait is counted in the line, where checks hold it: no piece is in two of them, and none that
-- has not arrived or came back before.

create table orders.return_request (
  id             uuid primary key,
  order_id       uuid not null references orders."order" (id),
  -- number of the latest event about this request
  version        integer not null check (version > 0),
  kind           text not null check (kind in ('return', 'exchange')),
  reason         text not null check (reason in ('changed_mind', 'defective', 'damaged', 'wrong_item', 'not_as_described')),
  -- in the customer's words; null when nothing was said, or once the customer has left and it was forgotten
  note           text check (char_length(note) between 1 and 500),
  -- who pays for sending it back (and the other piece), as the policy said when it was asked for
  paid_by        text not null check (paid_by in ('customer', 'merchant')),
  -- what is kept of the refund for it, in won
  parcel_fee     bigint not null check (parcel_fee >= 0),
  state          text not null check (state in (
                   'requested', 'approved', 'refused', 'cancelled', 'received', 'refunding', 'refunded', 'exchanged')),
  requested_at   timestamptz not null,
  decided_at     timestamptz,
  decided_by     text,
  -- why it was refused
  decision       text check (char_length(decision) between 1 and 300),
  received_at    timestamptz,
  -- whether its pieces can be sold again
  restock        boolean,
  -- the latest refund for it: its id in payments
  refund_id      uuid,
  carrier        text,
  tracking_number text check (tracking_number ~ '^[0-9A-Za-z-]{6,30}$'),
  ended_at       timestamptz,
  constraint return_of_order unique (id, order_id),
  constraint return_fee check (paid_by = 'customer' or parcel_fee = 0),
  constraint return_states check (
    case kind when 'return' then state <> 'exchanged' else state not in ('refunding', 'refunded') end),
  constraint return_decided check (
    case when state in ('requested', 'cancelled') then true else num_nulls(decided_at, decided_by) = 0 end
    and (state <> 'requested' or num_nonnulls(decided_at, decided_by, decision) = 0)
    and (state <> 'refused' or decision is not null)),
  constraint return_received check (
    (state in ('received', 'refunding', 'refunded', 'exchanged')) = (num_nulls(received_at, restock) = 0)
    and num_nonnulls(received_at, restock) in (0, 2)),
  constraint return_refund check (state not in ('refunding', 'refunded') or refund_id is not null),
  constraint return_parcel check (
    num_nonnulls(carrier, tracking_number) = case when state = 'exchanged' then 2 else 0 end),
  constraint return_ended check (
    (state in ('refused', 'cancelled', 'refunded', 'exchanged')) = (ended_at is not null))
);
create index return_order on orders.return_request (order_id, requested_at desc);
-- The merchant's work list.
create index return_state on orders.return_request (state, requested_at, id);
-- A refund is for one request.
create unique index return_refund_once on orders.return_request (refund_id) where refund_id is not null;

create table orders.return_line (
  return_id uuid not null,
  order_id  uuid not null,
  line_no   integer not null,
  quantity  integer not null check (quantity > 0),
  primary key (return_id, line_no),
  foreign key (return_id, order_id) references orders.return_request (id, order_id),
  foreign key (order_id, line_no) references orders.order_line (order_id, line_no)
);
create index return_line_order on orders.return_line (order_id, line_no);

alter table orders.order_line
  add column claimed integer not null default 0 check (claimed >= 0),
  add constraint order_line_claims check (returned + claimed <= arrived);

-- The count of a line is the sum of the requests that hold its pieces, whoever wrote them: a return until it has been
-- received, an exchange until the other piece has left.
create function orders.check_claims(of_order uuid, of_line integer) returns void language plpgsql as $$
declare
  counted integer;
  held integer;
begin
  select claimed into counted from orders.order_line where order_id = of_order and line_no = of_line;
  select coalesce(sum(l.quantity), 0) into held
  from orders.return_line l join orders.return_request r on r.id = l.return_id
  where l.order_id = of_order and l.line_no = of_line
    and (r.state in ('requested', 'approved') or (r.kind = 'exchange' and r.state = 'received'));
  if counted <> held then
    raise exception 'line % of order % counts other pieces than its requests hold', of_line, of_order;
  end if;
end $$;
create function orders.check_line_claims() returns trigger language plpgsql as $$
begin
  perform orders.check_claims(new.order_id, new.line_no);
  return null;
end $$;
create function orders.check_return_claims() returns trigger language plpgsql as $$
begin
  perform orders.check_claims(order_id, line_no) from orders.return_line where return_id = new.id;
  return null;
end $$;
create constraint trigger return_line_counted after insert on orders.return_line
  deferrable initially deferred for each row execute function orders.check_line_claims();
create constraint trigger order_line_claimed after update of claimed on orders.order_line
  deferrable initially deferred for each row when (new.claimed <> old.claimed) execute function orders.check_line_claims();
create constraint trigger return_counted after update of state on orders.return_request
  deferrable initially deferred for each row when (new.state <> old.state) execute function orders.check_return_claims();
