-- Messages to customers, one per event and kind, and how far each has come.

create table notifications.message (
  id            uuid primary key,
  event_id      uuid not null,
  kind          text not null check (kind in (
    'payment_done', 'order_expired', 'refunded', 'subscription_started', 'charge_upcoming', 'charged',
    'charge_failed', 'subscription_cancelled', 'price_change_proposed')),
  recipient_id  uuid not null,
  -- what the message tells, as it was when the event happened; no names, addresses or tokens
  data          jsonb not null,
  state         text not null check (state in ('queued', 'sending', 'sent', 'dropped')),
  -- how often sending began; also tells a sender whether the message is still his
  attempts      integer not null default 0 check (attempts >= 0),
  -- a sender that has not finished by then is presumed dead
  claimed_until timestamptz,
  -- both as they were when the message was written out
  language      text check (language in ('ko', 'en')),
  item_name     text,
  last_error    text,
  drop_reason   text check (drop_reason in ('recipient_gone', 'out_of_date', 'address_refused')),
  created_at    timestamptz not null,
  sent_at       timestamptz,
  read_at       timestamptz,
  -- whatever is delivered or handled twice, there is one message
  constraint message_once unique (event_id, kind),
  check ((state = 'sending') = (claimed_until is not null)),
  check ((state = 'sent') = (sent_at is not null)),
  check ((state = 'dropped') = (drop_reason is not null))
);
-- One's own messages, newest first (ids are in order of time).
create index message_own on notifications.message (recipient_id, id desc);
create index message_unread on notifications.message (recipient_id) where read_at is null;
create index message_waiting on notifications.message (created_at) where state in ('queued', 'sending');
create index message_age on notifications.message (created_at);

-- What a customer recognises an order by. Later events about it carry its id only.
create table notifications.known_order (
  order_id    uuid primary key,
  number      text not null,
  item_id     text not null,
  other_items integer not null check (other_items >= 0),
  placed_at   timestamptz not null
);
create index known_order_age on notifications.known_order (placed_at);
