/** What the Toss half of the bank writes down. Amounts are whole won. */
interface SessionRow {
  provider: 'toss'
  kind: 'session'
  paymentKey: string
  partnerOrderId: string
  partnerUserId?: string | undefined
  orderName: string
  amount: number
  /** Left out by a journal from before it was kept. */
  taxFree?: number | undefined
  /** Without one: by card. */
  method?: 'transfer' | undefined
  status: 'IN_PROGRESS' | 'ABORTED' | 'EXPIRED'
  code?: string | undefined
}

interface AuthRow {
  provider: 'toss'
  kind: 'auth_issued'
  authKey: string
  partnerUserId: string
}

interface BillingIssuedRow {
  provider: 'toss'
  kind: 'billing_issued'
  via: 'authorization' | 'import'
  billingKey: string
  partnerUserId: string
  authKey?: string | undefined
}

interface BillingDeletedRow {
  provider: 'toss'
  kind: 'billing_deleted'
  billingKey: string
  partnerUserId: string
  by: 'merchant' | 'user'
}

interface TossChargeRow {
  provider: 'toss'
  kind: 'charge'
  via: 'confirm' | 'billing'
  paymentKey: string
  transactionKey: string
  partnerOrderId: string
  partnerUserId?: string | undefined
  billingKey?: string | undefined
  orderName: string
  amount: number
  taxFree: number
  taxExemption: number
  installments: number
}

interface TossRefundRow {
  provider: 'toss'
  kind: 'refund'
  paymentKey: string
  transactionKey: string
  partnerOrderId: string
  partnerUserId?: string | undefined
  amount: number
  taxFree: number
  reason: string
}

/** The payment method said no. A declined confirm ends the payment. */
export interface TossDeclinedRow {
  provider: 'toss'
  kind: 'declined'
  operation: 'confirm' | 'billing_charge' | 'cancel'
  paymentKey?: string | undefined
  billingKey?: string | undefined
  partnerOrderId: string
  partnerUserId?: string | undefined
  amount: number
  code: string
  /** The decline came from the token's script, which it uses up by one. */
  scripted?: boolean | undefined
}

/** Any other refusal of a call with an idempotency key: kept because it is repeated to that key. */
interface TossRefusedRow {
  provider: 'toss'
  kind: 'refused'
  operation: string
  code: string
}

/** One attempt to tell the merchant something. */
interface WebhookRow {
  provider: 'toss'
  kind: 'webhook'
  webhookId: string
  eventType: string
  paymentKey?: string | undefined
  partnerOrderId?: string | undefined
  retriedCount: number
  /** HTTP status of the answer, or what went wrong; `lost` = never sent, by a fault. */
  outcome: number | 'unreachable' | 'lost'
}

/** A cash receipt that was issued, or (a part of) one that was taken back. No money moves. */
interface CashReceiptRow {
  provider: 'toss'
  kind: 'cash_receipt'
  type: 'CONFIRM' | 'CANCEL'
  receiptKey: string
  issueNumber: string
  partnerOrderId: string
  orderName: string
  purpose: '소득공제' | '지출증빙'
  amount: number
  taxFree: number
  /** The customer's number, masked. */
  shown: string
}

interface BillingScriptRow {
  provider: 'toss'
  kind: 'token_script'
  billingKey: string
  declines: number
  code: string
}

export type TossRow =
  | SessionRow
  | AuthRow
  | BillingIssuedRow
  | BillingDeletedRow
  | TossChargeRow
  | TossRefundRow
  | TossDeclinedRow
  | TossRefusedRow
  | WebhookRow
  | CashReceiptRow
  | BillingScriptRow
