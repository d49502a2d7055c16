/** What the Toss half of the bank writes down. Amounts are whole won. */
export interface SessionRow {
  provider: 'toss'
  kind: 'session'
  paymentKey: string
  partnerOrderId: string
  partnerUserId?: string | undefined
  orderName: string
  amount: number
  status: 'IN_PROGRESS' | 'ABORTED' | 'EXPIRED'
  code?: string | undefined
}

export interface AuthRow {
  provider: 'toss'
  kind: 'auth_issued'
  authKey: string
  partnerUserId: string
}

export interface BillingIssuedRow {
  provider: 'toss'
  kind: 'billing_issued'
  via: 'authorization' | 'import'
  billingKey: string
  partnerUserId: string
  authKey?: string | undefined
}

export interface BillingDeletedRow {
  provider: 'toss'
  kind: 'billing_deleted'
  billingKey: string
  partnerUserId: string
  by: 'merchant' | 'user'
}

export interface TossChargeRow {
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

export interface TossRefundRow {
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

/** A refusal: kept because the bank repeats it to whoever asks again with the same idempotency key. */
export interface TossDeclinedRow {
  provider: 'toss'
  kind: 'declined'
  operation: string
  paymentKey?: string | undefined
  billingKey?: string | undefined
  partnerOrderId?: string | undefined
  partnerUserId?: string | undefined
  amount?: number | undefined
  code: string
  scripted?: boolean | undefined
}

export interface BillingScriptRow {
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
  | BillingScriptRow
