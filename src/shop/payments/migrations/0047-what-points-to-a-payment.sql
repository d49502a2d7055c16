-- Found by the payment or the order they belong to when that is forgotten; without these each batch read them all.
create index proposal_subject on payments.proposal (subject_id);
create index finding_attempt on payments.reconciliation_finding (attempt_id) where attempt_id is not null;
create index refund_order on payments.refund (order_id);
-- Hints that have nothing to ask any more go after a while.
create index hint_done on payments.hint (asked_at) where due_at is null;
-- Retention walks from the oldest method on, page by page; one whose charge a person has to decide stays.
create index method_created on payments.method (created_at);
create index attempt_review on payments.attempt (method_id) where needs_review;
