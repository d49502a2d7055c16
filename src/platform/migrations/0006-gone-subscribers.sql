-- Since when nobody hosts it: it holds no history and does not count as late. Its place stays, so that one that comes
-- back goes on there and repeats nothing.
alter table platform.subscriber add column gone_at timestamptz;
