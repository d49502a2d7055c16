-- Registering a payment method without paying: what is asked of the provider moves no money, but its answer is a token.

create table payments.registration (
  id           uuid primary key,
  owner_id     uuid not null,
  provider     text not null check (provider in ('kakaopay', 'toss')),
  state        text not null check (state in (
                 'created', 'awaiting_customer', 'authorised', 'sent', 'unknown',
                 'succeeded', 'declined', 'cancelled', 'expired', 'failed')),
  -- Random, and new for every registration: together with the token it is the power to charge.
  buyer_ref    text not null unique,
  -- Opaque part of the return address: whoever comes back with it was sent to the provider's page by us.
  return_key   text not null,
  provider_ref text,
  redirect_url text,
  -- What the browser brought back; kept only until the outcome is known.
  proof        jsonb,
  -- Every sending has a number, so an answer that comes too late cannot overwrite a newer state.
  send_no      integer not null default 0,
  sent_at      timestamptz,
  lease_until  timestamptz,
  next_look_at timestamptz,
  looks        integer not null default 0,
  -- Why the outcome is in doubt; set from the first doubt on.
  doubt        text,
  -- Why it ended without a method.
  end_code     text,
  end_message  text,
  -- Every step with what went over the wire (no secrets).
  evidence     jsonb not null default '[]',
  expires_at   timestamptz,
  created_at   timestamptz not null,
  updated_at   timestamptz not null,
  version      integer not null default 1,
  check (state <> 'awaiting_customer' or (redirect_url is not null and expires_at is not null)),
  check (state <> 'authorised' or (proof is not null and next_look_at is not null and expires_at is not null)),
  check (state <> 'sent' or (proof is not null and sent_at is not null and lease_until is not null)),
  -- An outcome in doubt always has a time at which it is settled: nobody has to decide it, no money is in it.
  check (state <> 'unknown' or (sent_at is not null and next_look_at is not null)),
  check (state not in ('succeeded', 'declined', 'cancelled', 'expired', 'failed') or proof is null)
);
-- A customer is on one page at a time.
create unique index registration_one_waiting on payments.registration (owner_id)
  where state in ('created', 'awaiting_customer');
create unique index registration_provider_ref on payments.registration (provider, provider_ref)
  where provider_ref is not null;
create index registration_owner on payments.registration (owner_id, created_at);
create index registration_lease on payments.registration (lease_until) where state in ('created', 'sent');
create index registration_waiting on payments.registration (expires_at) where state in ('awaiting_customer', 'authorised');
create index registration_due on payments.registration (next_look_at) where state in ('authorised', 'unknown');

-- A method comes from a payment or from a registration, and at most one from each.
alter table payments.method
  alter column issued_by drop not null,
  add column registered_by uuid unique references payments.registration (id),
  add constraint method_origin check (num_nonnulls(issued_by, registered_by) = 1);
