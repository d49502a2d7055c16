-- Terms of use, privacy policy and refund terms, word for word by version, and who agreed to which: evidence, written once.

create table identity.legal_text (
  kind         text not null check (kind in ('terms', 'privacy', 'refunds')),
  version      text not null check (version ~ '^[0-9a-z.-]{1,50}$'),
  ko           text not null check (ko <> ''),
  en           text not null check (en <> ''),
  kept_at      timestamptz not null,
  primary key (kind, version)
);

-- That a version is to count; one that counted before may be announced again.
create table identity.legal_announcement (
  id           uuid primary key,
  kind         text not null,
  version      text not null,
  -- from this day in Seoul on; until then it is announced
  effective_on date not null,
  announced_at timestamptz not null,
  foreign key (kind, version) references identity.legal_text (kind, version)
);

-- That an announcement was taken back before its day: it never counts.
create table identity.legal_withdrawal (
  announcement_id uuid primary key references identity.legal_announcement,
  withdrawn_at    timestamptz not null
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
create trigger legal_announcement_append_only before update or delete on identity.legal_announcement
  for each row execute function identity.refuse_change();
create trigger legal_announcement_not_truncated before truncate on identity.legal_announcement
  for each statement execute function identity.refuse_change();
create trigger legal_withdrawal_append_only before update or delete on identity.legal_withdrawal
  for each row execute function identity.refuse_change();
create trigger legal_withdrawal_not_truncated before truncate on identity.legal_withdrawal
  for each statement execute function identity.refuse_change();
create trigger agreement_append_only before update on identity.agreement
  for each row execute function identity.refuse_change();
create trigger agreement_not_truncated before truncate on identity.agreement
  for each statement execute function identity.refuse_change();

-- Those of an account that is left go when their term is over (retention.ts); of a live one none goes.
create function identity.refuse_loss_of_agreement() returns trigger language plpgsql as $$
begin
  if not exists (select from identity.account a where a.id = old.account_id and a.status = 'withdrawn') then
    raise exception 'agreements of an account are kept as long as it lives';
  end if;
  return old;
end $$;
create trigger agreement_kept before delete on identity.agreement
  for each row execute function identity.refuse_loss_of_agreement();
