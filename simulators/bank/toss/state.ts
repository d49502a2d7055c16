import type { JournalRow } from '../rows.ts'
import type { TossRow } from './rows.ts'

export interface Cancel {
  transactionKey: string
  at: number
  amount: number
  taxFree: number
  reason: string
}

/** One payment. Times are milliseconds; amounts are won. */
export interface TossPayment {
  paymentKey: string
  orderId: string
  customerKey: string | undefined
  orderName: string
  type: 'NORMAL' | 'BILLING'
  method: 'card' | 'transfer'
  status: 'IN_PROGRESS' | 'DONE' | 'PARTIAL_CANCELED' | 'CANCELED' | 'ABORTED' | 'EXPIRED'
  total: number
  taxFree: number
  taxExemption: number
  installments: number
  requestedAt: number
  approvedAt: number | undefined
  transactionKey: string | undefined
  failureCode: string | undefined
  cancels: Cancel[] | undefined
}

/** One issue of a cash receipt, or one taking back; both carry a positive amount. */
export interface CashReceipt {
  at: number
  receiptKey: string
  issueNumber: string
  type: 'CONFIRM' | 'CANCEL'
  partnerOrderId: string
  orderName: string
  purpose: '소득공제' | '지출증빙'
  amount: number
  taxFree: number
  shown: string
}

/** A registered card. */
export interface BillingKey {
  billingKey: string
  customerKey: string
  createdAt: number
  deletedAt: number | undefined
  script: { declines: number; code: string } | undefined
}

export interface TossState {
  payments: Map<string, TossPayment>
  /** Payment key by the merchant's order id: the latest paid one, else the latest begun one. */
  orders: Map<string, string>
  billingKeys: Map<string, BillingKey>
  authKeys: Map<string, { customerKey: string; createdAt: number; usedFor: string | undefined }>
  /** Oldest first. */
  receipts: CashReceipt[]
  /** Journal row of the first answer to an idempotency key, and until when it is kept. */
  answers: Map<string, { seq: number; at: number }>
}

export function emptyTossState(): TossState {
  return {
    payments: new Map(),
    orders: new Map(),
    billingKeys: new Map(),
    authKeys: new Map(),
    receipts: [],
    answers: new Map(),
  }
}

/** Sum of what has gone back to the customer. */
export function canceledOf(payment: TossPayment): { total: number; taxFree: number } {
  const sum = { total: 0, taxFree: 0 }
  for (const cancel of payment.cancels ?? []) {
    sum.total += cancel.amount
    sum.taxFree += cancel.taxFree
  }
  return sum
}

/** Keeps where the journal has the first answer to an idempotency key. */
export function rememberAnswer(state: TossState, row: JournalRow): void {
  if (row.answer !== undefined) state.answers.set(row.answer.scope, { seq: row.seq, at: Date.parse(row.at) })
}

/** Applies one journal row, in place (see the same for KakaoPay). */
export function applyTossRow(state: TossState, row: JournalRow & TossRow): void {
  const at = Date.parse(row.at)
  rememberAnswer(state, row)
  switch (row.kind) {
    case 'session':
      applySession(state, row, at)
      return
    case 'auth_issued':
      state.authKeys.set(row.authKey, { customerKey: row.partnerUserId, createdAt: at, usedFor: undefined })
      return
    case 'billing_issued': {
      const auth = row.authKey === undefined ? undefined : state.authKeys.get(row.authKey)
      if (auth !== undefined) auth.usedFor = row.billingKey
      state.billingKeys.set(row.billingKey, {
        billingKey: row.billingKey,
        customerKey: row.partnerUserId,
        createdAt: at,
        deletedAt: undefined,
        script: undefined,
      })
      return
    }
    case 'billing_deleted': {
      const key = state.billingKeys.get(row.billingKey)
      if (key !== undefined) key.deletedAt ??= at
      return
    }
    case 'charge':
      applyCharge(state, row, at)
      return
    case 'refund': {
      const payment = state.payments.get(row.paymentKey)
      if (payment === undefined) return
      const { transactionKey, amount, taxFree, reason } = row
      payment.cancels = [...(payment.cancels ?? []), { transactionKey, at, amount, taxFree, reason }]
      payment.status = canceledOf(payment).total < payment.total ? 'PARTIAL_CANCELED' : 'CANCELED'
      return
    }
    case 'declined':
      applyDecline(state, row)
      return
    case 'token_script': {
      const key = state.billingKeys.get(row.billingKey)
      if (key !== undefined) key.script = { declines: row.declines, code: row.code }
      return
    }
    case 'cash_receipt': {
      const { receiptKey, issueNumber, type, partnerOrderId, orderName, purpose, amount, taxFree, shown } =
        row
      const about = { partnerOrderId, orderName, purpose, shown }
      state.receipts.push({ at, receiptKey, issueNumber, type, amount, taxFree, ...about })
      return
    }
    // Kept for readers of the journal only.
    case 'refused':
    case 'webhook':
  }
}

function applySession(state: TossState, row: TossRow & { kind: 'session' }, at: number): void {
  const known = state.payments.get(row.paymentKey)
  if (known !== undefined) {
    known.status = row.status
    known.failureCode = row.code
    return
  }
  state.payments.set(row.paymentKey, {
    paymentKey: row.paymentKey,
    orderId: row.partnerOrderId,
    customerKey: row.partnerUserId,
    orderName: row.orderName,
    type: 'NORMAL',
    method: row.method ?? 'card',
    status: row.status,
    total: row.amount,
    taxFree: row.taxFree ?? 0,
    taxExemption: 0,
    installments: 0,
    requestedAt: at,
    approvedAt: undefined,
    transactionKey: undefined,
    failureCode: row.code,
    cancels: undefined,
  })
  const before = state.orders.get(row.partnerOrderId)
  if (before === undefined || state.payments.get(before)?.approvedAt === undefined)
    state.orders.set(row.partnerOrderId, row.paymentKey)
}

function applyCharge(state: TossState, row: TossRow & { kind: 'charge' }, at: number): void {
  const token = row.billingKey === undefined ? undefined : state.billingKeys.get(row.billingKey)
  const known = state.payments.get(row.paymentKey)
  state.payments.set(row.paymentKey, {
    paymentKey: row.paymentKey,
    orderId: row.partnerOrderId,
    customerKey: token?.customerKey ?? row.partnerUserId,
    orderName: row.orderName,
    type: row.via === 'billing' ? 'BILLING' : 'NORMAL',
    method: known?.method ?? 'card',
    status: 'DONE',
    total: row.amount,
    taxFree: row.taxFree,
    taxExemption: row.taxExemption,
    installments: row.installments,
    requestedAt: known?.requestedAt ?? at,
    approvedAt: at,
    transactionKey: row.transactionKey,
    failureCode: undefined,
    cancels: undefined,
  })
  state.orders.set(row.partnerOrderId, row.paymentKey)
}

function applyDecline(state: TossState, row: TossRow & { kind: 'declined' }): void {
  const payment =
    row.operation === 'confirm' && row.paymentKey !== undefined
      ? state.payments.get(row.paymentKey)
      : undefined
  if (payment !== undefined) {
    payment.status = 'ABORTED'
    payment.failureCode = row.code
  }
  const script =
    row.scripted === true && row.billingKey !== undefined
      ? state.billingKeys.get(row.billingKey)?.script
      : undefined
  if (script !== undefined && script.declines > 0) script.declines -= 1
}
