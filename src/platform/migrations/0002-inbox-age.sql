-- Old rows are forgotten from time to time.
create index inbox_age on platform.inbox (handled_at);
