-- Retention walks from the oldest on, page by page; without these each page read everything.
create index session_created on identity.session (created_at);
create index account_withdrawn on identity.account (withdrawn_at) where withdrawn_at is not null;
