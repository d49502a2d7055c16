-- When the next copy of a title is due, asked for every list of titles.
create index loan_running_of_book on borrow.loan (book_id, due_on) where state in ('active', 'overdue');
