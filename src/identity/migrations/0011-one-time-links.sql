-- Links that do one thing once, sent to the e-mail address of an account.
create table identity.one_time_link (
  id          uuid primary key,
  account_id  uuid not null references identity.account,
  purpose     text not null check (purpose ~ '^[a-z_]{1,40}$'),
  -- SHA-256 of what the link carries; that is known to the letter only
  hash        bytea not null unique check (octet_length(hash) = 32),
  issued_at   timestamptz not null,
  expires_at  timestamptz not null check (expires_at > issued_at),
  used_at     timestamptz,
  -- a newer one took its place
  replaced_at timestamptz,
  check (num_nonnulls(used_at, replaced_at) <= 1)
);
-- Of an account and purpose at most one can still be used.
create unique index one_time_link_open on identity.one_time_link (account_id, purpose)
  where used_at is null and replaced_at is null;
create index one_time_link_issued on identity.one_time_link (account_id, purpose, issued_at);
create index one_time_link_expiry on identity.one_time_link (expires_at);

-- Since when it is known that the owner reads the mail of the address.
alter table identity.account add column email_verified_at timestamptz;
-- Who has had our mail so far goes on having it: notices of charges were promised.
update identity.account set email_verified_at = created_at where status = 'active';
alter table identity.account add constraint account_email_verified
  check (status = 'active' or email_verified_at is null);
