-- Those who work here are few among many customers.
create index account_staff on identity.account (display_name) where roles <> '{customer}' and status = 'active';
