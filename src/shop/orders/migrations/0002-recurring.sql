-- Recurring orders: purchases that begin subscriptions, and the later deliveries (cycles) of these.

alter table orders."order"
  add column kind            text not null default 'purchase' check (kind in ('purchase', 'cycle')),
  -- A cycle: which delivery of which subscription. The purchase itself is delivery 1.
  add column subscription_id uuid,
  add column cycle_no        integer check (cycle_no > 1),
  -- Between two tries to charge a cycle its pieces are free.
  add column stock_held      boolean not null default true,
  -- The agreement to be charged again: which text, and when.
  add column consent_version text,
  add column consented_at    timestamptz,
  alter column expires_at drop not null,
  add constraint order_kind check (
    case kind
      when 'cycle' then num_nulls(subscription_id, cycle_no) = 0 and expires_at is null and consent_version is null
      else num_nonnulls(subscription_id, cycle_no) = 0 and expires_at is not null and stock_held
    end),
  add constraint order_consent check (num_nonnulls(consent_version, consented_at) in (0, 2));

-- One order for one cycle, for ever: together with one success for one order no cycle can be charged twice.
create unique index order_cycle_once on orders."order" (subscription_id, cycle_no) where kind = 'cycle';

alter table orders.order_line
  add column period_unit  text check (period_unit in ('days', 'months')),
  add column period_count integer check (period_count between 1 and 365),
  add constraint order_line_period check (num_nonnulls(period_unit, period_count) in (0, 2));
