-- How often in a row a deed was refused for now, so that it is not tried for ever. Older processes leave it alone.
alter table payments.cash_receipt add column refusals integer not null default 0 check (refusals >= 0);
