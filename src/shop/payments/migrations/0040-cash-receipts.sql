-- Cash receipts (현금영수증). A payment has at most one. `target` is what it has to stand for: what was paid, less what
-- was given back; `standing` what it stands for at the provider. Whatever differs is issued or taken back, one deed at a
-- time, and a deed is a row before it is sent.
create table payments.cash_receipt (
  attempt_id      uuid primary key references payments.attempt (id),
  -- 'asked': the payment is not over; 'not_due': paid otherwise than out of an account; 'by_provider': the provider gives
  -- its own; 'refused': a person has to look.
  state           text not null check (state in (
                    'asked', 'not_due', 'by_provider', 'due', 'sent', 'unknown', 'settled', 'refused')),
  use             text check (use in ('deduction', 'expenditure')),
  -- Issued to the tax office's own number, because the law wants it and nobody was named.
  self_issued     boolean not null default false,
  -- Encrypted, and only until it was issued; people are shown no more than its ends.
  number          text,
  shown           text,
  target          bigint not null default 0 check (target >= 0),
  -- Of the target what contains no VAT (면세).
  target_tax_free bigint not null default 0 check (target_tax_free >= 0 and target_tax_free <= target),
  standing        bigint not null default 0 check (standing >= 0),
  deed            text check (deed in ('issue', 'cancel')),
  deed_amount     bigint check (deed_amount > 0),
  deed_tax_free   bigint not null default 0 check (deed_tax_free >= 0),
  -- Names the deed to the provider: sending it again is no second one.
  deed_no         integer not null default 0,
  send_no         integer not null default 0,
  sent_at         timestamptz,
  -- Days in Seoul on which anything was sent: where it is looked for.
  sent_days       text[] not null default '{}',
  lease_until     timestamptz,
  next_look_at    timestamptz,
  looks           integer not null default 0,
  not_seen        integer not null default 0,
  receipt_key     text,
  issue_number    text,
  url             text,
  problem_code    text,
  problem_message text,
  created_at      timestamptz not null,
  updated_at      timestamptz not null,
  check ((deed is null) = (deed_amount is null)),
  check (state <> 'due' or next_look_at is not null),
  check (state <> 'sent' or (deed is not null and sent_at is not null and lease_until is not null)),
  check (state <> 'unknown' or (deed is not null and next_look_at is not null)),
  check (state <> 'settled' or (standing = target and deed is null)),
  -- What was issued is never issued again.
  check (receipt_key is null or deed is distinct from 'issue'),
  check (receipt_key is not null or (standing = 0 and deed is distinct from 'cancel')),
  -- A number of a person is kept for what still needs it.
  check (number is null or (receipt_key is null and state in ('asked', 'due', 'sent', 'unknown', 'refused'))),
  check (state not in ('asked', 'sent', 'unknown') or receipt_key is not null or number is not null)
);
create index cash_receipt_due on payments.cash_receipt (next_look_at) where state in ('due', 'unknown');
create index cash_receipt_lease on payments.cash_receipt (lease_until) where state = 'sent';
create index cash_receipt_refused on payments.cash_receipt (attempt_id) where state = 'refused';
