-- What was asked for with payments that are over is looked for again and again; there are few at a time.
create index cash_receipt_asked on payments.cash_receipt (attempt_id) where state = 'asked';
