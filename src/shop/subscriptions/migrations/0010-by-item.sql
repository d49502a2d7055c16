-- Who subscribes to an item: merchants ask before they change its price.
create index subscription_item on subscriptions.subscription (item_id, started_at desc, id desc);
