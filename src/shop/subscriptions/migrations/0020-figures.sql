-- Figures of the last days: who left is found by when.
create index subscription_cancelled on subscriptions.subscription (cancelled_at) where cancelled_at is not null;
