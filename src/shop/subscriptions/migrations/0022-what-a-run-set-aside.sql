-- Asked for when a subscription is forgotten, by the statement that does it and by the check of its key.
create index billing_set_aside_subscription on subscriptions.billing_set_aside (subscription_id);
-- Who worked on a run, also those who have left.
create index billing_worker_of_run on subscriptions.billing_worker (run_id);
