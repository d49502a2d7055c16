-- One more kind of message: a login provider is no way into the account any more, because it was cut off there.
alter table notifications.message drop constraint message_kind_check;
alter table notifications.message add constraint message_kind_check check (kind in (
  'payment_done', 'order_expired', 'order_shipped', 'order_delivered', 'refunded', 'subscription_started',
  'charge_upcoming', 'charged', 'charge_failed', 'delivery_skipped', 'subscription_cancelled', 'price_change_proposed',
  'account_link',
  'subscription_updated', 'hold_ready', 'hold_expired', 'loan_overdue', 'loan_returned', 'loan_cancelled',
  'method_added', 'return_news', 'loan_due_soon', 'delivery_in_doubt', 'question_answered', 'hold_requeued',
  'login_unlinked'));
