-- Texts of items that the merchant wrote otherwise than the register: the merchant's words stand in the item and stay
-- there whatever is imported; here is what the register says instead, which imports keep up to date.
create table catalog.item_own_text (
  item_id       uuid not null references catalog.item (id) on delete cascade,
  field         text not null check (field in ('name', 'enterprise', 'distributionPeriod', 'appearance', 'servingUse',
    'preservation', 'intakeHint', 'mainFunction', 'baseStandard', 'rawMaterials', 'shape')),
  register_text text not null,
  primary key (item_id, field)
);
