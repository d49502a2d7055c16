-- The provider of the method that is charged, as payments know it; '' for none, or not known yet. A copy, so that a run
-- can leave one provider's subscriptions alone while another's are charged.
alter table subscriptions.subscription add column provider text not null default '';
create index subscription_due_at_provider on subscriptions.subscription (provider, next_due, id)
  where next_due is not null and not latest_cycle_open;
create index subscription_act_at_provider on subscriptions.subscription (provider, act_at, id)
  where act_at is not null;
