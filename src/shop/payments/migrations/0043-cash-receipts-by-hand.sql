-- 'given_up': a person has looked, and the shop sends no more of it. Its number is forgotten (the check of 0040 sees to it).
-- Older processes never write it, and only read it.
alter table payments.cash_receipt drop constraint cash_receipt_state_check;
alter table payments.cash_receipt add constraint cash_receipt_state_check check (state in (
  'asked', 'not_due', 'by_provider', 'due', 'sent', 'unknown', 'settled', 'refused', 'given_up')) not valid;
alter table payments.cash_receipt validate constraint cash_receipt_state_check;
