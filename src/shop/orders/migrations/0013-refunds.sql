-- What a partial refund was for: which pieces, and how much of each line's price and of its share of the delivery fee.
-- Payments know of the money only. A refund of all that is left has no row here.

create table orders.refund (
  -- the refund's id in payments
  id           uuid primary key,
  order_id     uuid not null references orders."order" (id),
  amount       bigint not null check (amount > 0),
  cause        text not null check (cause in ('cancelled', 'returned', 'merchant')),
  reason       text not null check (reason <> ''),
  requested_by text not null,
  -- whether its pieces go back to stock with the money
  restock      boolean not null,
  state        text not null default 'requested' check (state in ('requested', 'given', 'declined')),
  requested_at timestamptz not null,
  ended_at     timestamptz,
  constraint refund_ended check ((state = 'requested') = (ended_at is null)),
  constraint refund_of_order unique (id, order_id)
);
-- One at a time, as in payments.
create unique index refund_one_open on orders.refund (order_id) where state = 'requested';
create index refund_order on orders.refund (order_id, requested_at);

create table orders.refund_line (
  refund_id uuid not null,
  order_id  uuid not null,
  line_no   integer not null,
  pieces    integer not null check (pieces >= 0),
  -- of these, such as are not to be sent any more
  cancelled integer not null check (cancelled between 0 and pieces),
  goods     bigint not null check (goods >= 0),
  fee       bigint not null check (fee >= 0),
  primary key (refund_id, line_no),
  foreign key (refund_id, order_id) references orders.refund (id, order_id),
  foreign key (order_id, line_no) references orders.order_line (order_id, line_no)
);
create index refund_line_order on orders.refund_line (order_id, line_no);

alter table orders.order_line
  add column refund_pieces integer not null default 0,
  add column refund_goods  bigint not null default 0,
  add column refund_fee    bigint not null default 0 check (refund_fee >= 0),
  -- Never more goes back of a line than was paid for it, and no piece is paid back twice.
  add constraint order_line_refund check (
    refund_pieces between 0 and quantity and refund_goods between 0 and line_total);

-- The sums of a line are those of its refunds that were not declined, and no order's shares of the fee exceed it.
create function orders.check_refunds() returns trigger language plpgsql as $$
declare
  counted record;
  given record;
begin
  select refund_pieces, refund_goods, refund_fee into counted from orders.order_line
  where order_id = new.order_id and line_no = new.line_no;
  select coalesce(sum(l.pieces), 0) as pieces, coalesce(sum(l.goods), 0) as goods, coalesce(sum(l.fee), 0) as fee
  into given from orders.refund_line l join orders.refund r on r.id = l.refund_id
  where l.order_id = new.order_id and l.line_no = new.line_no and r.state <> 'declined';
  if (counted.refund_pieces, counted.refund_goods, counted.refund_fee) <> (given.pieces, given.goods, given.fee) then
    raise exception 'line % of order % counts other refunds than it has', new.line_no, new.order_id;
  end if;
  if (select sum(refund_fee) from orders.order_line where order_id = new.order_id)
      > (select delivery_fee from orders."order" where id = new.order_id) then
    raise exception 'more of the delivery fee of order % went back than was paid', new.order_id;
  end if;
  return null;
end $$;
create constraint trigger refund_line_counted after insert on orders.refund_line
  deferrable initially deferred for each row execute function orders.check_refunds();
create constraint trigger order_line_refunded after update of refund_pieces, refund_goods, refund_fee on orders.order_line
  deferrable initially deferred for each row
  when (new.refund_pieces <> old.refund_pieces or new.refund_goods <> old.refund_goods or new.refund_fee <> old.refund_fee)
  execute function orders.check_refunds();
