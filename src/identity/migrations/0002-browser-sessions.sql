-- Sessions of browsers: the cookie holds an opaque secret that is good until it expires or its session ends. Nothing
-- rotates, so that several tabs of one browser never trip over one another.
create table identity.browser_session (
  -- SHA-256 of the secret; the secret itself is in the cookie only
  hash       bytea primary key check (octet_length(hash) = 32),
  session_id uuid not null unique references identity.session on delete cascade,
  issued_at  timestamptz not null,
  expires_at timestamptz not null check (expires_at > issued_at)
);
create index browser_session_expiry on identity.browser_session (expires_at);
