-- The sum of late fees looks at the loans that cost something, and not at all there ever were.
create index loan_charged on dashboard.loan (patron_id) include (late_fees) where late_fees > 0;
create index loan_b_charged on dashboard.loan_b (patron_id) include (late_fees) where late_fees > 0;
