-- What customers agreed to, word for word: evidence that does not change with the sentences in the code.

create table orders.consent_text (
  version text primary key,
  ko      text not null check (ko <> ''),
  en      text not null check (en <> ''),
  kept_at timestamptz not null
);

create function orders.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'consent texts are never changed';
end $$;
create trigger consent_text_append_only before update or delete on orders.consent_text
  for each row execute function orders.refuse_change();
create trigger consent_text_not_truncated before truncate on orders.consent_text
  for each statement execute function orders.refuse_change();

-- Not valid: orders from before this table name texts that were not kept.
alter table orders."order" add constraint order_consent_text
  foreign key (consent_version) references orders.consent_text (version) not valid;
