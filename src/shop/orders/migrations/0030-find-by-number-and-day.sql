-- Lists of merchants: by the beginning of an order's number, whatever the order of letters of the database, and returns
-- of all states by when they were asked for.
create index order_number_begins on orders."order" (order_number text_pattern_ops);
create index return_requested on orders.return_request (requested_at, id);
