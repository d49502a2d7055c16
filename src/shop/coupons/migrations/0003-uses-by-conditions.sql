-- Processes of releases from before the conditions (migration 0002) read none of them: for them a coupon with a code, for
-- categories or for who has bought before is one for everybody and everything. The database takes no use of such a coupon
-- from them.
alter table coupons.use
  -- set by processes that read the conditions of coupons; those that read none do not know of it
  add column by_conditions boolean not null default false;

create function coupons.refuse_use_without_conditions() returns trigger language plpgsql as $$
declare
  wanted coupons.coupon;
begin
  select * into wanted from coupons.coupon where id = new.coupon_id;
  if (wanted.code is not null or wanted.categories is not null or wanted.bought_before) and not new.by_conditions then
    raise exception 'the conditions of coupon % were not read', new.coupon_id using errcode = 'check_violation';
  end if;
  if wanted.code is not null and not exists (
    select from coupons.claim where coupon_id = new.coupon_id and customer_id = new.customer_id) then
    raise exception 'who uses coupon % has not typed its code', new.coupon_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger use_by_conditions before insert on coupons.use
  for each row execute function coupons.refuse_use_without_conditions();
