-- How many orders of a customer hold stock without being paid: asked for every new one.
create index order_open on orders."order" (customer_id) where state = 'awaiting_payment';
