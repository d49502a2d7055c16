-- Names from elsewhere have several parts, with one blank between them.
alter table identity.account
  drop constraint account_real_name_check,
  add constraint account_real_name_check
    check (real_name ~ '^\S+( \S+)*$' and char_length(real_name) <= 50);
