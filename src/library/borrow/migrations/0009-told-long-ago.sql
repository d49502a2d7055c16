-- What was refused offline goes a while after it was settled.
create index offline_refusal_settled on borrow.offline_refusal (settled_at) where settled_at is not null;
