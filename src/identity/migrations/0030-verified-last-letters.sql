-- Letters go to proved addresses alone, the last ones too.
alter table identity.last_letters add column verified boolean not null default true;
