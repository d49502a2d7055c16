import type { Generated } from 'kysely'
import type { Db, Tx } from '../../../platform/database/database.ts'
import type { Won } from '../../../platform/money.ts'
import type { ProviderName } from '../provider.ts'
import type { ReceiptUse } from '../provider-receipts.ts'
import { ATTEMPT_STATES, type AttemptOrigin, type AttemptState } from '../rules/attempt.ts'
import { RECEIPT_STATES, type ReceiptState } from '../rules/cash-receipt.ts'
import { REFUND_STATES, type RefundState } from '../rules/refund.ts'
import type { RegistrationState } from '../rules/registration.ts'

export type AttemptTable = {
  id: string
  order_id: string
  owner_id: string
  provider: ProviderName
  origin: AttemptOrigin
  mode: 'pay' | 'pay_and_issue_token'
  state: AttemptState
  total: Won
  tax_free: Won
  vat: Won
  item_name: string
  quantity: number
  buyer_ref: string
  return_key: string
  provider_ref: string | null
  redirect_url: string | null
  proof: Record<string, string> | null
  send_no: Generated<number>
  sent_at: Temporal.Instant | null
  lease_until: Temporal.Instant | null
  next_look_at: Temporal.Instant | null
  looks: Generated<number>
  not_charged_seen: Generated<number>
  needs_review: Generated<boolean>
  decline_code: string | null
  decline_message: string | null
  decline_retry: 'retryable' | 'final' | null
  unknown_reason: string | null
  method: string | null
  paid_at: Temporal.Instant | null
  refund_reserved: Generated<Won>
  refunded: Generated<Won>
  expires_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  version: Generated<number>
  /** The stored method that is charged; set exactly for origin 'token'. */
  method_id: string | null
  /** Since when nothing is known any more of whose it was. */
  forgotten_at: Generated<Temporal.Instant | null>
  /** The trace of the purchase, for what is done later: W3C trace context of who made the attempt. */
  traceparent: Generated<string | null>
}

export type RefundTable = {
  id: string
  attempt_id: string
  order_id: string
  amount: Won
  tax_free: Generated<Won>
  vat: Won
  reason: string
  requested_by: string
  state: RefundState
  send_no: Generated<number>
  sent_at: Temporal.Instant | null
  lease_until: Temporal.Instant | null
  next_look_at: Temporal.Instant | null
  looks: Generated<number>
  not_refunded_seen: Generated<number>
  needs_review: Generated<boolean>
  refundable_before: Won
  provider_refund_id: string | null
  decline_code: string | null
  decline_message: string | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  finished_at: Temporal.Instant | null
}

export type ReceiptTable = {
  attempt_id: string
  state: ReceiptState
  use: ReceiptUse | null
  self_issued: Generated<boolean>
  number: string | null
  shown: string | null
  target: Generated<Won>
  target_tax_free: Generated<Won>
  standing: Generated<Won>
  deed: 'issue' | 'cancel' | null
  deed_amount: Won | null
  deed_tax_free: Generated<Won>
  deed_no: Generated<number>
  send_no: Generated<number>
  sent_at: Temporal.Instant | null
  sent_days: Generated<string[]>
  lease_until: Temporal.Instant | null
  next_look_at: Temporal.Instant | null
  looks: Generated<number>
  not_seen: Generated<number>
  refusals: Generated<number>
  receipt_key: string | null
  issue_number: string | null
  url: string | null
  problem_code: string | null
  problem_message: string | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

const refundStep = <S extends RefundState>(state: S) => `refund ${state}` as const
const receiptStep = <S extends ReceiptState>(state: S) => `cash receipt ${state}` as const
/** What the history of a payment tells of; people see each of them in words. */
export const HISTORY_STEPS = [
  ...ATTEMPT_STATES,
  ...REFUND_STATES.map(refundStep),
  ...RECEIPT_STATES.map(receiptStep),
  'refund given late',
  'provider asked',
  'named',
] as const
export type HistoryStep = (typeof HISTORY_STEPS)[number]

export type HistoryTable = {
  id: Generated<number>
  attempt_id: string
  refund_id: string | null
  at: Temporal.Instant
  step: HistoryStep
  note: unknown
}

export type MethodTable = {
  id: string
  owner_id: string
  provider: ProviderName
  buyer_ref: string
  token: string
  display: string
  state: 'active' | 'revoking' | 'revoked' | 'dead'
  /** The payment it came with, or else the registration; exactly one of them is set. */
  issued_by: string | null
  registered_by: string | null
  last_charged_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

export type RegistrationTable = {
  id: string
  owner_id: string
  provider: ProviderName
  state: RegistrationState
  buyer_ref: string
  return_key: string
  provider_ref: string | null
  redirect_url: string | null
  proof: Record<string, string> | null
  send_no: Generated<number>
  sent_at: Temporal.Instant | null
  lease_until: Temporal.Instant | null
  next_look_at: Temporal.Instant | null
  looks: Generated<number>
  doubt: string | null
  end_code: string | null
  end_message: string | null
  evidence: Generated<unknown>
  expires_at: Temporal.Instant | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  version: Generated<number>
}

export type LedgerTable = {
  transaction_id: string
  account: string
  amount: number
  attempt_id: string
  refund_id: string | null
  posted_at: Temporal.Instant
}

export type ProposalTable = {
  id: string
  kind: 'decide_payment' | 'decide_refund' | 'refund'
  subject_id: string
  amount: number
  terms: unknown
  provider_said: string | null
  proposed_by: string
  proposed_at: Temporal.Instant
  expires_at: Temporal.Instant
  state: 'open' | 'confirmed' | 'rejected' | 'expired'
  ended_by: string | null
  ended_at: Temporal.Instant | null
}

export type PaymentsTables = {
  'payments.attempt': AttemptTable
  'payments.refund': RefundTable
  'payments.cash_receipt': ReceiptTable
  'payments.method': MethodTable
  'payments.registration': RegistrationTable
  'payments.history': HistoryTable
  'payments.ledger_entry': LedgerTable
  'payments.proposal': ProposalTable
}

/** The database with the tables of payments. */
export const payments = (db: Db | Tx) => db.$extendTables<PaymentsTables>()
