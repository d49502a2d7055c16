-- A driver can call any number in Korea: area codes, internet and safe numbers besides mobile ones.
alter table orders."order"
  drop constraint order_receiver,
  add constraint order_receiver check (
    case when receiver_forgotten_at is null
      then receiver_phone ~ '^0[0-9]{8,11}$' and postal_code ~ '^[0-9]{5}$'
      else receiver_name || receiver_phone || city || address_detail || postal_code = '' and delivery_note is null
    end);
