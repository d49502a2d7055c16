-- Of a refund the part without VAT (면세). A version of the program that does not know of it gives back taxed money only,
-- of payments that are taxed as a whole.
alter table payments.refund
  add column tax_free bigint not null default 0 check (tax_free >= 0),
  add constraint refund_taxes check (tax_free + vat <= amount);

-- Neither of what is taxed, nor of what is free, nor of the VAT more goes back than was paid; and when all of the money
-- has gone back, all of the VAT has. Whoever writes a refund holds its payment locked.
create function payments.check_refund_taxes() returns trigger language plpgsql as $$
declare
  paid record;
  given record;
begin
  select total, tax_free, vat into paid from payments.attempt where id = new.attempt_id;
  select sum(amount) as amount, sum(tax_free) as tax_free, sum(vat) as vat into given
  from payments.refund where attempt_id = new.attempt_id and state <> 'declined';
  if given.tax_free > paid.tax_free or given.amount - given.tax_free > paid.total - paid.tax_free
    or given.vat > paid.vat or (given.amount = paid.total and given.vat <> paid.vat)
  then
    raise exception 'the refunds of payment % have other taxes than were paid', new.attempt_id
      using errcode = 'check_violation', constraint = 'refund_taxes_of_payment';
  end if;
  return null;
end $$;
create trigger refund_taxes_of_payment after insert or update of amount, tax_free, vat on payments.refund
  for each row execute function payments.check_refund_taxes();
