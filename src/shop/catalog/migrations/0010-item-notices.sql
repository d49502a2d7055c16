-- What the notice on information of goods (상품정보제공고시) wants said of health functional food, and the public registers do
-- not say. No row, or nothing in a column: not known yet. Of the maker (name), shelf life, storage, function, intake and
-- cautions the texts of the item speak.
create table catalog.item_notice (
  item_id              uuid primary key references catalog.item (id) on delete cascade,
  -- made here, or brought in: then the importer and the country are said instead of the maker's address
  origin               text check (origin in ('domestic', 'imported')),
  maker_address        text not null default '' check (char_length(maker_address) <= 300),
  importer             text not null default '' check (char_length(importer) <= 300),
  country              text not null default '' check (char_length(country) <= 100),
  -- weight and pieces of a package
  contents             text not null default '' check (char_length(contents) <= 500),
  -- ingredients with their amounts and where they are from
  ingredients          text not null default '' check (char_length(ingredients) <= 5000),
  nutrition            text not null default '' check (char_length(nutrition) <= 5000),
  side_effects         text not null default '' check (char_length(side_effects) <= 2000),
  genetically_modified boolean,
  -- of the counselling for consumers; nothing: that of the shop
  phone                text not null default '' check (phone ~ '^([0-9+() -]{8,20})?$'),
  constraint item_notice_importer check (origin is not distinct from 'imported' or (importer = '' and country = ''))
);
