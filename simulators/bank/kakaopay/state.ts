import { seoulMonth } from '../clock.ts'
import type { JournalRow } from '../rows.ts'
import type { KakaoMethod, KakaoRow, KakaoStatus } from './rows.ts'

export interface Refund {
  aid: string
  at: number
  amount: number
  taxFree: number
  vat: number
  payload: string | undefined
}

/** One transaction (tid). Times are milliseconds; amounts are won. */
export interface Payment {
  tid: string
  cid: string
  status: KakaoStatus
  partnerOrderId: string
  partnerUserId: string
  itemName: string
  itemCode: string | undefined
  quantity: number
  total: number
  taxFree: number
  vat: number
  method: KakaoMethod
  createdAt: number
  approvedAt: number | undefined
  aid: string | undefined
  sid: string | undefined
  payload: string | undefined
  /** Present while the customer may still be on the page; forgotten once the payment is over. */
  checkout:
    | { approvalUrl: string; cancelUrl: string; failUrl: string; pgToken: string | undefined }
    | undefined
  refunds: Refund[] | undefined
}

/** A recurring payment token. */
export interface Sid {
  sid: string
  cid: string
  partnerUserId: string
  itemName: string
  method: KakaoMethod
  createdAt: number
  lastApprovedAt: number | undefined
  inactivatedAt: number | undefined
  /** Charges in the Seoul month of the last one, for the monthly limit. */
  usedInMonth: number
  script:
    | {
        declines: number
        code: number
        extras: Record<string, string> | undefined
        monthlyLimit: number | undefined
      }
    | undefined
}

export interface KakaoState {
  payments: Map<string, Payment>
  sids: Map<string, Sid>
  /** Order ids charged by token, only so that the "refuse duplicates" fault can know them. */
  tokenOrders: Set<string>
}

export function emptyKakaoState(): KakaoState {
  return { payments: new Map(), sids: new Map(), tokenOrders: new Set() }
}

/** Sum of what has gone back to the customer. */
export function refundedOf(
  payment: Payment,
  refunds = payment.refunds,
): { total: number; taxFree: number; vat: number } {
  const sum = { total: 0, taxFree: 0, vat: 0 }
  for (const refund of refunds ?? []) {
    sum.total += refund.amount
    sum.taxFree += refund.taxFree
    sum.vat += refund.vat
  }
  return sum
}

/** Charges of a SID in the Seoul month of `now`. */
export function usedThisMonth(sid: Sid, now: number): number {
  const last = sid.lastApprovedAt
  return last !== undefined && seoulMonth(last) === seoulMonth(now) ? sid.usedInMonth : 0
}

/** Statuses the customer can still move on from. */
export function isOpen(status: KakaoStatus): boolean {
  return (
    status === 'READY' ||
    status === 'OPEN_PAYMENT' ||
    status === 'SELECT_METHOD' ||
    status === 'AUTH_PASSWORD'
  )
}

/**
 * Applies one journal row. Changes the state in place: it holds hundreds of thousands of payments, and the
 * same function runs when the bank starts and when a call has been decided.
 */
export function applyKakaoRow(state: KakaoState, row: JournalRow & KakaoRow): void {
  const at = Date.parse(row.at)
  switch (row.kind) {
    case 'ready':
      state.payments.set(row.tid, {
        tid: row.tid,
        cid: row.cid,
        status: 'READY',
        partnerOrderId: row.partnerOrderId,
        partnerUserId: row.partnerUserId,
        itemName: row.itemName,
        itemCode: row.itemCode,
        quantity: row.quantity,
        total: row.amount,
        taxFree: row.taxFree,
        vat: row.vat,
        method: row.method ?? 'MONEY',
        createdAt: at,
        approvedAt: undefined,
        aid: undefined,
        sid: undefined,
        payload: undefined,
        checkout: {
          approvalUrl: row.approvalUrl,
          cancelUrl: row.cancelUrl,
          failUrl: row.failUrl,
          pgToken: undefined,
        },
        refunds: undefined,
      })
      return
    case 'page': {
      const payment = state.payments.get(row.tid)
      if (payment === undefined) return
      payment.status = row.status
      payment.method = row.method ?? payment.method
      if (payment.checkout !== undefined && row.pgToken !== undefined) payment.checkout.pgToken = row.pgToken
      return
    }
    case 'charge':
      applyCharge(state, row, at)
      return
    case 'sid_issued': {
      state.sids.set(row.sid, {
        sid: row.sid,
        cid: row.cid,
        partnerUserId: row.partnerUserId,
        itemName: row.itemName,
        method: row.method,
        createdAt: at,
        lastApprovedAt: undefined,
        inactivatedAt: undefined,
        usedInMonth: 0,
        script: undefined,
      })
      const payment = row.via === 'zero' && row.tid !== undefined ? state.payments.get(row.tid) : undefined
      if (payment !== undefined) finish(payment, 'ISSUED_SID', at, row.aid, row.sid, row.payload)
      return
    }
    case 'refund': {
      const payment = state.payments.get(row.tid)
      if (payment === undefined) return
      payment.refunds = [
        ...(payment.refunds ?? []),
        { aid: row.aid, at, amount: row.amount, taxFree: row.taxFree, vat: row.vat, payload: row.payload },
      ]
      payment.status = refundedOf(payment).total < payment.total ? 'PART_CANCEL_PAYMENT' : 'CANCEL_PAYMENT'
      return
    }
    case 'declined': {
      const payment =
        row.operation === 'approve' && row.tid !== undefined ? state.payments.get(row.tid) : undefined
      if (payment !== undefined) payment.status = 'FAIL_PAYMENT'
      const script = row.scripted && row.sid !== undefined ? state.sids.get(row.sid)?.script : undefined
      if (script !== undefined && script.declines > 0) script.declines -= 1
      return
    }
    case 'sid_inactivated': {
      const sid = state.sids.get(row.sid)
      if (sid !== undefined) sid.inactivatedAt ??= at
      return
    }
    case 'token_script': {
      const sid = state.sids.get(row.sid)
      if (sid !== undefined)
        sid.script = {
          declines: row.declines,
          code: row.code,
          extras: row.extras,
          monthlyLimit: row.monthlyLimit ?? sid.script?.monthlyLimit,
        }
    }
  }
}

function finish(
  payment: Payment,
  status: KakaoStatus,
  at: number,
  aid: string | undefined,
  sid: string | undefined,
  payload: string | undefined,
): void {
  payment.status = status
  payment.approvedAt = at
  payment.aid = aid
  payment.sid = sid
  payment.payload = payload
  payment.checkout = undefined
}

function applyCharge(state: KakaoState, row: JournalRow & KakaoRow & { kind: 'charge' }, at: number): void {
  const token = row.sid === undefined ? undefined : state.sids.get(row.sid)
  const started = state.payments.get(row.tid)
  if (started !== undefined) finish(started, 'SUCCESS_PAYMENT', at, row.aid, row.sid, row.payload)
  else
    state.payments.set(row.tid, {
      tid: row.tid,
      cid: row.cid,
      status: 'SUCCESS_PAYMENT',
      partnerOrderId: row.partnerOrderId,
      // The token's own text, so that a million charges do not hold a million copies of it.
      partnerUserId: token?.partnerUserId ?? row.partnerUserId,
      itemName: token?.itemName === row.itemName ? token.itemName : row.itemName,
      itemCode: row.itemCode,
      quantity: row.quantity,
      total: row.amount,
      taxFree: row.taxFree,
      vat: row.vat,
      method: row.method,
      createdAt: at,
      approvedAt: at,
      aid: row.aid,
      sid: token?.sid ?? row.sid,
      payload: row.payload,
      checkout: undefined,
      refunds: undefined,
    })
  if (token !== undefined) {
    token.usedInMonth = usedThisMonth(token, at) + 1
    token.lastApprovedAt = at
  }
  if (row.via === 'subscription') state.tokenOrders.add(row.partnerOrderId)
}
