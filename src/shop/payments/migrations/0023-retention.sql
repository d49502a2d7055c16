-- Since when nothing is known any more of whose a payment was: its term is over, and only its amounts are kept.
alter table payments.attempt add column forgotten_at timestamptz;
-- The nightly look for such as are old enough; small, and of no weight while people pay.
create index attempt_age on payments.attempt using brin (created_at);
