-- Banners show pictures, too. Every row there is meets the wider check.
alter table pictures.use drop constraint use_user_type_check;
alter table pictures.use add constraint use_user_type_check check (user_type in ('item', 'review', 'banner'));
