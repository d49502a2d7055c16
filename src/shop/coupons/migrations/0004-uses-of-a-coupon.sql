-- The check of the key when a coupon is forgotten, also by uses that were given back.
create index use_coupon on coupons.use (coupon_id);
