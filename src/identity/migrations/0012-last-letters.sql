-- Where the last letters of an account go that was withdrawn (its subscriptions ended, its money came back). Kept for
-- some days only; nothing else of the account is.
create table identity.last_letters (
  account_id   uuid primary key references identity.account (id),
  email        text not null,
  display_name text not null,
  until        timestamptz not null
);
create index last_letters_until on identity.last_letters (until);
