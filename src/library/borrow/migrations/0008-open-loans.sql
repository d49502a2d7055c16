-- What a patron has now, with what is being cancelled: their page asks for it, however many loans are over. It also serves
-- the count of copies out, so the former index for that goes.
create index loan_open on borrow.loan (patron_id) where state in ('pending', 'active', 'overdue', 'cancelling');
drop index borrow.loan_out;
