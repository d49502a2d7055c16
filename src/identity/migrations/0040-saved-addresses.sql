-- The address book of an account: receivers somebody sends parcels to. Gone with the account.
create table identity.saved_address (
  id             uuid primary key,
  account_id     uuid not null references identity.account on delete cascade,
  -- A place in the book: what two tabs add at once never holds more of them than there are places.
  place          smallint not null check (place between 1 and 20),
  name           text not null check (char_length(name) between 1 and 50),
  -- digits only
  phone          text not null check (phone ~ '^[0-9]{8,12}$'),
  city           text not null check (char_length(city) between 1 and 100),
  address_detail text not null check (char_length(address_detail) between 1 and 200),
  postal_code    text not null check (postal_code ~ '^[0-9]{5}$'),
  is_default     boolean not null,
  saved_at       timestamptz not null,
  constraint saved_address_place unique (account_id, place),
  -- The same receiver stands in a book once.
  constraint saved_address_once unique (account_id, name, phone, city, address_detail, postal_code)
);
create unique index saved_address_default on identity.saved_address (account_id) where is_default;
