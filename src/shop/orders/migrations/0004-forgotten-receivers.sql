-- The receivers of customers who have left are forgotten once their parcels are delivered or will never be sent.

alter table orders."order"
  -- since when the receiver is empty; amounts, lines and dates stay for the books
  add column receiver_forgotten_at timestamptz,
  drop constraint order_receiver_phone_check,
  drop constraint order_postal_code_check,
  add constraint order_receiver check (
    case when receiver_forgotten_at is null
      then receiver_phone ~ '^01[016789][0-9]{7,8}$' and postal_code ~ '^[0-9]{5}$'
      else receiver_name || receiver_phone || city || address_detail || postal_code = '' and delivery_note is null
    end);

create table orders.withdrawn_customer (
  customer_id  uuid primary key,
  withdrawn_at timestamptz not null,
  -- since when none of their orders has a receiver any more
  forgotten_at timestamptz
);
create index withdrawn_customer_left on orders.withdrawn_customer (customer_id) where forgotten_at is null;

-- Who had left before anybody listened here.
insert into orders.withdrawn_customer (customer_id, withdrawn_at)
select subject::uuid, min(occurred_at) from platform.outbox
where type = 'identity.account.withdrawn'
group by subject;
