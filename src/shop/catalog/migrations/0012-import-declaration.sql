-- Of what is imported the notice has to say that it was declared for import (수입식품안전관리 특별법 art. 20). False: nobody has
-- said so yet.
alter table catalog.item_notice
  add column import_declared boolean not null default false,
  add constraint item_notice_declared check (origin is not distinct from 'imported' or not import_declared);

-- A process of the release before knows nothing of the column and may still make an item domestic: then it is not declared.
create function catalog.only_imported_is_declared() returns trigger language plpgsql as $$
begin
  new.import_declared := new.import_declared and new.origin is not distinct from 'imported';
  return new;
end $$;
create trigger item_notice_declared before update of origin on catalog.item_notice
  for each row execute function catalog.only_imported_is_declared();
