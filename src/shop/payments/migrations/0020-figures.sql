-- Figures of the last days begin here instead of reading every payment there ever was.
create index attempt_created on payments.attempt (created_at);
