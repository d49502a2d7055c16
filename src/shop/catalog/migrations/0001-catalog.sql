-- Items, their stock, and the shelves that lists are read from.

-- Trigram index for Korean search. Trusted: the owner of the database may create it (PostgreSQL 13 and newer).
create extension if not exists pg_trgm;

-- What an item is and what it costs. The official texts are long and lie in item_text, the numbers that change all
-- the time in item_numbers, so that neither a list nor a sale touches what it does not need.
create table catalog.item (
  id                uuid primary key,
  -- what a search looks through; early in the row, because a walk reads it and nothing else
  search_doc        text not null,
  -- 품목제조번호: 12-15 digits, the key of the public register
  statement_number  text not null constraint item_statement_number unique
                    check (statement_number ~ '^[0-9]{12,15}$'),
  name              text not null check (char_length(name) between 1 and 200),
  enterprise        text not null check (char_length(enterprise) between 1 and 100),
  thumbnail         text check (char_length(thumbnail) between 1 and 500),
  description_image text check (char_length(description_image) between 1 and 500),
  -- the day the product was reported to the authority, and the register's last change
  registered_date   date,
  updated_date      date,
  -- order of "newest": the registered date, or the day of the import where the register has none
  listed_on         date not null,
  categories        text[] not null check (cardinality(categories) > 0 and categories <@ array[
                      'EYE', 'BONE', 'BRAIN', 'INTESTINE', 'LIVER', 'SKIN', 'ANTIOXIDANT', 'FATIGUE', 'ETC']),
  -- won; the bound keeps totals of an order far inside a safe integer and catches a typing error
  origin_price      bigint not null check (origin_price between 0 and 100000000),
  discount_permille smallint not null check (discount_permille between 0 and 1000),
  discount_price    bigint not null
                    generated always as ((origin_price * discount_permille + 500) / 1000) stored,
  real_price        bigint not null
                    generated always as (origin_price - (origin_price * discount_permille + 500) / 1000) stored,
  -- sold_out = closed by the merchant; an item without free stock is shown as sold out as well
  status            text not null check (status in ('on_sale', 'sold_out', 'hidden')),
  -- number of the latest event about this item (1 = none yet); also the version editors state
  version           integer not null check (version > 0),
  created_at        timestamptz not null,
  updated_at        timestamptz not null,
  -- Nothing is offered for nothing: an item without a price stays hidden.
  constraint item_offer check (status = 'hidden' or real_price > 0)
);
create index item_search on catalog.item using gin (search_doc gin_trgm_ops);

-- The register's texts. '' where it says nothing.
create table catalog.item_text (
  item_id             uuid primary key references catalog.item (id) on delete cascade,
  distribution_period text not null,
  appearance          text not null,
  serving_use         text not null,
  preservation        text not null,
  intake_hint         text not null,
  main_function       text not null,
  base_standard       text not null,
  raw_materials       text not null,
  shape               text not null
);

-- Numbers that grow: pieces sold (refunds deducted), unique visitors, reviews. No index and free room in every
-- page, so that an update stays inside its page.
create table catalog.item_numbers (
  item_id      uuid primary key references catalog.item (id) on delete cascade,
  sales_count  integer not null default 0,
  view_count   integer not null default 0,
  review_count integer not null default 0 check (review_count >= 0),
  -- sum of the stars of all reviews, so that the average is exact
  star_sum     integer not null default 0,
  constraint item_stars check (star_sum between review_count and review_count * 5)
) with (fillfactor = 70);

-- One row per item that customers may see and shelf it stands on: every category it is in, and ALL. Copies of
-- exactly what lists sort and filter by, so that a page of any list is one short walk along one index.
create type catalog.shelf_name as enum
  ('ALL', 'EYE', 'BONE', 'BRAIN', 'INTESTINE', 'LIVER', 'SKIN', 'ANTIOXIDANT', 'FATIGUE', 'ETC');
create table catalog.shelf (
  shelf             catalog.shelf_name not null,
  item_id           uuid not null references catalog.item (id) on delete cascade,
  enterprise        text not null,
  real_price        integer not null,
  discount_permille smallint not null,
  listed_on         date not null,
  sales_count       integer not null,
  view_count        integer not null,
  review_count      integer not null,
  -- star average in hundredths, 0 without reviews
  rating            smallint not null,
  primary key (shelf, item_id)
) with (fillfactor = 85);
-- Every sort has the item as its tie-break in the same direction, so one index serves up and down.
create index shelf_sales on catalog.shelf (shelf, sales_count, item_id);
create index shelf_views on catalog.shelf (shelf, view_count, item_id);
create index shelf_newest on catalog.shelf (shelf, listed_on, item_id);
create index shelf_price on catalog.shelf (shelf, real_price, item_id) include (discount_permille);
create index shelf_discount on catalog.shelf (shelf, discount_permille, item_id);
create index shelf_reviews on catalog.shelf (shelf, review_count, item_id);
create index shelf_rating on catalog.shelf (shelf, rating, item_id);
create index shelf_enterprise on catalog.shelf (shelf, enterprise);
create index shelf_item on catalog.shelf (item_id);

-- Pieces in the warehouse and how many of them are set aside for orders that wait for their payment.
create table catalog.stock (
  item_id uuid primary key references catalog.item (id) on delete cascade,
  on_hand integer not null constraint stock_on_hand check (on_hand >= 0),
  held    integer not null default 0 constraint stock_held check (held >= 0 and held <= on_hand)
) with (fillfactor = 50);

-- Whose they are: sum(quantity) of an item = stock.held.
create table catalog.stock_hold (
  order_id   uuid not null,
  item_id    uuid not null references catalog.stock (item_id),
  quantity   integer not null check (quantity > 0),
  created_at timestamptz not null,
  primary key (order_id, item_id)
);

-- Changes of stock by hand: who, when, why.
create table catalog.stock_adjustment (
  id         uuid primary key,
  item_id    uuid not null references catalog.item (id) on delete cascade,
  delta      integer not null check (delta <> 0),
  on_hand    integer not null check (on_hand >= 0),
  reason     text not null check (char_length(reason) between 1 and 200),
  actor_id   uuid not null,
  created_at timestamptz not null
);
create index stock_adjustment_item on catalog.stock_adjustment (item_id, created_at desc, id desc);

-- Version of the rules the stored search documents were made with; one row.
create table catalog.search_rules (
  only_row boolean primary key default true check (only_row),
  version  integer not null
);
insert into catalog.search_rules (version) values (0);
