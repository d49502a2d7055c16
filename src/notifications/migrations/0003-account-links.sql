-- Letters with a link that does one thing once. The message keeps the link's id only.
alter table notifications.message drop constraint message_kind_check;
alter table notifications.message add constraint message_kind_check check (kind in (
  'payment_done', 'order_expired', 'refunded', 'subscription_started', 'charge_upcoming', 'charged',
  'charge_failed', 'delivery_skipped', 'subscription_cancelled', 'price_change_proposed', 'account_link'));
