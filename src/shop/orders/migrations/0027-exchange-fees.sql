-- How the parcels of an exchange that are at the customer's cost were settled, before the other piece is sent: by bank
-- transfer, enclosed in the parcel that came back, or waived. Null until it is said, where nothing is owed, and for
-- exchanges that a process of an earlier release sends, which asks for none of it; so the tables do not refuse those.
alter table orders.return_request
  add column fee_settlement text check (fee_settlement in ('transfer', 'enclosed', 'waived')),
  -- why nothing is asked for after all
  add column fee_waived_for text check (char_length(fee_waived_for) between 1 and 300),
  add column fee_settled_at timestamptz,
  add column fee_settled_by text,
  add constraint return_fee_settled check (
    num_nonnulls(fee_settlement, fee_settled_at, fee_settled_by) in (0, 3)
    and (fee_settlement is not distinct from 'waived') = (fee_waived_for is not null)
    and (fee_settlement is null or (paid_by = 'customer' and decided_at is not null)));

-- What was once said of money stays so, whoever writes.
create function orders.keep_fee_settlement() returns trigger language plpgsql as $$
begin
  raise exception 'the fee of return % was settled before', new.id
    using errcode = 'check_violation', constraint = 'return_fee_settled_once';
end $$;
create trigger return_fee_settled_once before update on orders.return_request
  for each row
  when (old.fee_settlement is not null
    and (new.fee_settlement, new.fee_waived_for, new.fee_settled_at, new.fee_settled_by)
      is distinct from (old.fee_settlement, old.fee_waived_for, old.fee_settled_at, old.fee_settled_by))
  execute function orders.keep_fee_settlement();
