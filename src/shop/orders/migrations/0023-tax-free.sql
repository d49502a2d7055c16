-- Whether a line was free of VAT (면세) when it was ordered: a snapshot, like its price. Its share of the delivery fee is as
-- free as it is. Orders from before, and from a version of the program that does not know of it, are taxed.
alter table orders.order_line add column tax_free boolean not null default false;
