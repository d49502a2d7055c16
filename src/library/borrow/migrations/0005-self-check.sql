-- Self-check machines, and what they have done that is refused.

create table borrow.terminal (
  id             uuid primary key,
  -- what the machine logs in with
  name           text not null check (name ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
  place          text not null check (char_length(place) between 1 and 80),
  -- SHA-256 of a secret of 120 random bits: nothing that could be guessed from it
  secret_hash    bytea not null unique check (octet_length(secret_hash) = 32),
  charset        text not null check (charset in ('utf-8', 'cp949')),
  -- patrons prove themselves by the password of their account
  asks_password  boolean not null,
  -- what it says was paid is believed
  takes_payments boolean not null,
  made_by        uuid not null,
  made_at        timestamptz not null,
  seen_at        timestamptz,
  revoked_by     uuid,
  revoked_at     timestamptz,
  constraint terminal_revoked check ((revoked_by is null) = (revoked_at is null))
);
create unique index terminal_name on borrow.terminal (name) where revoked_at is null;

-- What a machine has done already, while it could not ask or by taking money, and was not accepted when it told of it:
-- a librarian looks after it.
create table borrow.offline_refusal (
  id          uuid primary key,
  terminal_id uuid not null references borrow.terminal (id),
  what        text not null check (what in ('checkout', 'checkin', 'renew', 'payment')),
  card        text not null check (char_length(card) <= 64),
  barcode     text not null check (char_length(barcode) <= 64),
  -- won in the machine, as far as it could be read, and what the machine calls the payment
  amount      integer check (amount >= 0),
  payment_ref text not null default '' check (char_length(payment_ref) <= 64),
  -- by the clock of the machine
  done_at     timestamptz not null,
  code        text not null,
  told_at     timestamptz not null,
  settled_by  uuid,
  settled_at  timestamptz,
  constraint offline_refusal_once unique (terminal_id, what, card, barcode, payment_ref, done_at),
  constraint offline_refusal_payment check (what = 'payment' or (amount is null and payment_ref = '')),
  constraint offline_refusal_settled check ((settled_by is null) = (settled_at is null))
);
create index offline_refusal_open on borrow.offline_refusal (told_at desc, id desc) where settled_at is null;
