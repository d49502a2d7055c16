-- Stored payment methods: tokens that allow charging without the customer (KakaoPay SID, Toss billing key).

create table payments.method (
  id              uuid primary key,
  owner_id        uuid not null,
  provider        text not null check (provider in ('kakaopay', 'toss')),
  buyer_ref       text not null,
  -- Encrypted; bound to this row's id.
  token           text not null,
  display         text not null,
  -- revoking: the provider has been or will be told; revoked: it knows; dead: it told us so itself
  state           text not null check (state in ('active', 'revoking', 'revoked', 'dead')),
  issued_by       uuid not null unique references payments.attempt (id),
  -- The provider's own time of the latest charge we know of: later evidence must be newer than this.
  last_charged_at timestamptz,
  created_at      timestamptz not null,
  updated_at      timestamptz not null
);
create index method_owner on payments.method (owner_id, created_at desc);
create index method_revoking on payments.method (updated_at) where state = 'revoking';

alter table payments.attempt
  add column method_id uuid references payments.method (id),
  add constraint attempt_token check ((origin = 'token') = (method_id is not null));

-- Charges of one token never overlap, so evidence like "last charged at" can be read without doubt.
create unique index attempt_one_per_token on payments.attempt (method_id)
  where method_id is not null and state in ('created', 'sent', 'unknown');
