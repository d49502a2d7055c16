-- News goes into dashboard.loan always: a release before 0002 knows nothing else, and may run beside a newer one, or after it.
-- Into dashboard.loan_b it goes by this, whoever took it in, while that one is made or shown.
create function dashboard.tell_loan_b() returns trigger language plpgsql as $$
begin
  -- Looked at by a statement of its own, after the lock on the events kept: a rebuild begins under a lock that waits for it.
  if exists (select from dashboard.read_model where 'b' in (shown, building)) then
    insert into dashboard.loan_b as known
      (loan_id, version, patron_id, book_id, title, state, quantity, copies_out, borrowed_at, due_on, late_fees)
    values (new.loan_id, new.version, new.patron_id, (new.loan->>'bookId')::uuid, new.loan->>'title', new.loan->>'state',
            (new.loan->>'quantity')::int, (new.loan->>'out')::int, (new.loan->>'borrowedAt')::timestamptz,
            (new.loan->>'dueOn')::date, (new.loan->>'lateFees')::bigint)
    on conflict (loan_id) do update set
      version = excluded.version, title = excluded.title, state = excluded.state,
      copies_out = excluded.copies_out, due_on = excluded.due_on, late_fees = excluded.late_fees
    where known.version < excluded.version;
  end if;
  return null;
end $$;
create trigger tell_loan_b after insert on dashboard.loan_event
  for each row execute function dashboard.tell_loan_b();
