-- Terms of use, privacy policy and refund terms, word for word by version, and who agreed to which: evidence, written once.

create table identity.legal_text (
  kind         text not null check (kind in ('terms', 'privacy', 'refunds')),
  version      text not null check (version ~ '^[0-9a-z.-]{1,50}$'),
  -- from this day in Seoul on; until then it is announced
  effective_on date not null,
  ko           text not null check (ko <> ''),
  en           text not null check (en <> ''),
  kept_at      timestamptz not null,
  primary key (kind, version)
);

create table identity.agreement (
  account_id uuid not null references identity.account,
  kind       text not null,
  version    text not null,
  agreed_at  timestamptz not null,
  primary key (account_id, kind, version),
  foreign key (kind, version) references identity.legal_text (kind, version)
);

create function identity.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'legal texts and agreements to them are never changed';
end $$;
create trigger legal_text_append_only before update or delete on identity.legal_text
  for each row execute function identity.refuse_change();
create trigger legal_text_not_truncated before truncate on identity.legal_text
  for each statement execute function identity.refuse_change();
create trigger agreement_append_only before update or delete on identity.agreement
  for each row execute function identity.refuse_change();
create trigger agreement_not_truncated before truncate on identity.agreement
  for each statement execute function identity.refuse_change();
