-- Logins that ended while access tokens of theirs may still be around, for every service that checks such tokens.
-- Kept for little longer than the life of an access token.
create table platform.ended_session (
  session_id text primary key,
  ended_at   timestamptz not null
);
create index ended_session_age on platform.ended_session (ended_at);
