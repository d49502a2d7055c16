-- Whether an item is free of VAT (면세), like most unprocessed food. Health functional food is taxed, so everything begins
-- as taxed; what a version of the program writes that does not know of it stays so.
alter table catalog.item add column tax_free boolean not null default false;
