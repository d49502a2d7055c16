-- Retention walks from the oldest on, page by page; without this each page read everything.
create index report_reported on reviews.report (reported_at);
