-- Mails go to proved addresses alone; the message stays in the list of its recipient.
alter table notifications.message drop constraint message_drop_reason_check;
alter table notifications.message add constraint message_drop_reason_check
  check (drop_reason in ('recipient_gone', 'out_of_date', 'address_refused', 'address_unverified'));
