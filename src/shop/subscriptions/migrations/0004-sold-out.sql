-- How often a try after a refusal found nothing to send: the wait for the shelf has an end.
alter table subscriptions.cycle add column sold_out integer not null default 0 check (sold_out >= 0);
