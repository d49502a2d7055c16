-- Titles, their copies, what loans took of them, and who waits for them.

-- Trigram index for Korean search. Trusted: the owner of the database may create it.
create extension if not exists pg_trgm;

-- A title with what a catalogue says of it. Its row is locked by whatever changes its copies or its queue.
create table book.title (
  id             uuid primary key,
  search_doc     text not null,
  title          text not null check (char_length(title) between 1 and 300),
  author         text not null check (char_length(author) <= 300),
  publisher      text not null check (char_length(publisher) <= 200),
  published_year smallint check (published_year between 1000 and 2999),
  -- 13 digits, check digit tested before; also of titles registered with their ISBN-10
  isbn           text constraint title_isbn unique check (isbn ~ '^97[89][0-9]{10}$'),
  call_number    text not null check (char_length(call_number) <= 100),
  -- Korean Decimal Classification
  kdc            text not null check (kdc ~ '^[0-9]{3}([.][0-9]{1,6})?$'),
  cover          text check (char_length(cover) between 1 and 500),
  state          text not null check (state in ('lendable', 'withdrawn')),
  -- number of the latest event about this title; also the version editors state
  version        integer not null check (version > 0),
  created_at     timestamptz not null,
  updated_at     timestamptz not null
);
create index title_search on book.title using gin (search_doc gin_trgm_ops);
create index title_newest on book.title (created_at desc, id desc) where state = 'lendable';
create index title_name on book.title (title, id) where state = 'lendable';

-- Who waits for a title: in the order of `place`, one per patron and title.
create table book.hold (
  id          uuid primary key,
  book_id     uuid not null references book.title (id),
  patron_id   uuid not null,
  place       bigint generated always as identity,
  state       text not null check (state in ('waiting', 'shelved', 'collected', 'expired', 'cancelled')),
  version     integer not null check (version > 0),
  placed_at   timestamptz not null,
  shelf_until timestamptz,
  closed_at   timestamptz,
  constraint hold_shelf check ((state = 'shelved') <= (shelf_until is not null)),
  constraint hold_closed check ((state in ('waiting', 'shelved')) = (closed_at is null))
);
create unique index hold_once on book.hold (book_id, patron_id) where state in ('waiting', 'shelved');
create index hold_queue on book.hold (book_id, place) where state = 'waiting';
create index hold_due on book.hold (shelf_until) where state = 'shelved';
create index hold_of_patron on book.hold (patron_id, place desc);

create sequence book.barcode_number;

-- One row per thing on a shelf. Live stock is a count of these rows, never a number beside them.
create table book.copy (
  barcode  text primary key check (barcode ~ '^[A-Z0-9-]{4,32}$'),
  book_id  uuid not null references book.title (id),
  state    text not null check (state in ('available', 'on_loan', 'on_shelf', 'lost', 'damaged', 'withdrawn')),
  -- the loan that has it (or had it when it was lost)
  loan_id  uuid,
  -- the hold it is kept for
  hold_id  uuid unique references book.hold (id),
  constraint copy_loan check (case state when 'on_loan' then loan_id is not null
                                         when 'lost' then true else loan_id is null end),
  constraint copy_hold check ((state = 'on_shelf') = (hold_id is not null))
);
create index copy_of_title on book.copy (book_id, state);
create index copy_of_loan on book.copy (loan_id) where loan_id is not null;

-- What was answered to a loan, once and for all. There is one row for each loan that was ever heard of, also when it
-- was cancelled before it was heard of: so nothing is taken afterwards.
create table book.loan_stock (
  loan_id   uuid primary key,
  book_id   uuid not null,
  patron_id uuid,
  state     text not null check (state in ('taken', 'refused', 'released')),
  taken     integer not null check (taken >= 0),
  back      integer not null default 0 check (back >= 0),
  lost      integer not null default 0 check (lost >= 0),
  version   integer not null check (version > 0),
  constraint loan_stock_balance check (back + lost <= taken),
  constraint loan_stock_refused check (state <> 'refused' or taken = 0),
  constraint loan_stock_released check (state <> 'released' or back = taken)
);

-- Each change of stock by a loan happens once: its key says which one it was.
create table book.stock_move (
  loan_id uuid not null references book.loan_stock (loan_id),
  kind    text not null check (kind in ('take', 'release', 'return', 'lost', 'found')),
  -- number of the return; 1 for what can happen only once
  no      integer not null check (no > 0),
  copies  integer not null check (copies > 0),
  at      timestamptz not null,
  primary key (loan_id, kind, no)
);
