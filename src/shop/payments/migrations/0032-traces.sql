-- What is done later for an attempt (the browser comes back, an outcome is looked up) goes on with the trace in which it
-- was made. Nothing of the payment depends on it, and old code leaves it empty.
alter table payments.attempt add column traceparent text;
