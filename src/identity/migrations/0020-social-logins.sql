-- Ways into an account besides its password: somebody whom a login provider knows under a lasting name.
create table identity.social_login (
  provider     text not null check (provider in ('google', 'kakao', 'naver')),
  -- the provider's own name for the person
  subject      text not null check (char_length(subject) between 1 and 255),
  account_id   uuid not null references identity.account,
  linked_at    timestamptz not null,
  last_used_at timestamptz not null check (last_used_at >= linked_at),
  -- One person of a provider is one account, however many first logins there are at the same time.
  primary key (provider, subject),
  -- An account has at most one person of each provider.
  constraint social_login_once unique (account_id, provider)
);

-- More ways in which a session ends.
alter table identity.session
  drop constraint session_revoked_reason_check,
  add constraint session_revoked_reason_check check (revoked_reason in (
    'logout', 'token_reuse', 'password_changed', 'withdrawal',
    'password_reset', 'revoked_by_owner', 'login_unlinked', 'roles_changed'));
