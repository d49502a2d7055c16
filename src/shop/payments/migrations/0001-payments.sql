-- Money. Every call to a provider that could move money is a row here before it is made.

create table payments.attempt (
  id              uuid primary key,
  order_id        uuid not null,
  owner_id        uuid not null,
  provider        text not null check (provider in ('kakaopay', 'toss')),
  -- 'checkout': the customer confirms on the provider's page; 'token': charged without them, by a stored token.
  origin          text not null check (origin in ('checkout', 'token')),
  mode            text not null check (mode in ('pay', 'pay_and_issue_token')),
  state           text not null check (state in (
                    'created', 'awaiting_customer', 'authorised', 'sent', 'unknown',
                    'succeeded', 'succeeded_late', 'declined', 'cancelled', 'expired', 'failed')),
  total           bigint not null check (total > 0),
  tax_free        bigint not null default 0 check (tax_free >= 0),
  vat             bigint not null check (vat >= 0 and tax_free + vat <= total),
  item_name       text not null,
  quantity        integer not null check (quantity > 0),
  buyer_ref       text not null,
  -- Opaque part of the return address: whoever comes back with it was sent to the provider's page by us.
  return_key      text not null,
  provider_ref    text,
  redirect_url    text,
  -- What the browser brought back (KakaoPay pg_token); kept only until the outcome is known.
  proof           jsonb,
  -- Every sending has a number, so an answer that comes too late cannot overwrite a newer state.
  send_no         integer not null default 0,
  sent_at         timestamptz,
  lease_until     timestamptz,
  next_look_at    timestamptz,
  looks           integer not null default 0,
  not_charged_seen integer not null default 0,
  needs_review    boolean not null default false,
  decline_code    text,
  decline_message text,
  decline_retry   text check (decline_retry in ('retryable', 'final')),
  unknown_reason  text,
  method          text,
  paid_at         timestamptz,
  refund_reserved bigint not null default 0 check (refund_reserved >= 0),
  refunded        bigint not null default 0 check (refunded >= 0),
  expires_at      timestamptz,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  version         integer not null default 1,
  -- Two refunds at once can never promise more than was paid.
  check (refund_reserved + refunded <= total),
  check (refund_reserved + refunded = 0 or state in ('succeeded', 'succeeded_late')),
  -- Nothing that moves money can be forgotten: every such state says when somebody looks at it again.
  check (state <> 'sent' or (sent_at is not null and lease_until is not null)),
  check (state <> 'unknown' or (sent_at is not null and (needs_review or next_look_at is not null))),
  check (state <> 'authorised' or next_look_at is not null),
  check (state <> 'awaiting_customer' or (redirect_url is not null and expires_at is not null)),
  -- What was taken can be given back, so its id at the provider is known (a charge by token may be known without).
  check (state not in ('succeeded', 'succeeded_late')
         or (paid_at is not null and (provider_ref is not null or origin = 'token')))
);
-- One open attempt and one success per order, whatever the code does.
create unique index attempt_one_open on payments.attempt (order_id)
  where state in ('created', 'awaiting_customer', 'authorised', 'sent', 'unknown');
create unique index attempt_one_success on payments.attempt (order_id) where state = 'succeeded';
create unique index attempt_provider_ref on payments.attempt (provider, provider_ref) where provider_ref is not null;
create index attempt_owner on payments.attempt (owner_id, id desc);
create index attempt_order on payments.attempt (order_id, id desc);
create index attempt_lease on payments.attempt (lease_until) where state in ('created', 'sent');
create index attempt_waiting on payments.attempt (expires_at) where state in ('awaiting_customer', 'authorised');
create index attempt_authorised on payments.attempt (next_look_at) where state = 'authorised';
create index attempt_unknown on payments.attempt (next_look_at) where state = 'unknown';

create table payments.refund (
  id              uuid primary key,
  attempt_id      uuid not null references payments.attempt (id),
  order_id        uuid not null,
  amount          bigint not null check (amount > 0),
  vat             bigint not null check (vat >= 0),
  reason          text not null,
  requested_by    text not null,
  state           text not null check (state in ('requested', 'sent', 'unknown', 'succeeded', 'declined')),
  send_no         integer not null default 0,
  sent_at         timestamptz,
  lease_until     timestamptz,
  next_look_at    timestamptz,
  looks           integer not null default 0,
  not_refunded_seen integer not null default 0,
  needs_review    boolean not null default false,
  refundable_before bigint not null check (refundable_before >= amount),
  provider_refund_id text,
  decline_code    text,
  decline_message text,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  finished_at     timestamptz,
  check (state <> 'sent' or (sent_at is not null and lease_until is not null)),
  check (state <> 'unknown' or needs_review or next_look_at is not null),
  check (state <> 'requested' or next_look_at is not null),
  check ((state = 'succeeded') = (provider_refund_id is not null)),
  check ((state in ('succeeded', 'declined')) = (finished_at is not null))
);
create unique index refund_one_open on payments.refund (attempt_id) where state in ('requested', 'sent', 'unknown');
create unique index refund_provider_id on payments.refund (attempt_id, provider_refund_id) where provider_refund_id is not null;
create index refund_attempt on payments.refund (attempt_id, id);
create index refund_review on payments.refund (attempt_id) where needs_review;
create index refund_lease on payments.refund (lease_until) where state = 'sent';
create index refund_unknown on payments.refund (next_look_at) where state in ('unknown', 'requested');

-- Evidence: every step of an attempt or refund, with what went over the wire (no secrets).
create table payments.history (
  id         bigint generated always as identity primary key,
  attempt_id uuid not null references payments.attempt (id),
  refund_id  uuid references payments.refund (id),
  at         timestamptz not null,
  step       text not null,
  note       jsonb not null
);
create index history_attempt on payments.history (attempt_id, id);

-- Double entry: debit positive, credit negative; a transaction's entries sum to zero (checked at commit).
create table payments.ledger_entry (
  transaction_id uuid not null,
  account        text not null,
  amount         bigint not null check (amount <> 0),
  attempt_id     uuid not null references payments.attempt (id),
  refund_id      uuid references payments.refund (id),
  posted_at      timestamptz not null,
  -- Posting the same transaction twice is impossible.
  primary key (transaction_id, account)
);
create index ledger_entry_account on payments.ledger_entry (account, posted_at);

create function payments.check_balanced() returns trigger language plpgsql as $$
begin
  if (select sum(amount) from payments.ledger_entry where transaction_id = new.transaction_id) <> 0 then
    raise exception 'ledger transaction % does not balance', new.transaction_id;
  end if;
  return null;
end $$;
create constraint trigger ledger_balanced after insert on payments.ledger_entry
  deferrable initially deferred for each row execute function payments.check_balanced();

create function payments.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only';
end $$;
create trigger ledger_append_only before update or delete on payments.ledger_entry
  for each row execute function payments.refuse_change();
create trigger ledger_not_truncated before truncate on payments.ledger_entry
  for each statement execute function payments.refuse_change();
