-- Who had left before anybody listened here, where their events had moved into the log before 0004 looked for them.
insert into orders.withdrawn_customer (customer_id, withdrawn_at)
select subject::uuid, min(occurred_at) from platform.event_log
where type = 'identity.account.withdrawn'
group by subject
on conflict (customer_id) do nothing;
