-- Accounts, their logins (sessions) and the refresh tokens of each login.

create table identity.account (
  id             uuid primary key,
  status         text not null check (status in ('active', 'withdrawn')),
  email          text check (char_length(email) between 3 and 254),
  display_name   text check (char_length(display_name) between 2 and 20),
  real_name      text check (real_name ~ '^\S{1,50}$'),
  -- digits only
  phone          text check (phone ~ '^01[016789][0-9]{7,8}$'),
  city           text,
  address_detail text,
  postal_code    text check (postal_code ~ '^[0-9]{5}$'),
  -- argon2id in PHC form; null for an account that has no password
  password_hash  text,
  roles          text[] not null
    check (cardinality(roles) > 0 and roles <@ array['customer', 'librarian', 'merchant', 'admin', 'service']),
  -- number of the latest event about this account
  version        integer not null check (version > 0),
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  withdrawn_at   timestamptz,
  -- A live account is complete; of a withdrawn one nothing personal is left.
  constraint account_personal_data check (
    case status
      when 'active' then
        num_nulls(email, display_name, real_name, phone, city, address_detail, postal_code) = 0
        and withdrawn_at is null
      else
        num_nonnulls(email, display_name, real_name, phone, city, address_detail, postal_code, password_hash) = 0
        and withdrawn_at is not null
    end)
);
-- Unique among live accounts only: withdrawal frees all three. Upper and lower case are the same name.
create unique index account_email on identity.account (lower(email)) where status = 'active';
create unique index account_display_name on identity.account (lower(display_name)) where status = 'active';
create unique index account_phone on identity.account (phone) where status = 'active';

-- One login on one device, and all refresh tokens that came from it: a token family.
create table identity.session (
  id             uuid primary key,
  account_id     uuid not null references identity.account,
  device         text,
  created_at     timestamptz not null,
  last_used_at   timestamptz not null,
  revoked_at     timestamptz,
  revoked_reason text check (revoked_reason in ('logout', 'token_reuse', 'password_changed', 'withdrawal')),
  check ((revoked_at is null) = (revoked_reason is null))
);
create index session_account on identity.session (account_id);
create index session_revoked on identity.session (revoked_at) where revoked_at is not null;

create table identity.refresh_token (
  -- SHA-256 of the token; the token itself is known to the client only
  hash       bytea primary key check (octet_length(hash) = 32),
  session_id uuid not null references identity.session on delete cascade,
  issued_at  timestamptz not null,
  expires_at timestamptz not null check (expires_at > issued_at),
  used_at    timestamptz
);
-- A family never has two tokens that could be rotated.
create unique index refresh_token_current on identity.refresh_token (session_id) where used_at is null;
create index refresh_token_session on identity.refresh_token (session_id);
create index refresh_token_expiry on identity.refresh_token (expires_at);
