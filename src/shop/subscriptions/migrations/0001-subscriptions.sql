-- Recurring agreements (one customer, one item) and their cycles (one period of one subscription).
-- Locks are always taken in this order: order, subscription, cycle. See store.ts.

create table subscriptions.subscription (
  id                uuid primary key,
  -- the line of the first purchase it began with: one line begins one subscription, however often it is told
  order_id          uuid not null,
  item_id           uuid not null,
  customer_id       uuid not null,
  -- stored payment method; null while there is none
  method_id         uuid,
  state             text not null check (state in ('active', 'paused', 'past_due', 'cancelled')),
  -- number of the latest event about this subscription
  version           integer not null check (version > 0),
  -- day of the first payment in Seoul; all due dates are counted from it
  anchor            date not null,
  schedule          jsonb not null,
  terms             jsonb not null check (jsonb_array_length(terms) > 0),
  pending_price     bigint check (pending_price >= 0),
  pending_price_at  timestamptz,
  -- the latest cycle with a record
  latest_cycle_no   integer not null check (latest_cycle_no > 0),
  latest_cycle_due  date not null,
  latest_cycle_open boolean not null,
  -- business day of the latest attempt to charge
  last_charged_on   date not null,
  -- while past due: {"kind": "retry", "at"} or {"kind": "new_method", "giveUpAt"}
  waiting           jsonb,
  -- day of the next charge after the latest cycle; null when none is ahead
  next_due          date,
  -- when somebody has to look for another reason: a retry, a deadline, the end of a pause
  act_at            timestamptz,
  -- who is working on it, and until when others keep away
  claimed_by        text,
  claimed_until     timestamptz,
  -- number of the latest cycle whose charge was announced beforehand
  announced_cycle_no integer not null,
  consent_version   text not null,
  consented_at      timestamptz not null,
  started_at        timestamptz not null,
  cancelled_at      timestamptz,
  cancel_reason     text,
  cancelled_by      text check (cancelled_by in ('customer', 'merchant', 'system')),
  constraint subscription_once unique (order_id, item_id),
  constraint subscription_pending_price check (num_nonnulls(pending_price, pending_price_at) in (0, 2)),
  constraint subscription_waiting check ((state = 'past_due') = (waiting is not null)),
  constraint subscription_past_due check (state <> 'past_due' or latest_cycle_open),
  constraint subscription_claim check (num_nonnulls(claimed_by, claimed_until) in (0, 2)),
  constraint subscription_cancelled check (
    case state
      when 'cancelled' then num_nulls(cancelled_at, cancel_reason, cancelled_by) = 0 and next_due is null
      else num_nonnulls(cancelled_at, cancel_reason, cancelled_by) = 0
    end)
);
-- What is due. Neither cancelled nor endlessly paused ones are in it, nor those whose cycle is still being settled.
create index subscription_due on subscriptions.subscription (next_due, id)
  where next_due is not null and not latest_cycle_open;
create index subscription_act on subscriptions.subscription (act_at, id) where act_at is not null;
-- A customer's own, newest first; and the operator's lists.
create index subscription_customer on subscriptions.subscription (customer_id, started_at desc, id desc);
create index subscription_newest on subscriptions.subscription (started_at desc, id desc);
create index subscription_state on subscriptions.subscription (state, started_at desc, id desc);
-- Whether a payment method is still needed.
create index subscription_method on subscriptions.subscription (method_id) where state <> 'cancelled';

create table subscriptions.cycle (
  subscription_id uuid not null references subscriptions.subscription (id),
  cycle_no        integer not null check (cycle_no > 0),
  due             date not null,
  state           text not null check (state in (
                    'due', 'ordering', 'charging', 'paid', 'declined', 'frozen', 'skipped', 'failed')),
  order_id        uuid,
  -- the present or latest attempt; while ordering, the one that took no money and may be sent again
  attempt_id      uuid,
  -- the method that attempt charges
  method_id       uuid,
  -- ordering: not before; declined: until
  wait_until      timestamptz,
  wait_for        text check (wait_for in ('retry', 'new_method')),
  -- why skipped, failed or frozen
  reason          text,
  frozen_at       timestamptz,
  paid_at         timestamptz,
  -- refusals by the bank, and attempts in a row that did not reach the provider
  declines        integer not null default 0 check (declines >= 0),
  unreached       integer not null default 0 check (unreached >= 0),
  run_id          uuid,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  primary key (subscription_id, cycle_no),
  constraint cycle_order check ((order_id is null) = (state in ('due', 'skipped'))),
  constraint cycle_attempt check (
    case when state in ('charging', 'paid', 'frozen') then attempt_id is not null
         when state in ('due', 'skipped') then attempt_id is null
         else true end),
  constraint cycle_waiting check (
    case state
      when 'declined' then num_nulls(wait_until, wait_for) = 0
      when 'ordering' then wait_for is null and (wait_until is null) = (attempt_id is null)
      else num_nonnulls(wait_until, wait_for) = 0
    end),
  constraint cycle_reason check ((reason is not null) = (state in ('skipped', 'failed', 'frozen'))),
  constraint cycle_frozen check ((frozen_at is not null) = (state = 'frozen')),
  constraint cycle_paid check ((paid_at is not null) = (state = 'paid'))
);
-- One order pays one cycle; only the first purchase may begin several subscriptions.
create unique index cycle_order_once on subscriptions.cycle (order_id) where cycle_no > 1;
-- At most one cycle of a subscription is being settled.
create unique index cycle_open_once on subscriptions.cycle (subscription_id)
  where state in ('due', 'ordering', 'charging', 'declined', 'frozen');
-- Whether a charge by this method may still be under way.
create index cycle_method on subscriptions.cycle (method_id) where state in ('ordering', 'charging', 'frozen');
-- For operators: what is waiting for a person or for a look-up.
create index cycle_frozen on subscriptions.cycle (frozen_at) where state = 'frozen';

-- Customers who have left: what their payments still begin ends at once.
create table subscriptions.withdrawn_customer (
  customer_id  uuid primary key,
  withdrawn_at timestamptz not null
);
