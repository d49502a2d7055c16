import { seoulLocal } from '../clock.ts'
import type { KakaoMethod } from './rows.ts'
import { type Payment, type Refund, refundedOf, type Sid } from './state.ts'

/** An amount as KakaoPay writes it. The simulator knows no points, discounts or cup deposits. */
function amountView(sum: { total: number; taxFree: number; vat: number }): Record<string, number> {
  return { total: sum.total, tax_free: sum.taxFree, vat: sum.vat, point: 0, discount: 0, green_deposit: 0 }
}

function leftOf(payment: Payment, refunded: { total: number; taxFree: number; vat: number }) {
  const total = payment.total - refunded.total
  return {
    total,
    taxFree: payment.taxFree - refunded.taxFree,
    // Rounded VAT of several partial refunds may add up to a won more than the whole had.
    vat: total === 0 ? 0 : Math.max(0, payment.vat - refunded.vat),
  }
}

const CARD_INFO = {
  kakaopay_purchase_corp: '신한카드',
  kakaopay_purchase_corp_code: '06',
  kakaopay_issuer_corp: '신한카드',
  kakaopay_issuer_corp_code: '06',
  bin: '621640',
  card_type: '신용',
  install_month: '00',
  approved_id: '70625197',
  card_mid: '123456789',
  interest_free_install: 'N',
  installment_type: 'CARD_INSTALLMENT',
  card_item_code: '000000000',
}

function parties(payment: Payment): Record<string, unknown> {
  return {
    partner_order_id: payment.partnerOrderId,
    partner_user_id: payment.partnerUserId,
    payment_method_type: payment.method,
  }
}

function item(payment: Payment): Record<string, unknown> {
  return {
    item_name: payment.itemName,
    ...(payment.itemCode === undefined ? {} : { item_code: payment.itemCode }),
    quantity: payment.quantity,
    created_at: seoulLocal(payment.createdAt),
    ...(payment.approvedAt === undefined ? {} : { approved_at: seoulLocal(payment.approvedAt) }),
  }
}

const payloadView = (payload: string | undefined) => (payload === undefined ? {} : { payload })

/** Answer of approve and subscription. */
export function approvalView(payment: Payment): Record<string, unknown> {
  return {
    aid: payment.aid,
    tid: payment.tid,
    cid: payment.cid,
    ...(payment.sid === undefined ? {} : { sid: payment.sid }),
    ...parties(payment),
    amount: amountView(payment),
    ...(payment.method === 'CARD' ? { card_info: CARD_INFO } : {}),
    ...item(payment),
    ...payloadView(payment.payload),
  }
}

/** Answer of cancel: original amount, this refund, all refunds, what is left. */
export function cancelView(payment: Payment, refund: Refund): Record<string, unknown> {
  const refunded = refundedOf(payment)
  return {
    aid: refund.aid,
    tid: payment.tid,
    cid: payment.cid,
    status: payment.status,
    ...parties(payment),
    amount: amountView(payment),
    approved_cancel_amount: amountView({ total: refund.amount, taxFree: refund.taxFree, vat: refund.vat }),
    canceled_amount: amountView(refunded),
    cancel_available_amount: amountView(leftOf(payment, refunded)),
    ...item(payment),
    canceled_at: seoulLocal(refund.at),
    ...payloadView(refund.payload),
  }
}

function actions(payment: Payment, refunds: readonly Refund[]): Record<string, unknown>[] {
  const action = (aid: string | undefined, at: number, amount: number, type: string, payload?: string) => ({
    aid,
    approved_at: seoulLocal(at),
    amount,
    point_amount: 0,
    discount_amount: 0,
    green_deposit: 0,
    payment_action_type: type,
    payload: payload ?? '',
  })
  if (payment.approvedAt === undefined) return []
  return [
    action(
      payment.aid,
      payment.approvedAt,
      payment.total,
      payment.status === 'ISSUED_SID' ? 'ISSUED_SID' : 'PAYMENT',
      payment.payload,
    ),
    ...refunds.map((refund) => action(refund.aid, refund.at, refund.amount, 'CANCEL', refund.payload)),
  ]
}

/** The payment as it stood before its last change: what a lagging read replica still shows. */
function before(payment: Payment): Payment {
  const refunds = payment.refunds?.slice(0, -1)
  if (payment.refunds !== undefined && payment.refunds.length > 0)
    return {
      ...payment,
      refunds,
      status: refunds?.length ? 'PART_CANCEL_PAYMENT' : 'SUCCESS_PAYMENT',
    }
  return payment.approvedAt === undefined
    ? payment
    : { ...payment, status: 'AUTH_PASSWORD', approvedAt: undefined, aid: undefined, sid: undefined }
}

/** Answer of order (look-up). `stale` shows the state before the last change. */
export function orderView(current: Payment, stale: boolean): Record<string, unknown> {
  const payment = stale ? before(current) : current
  const refunds = payment.refunds ?? []
  const refunded = refundedOf(payment)
  const approved = payment.approvedAt !== undefined
  const last = refunds.at(-1)
  return {
    tid: payment.tid,
    cid: payment.cid,
    status: payment.status,
    ...parties(payment),
    amount: amountView(payment),
    canceled_amount: amountView(refunded),
    cancel_available_amount: amountView(
      approved ? leftOf(payment, refunded) : { total: 0, taxFree: 0, vat: 0 },
    ),
    ...item(payment),
    ...(last === undefined ? {} : { canceled_at: seoulLocal(last.at) }),
    ...(approved && payment.method === 'CARD'
      ? {
          selected_card_info: {
            card_bin: CARD_INFO.bin,
            install_month: 0,
            card_corp_name: CARD_INFO.kakaopay_issuer_corp,
            interest_free_install: 'N',
          },
        }
      : {}),
    payment_action_details: actions(payment, refunds),
  }
}

/** When the payment last changed, by the bank's clock in milliseconds. */
export function lastChangeOf(payment: Payment): number {
  return payment.refunds?.at(-1)?.at ?? payment.approvedAt ?? payment.createdAt
}

const times = (sid: Sid) => ({
  created_at: seoulLocal(sid.createdAt),
  ...(sid.lastApprovedAt === undefined ? {} : { last_approved_at: seoulLocal(sid.lastApprovedAt) }),
  ...(sid.inactivatedAt === undefined ? {} : { inactivated_at: seoulLocal(sid.inactivatedAt) }),
})

/** Answer of manage/subscription/inactive. */
export function inactiveView(sid: Sid): Record<string, unknown> {
  return { cid: sid.cid, sid: sid.sid, status: 'INACTIVE', ...times(sid) }
}

/** Answer of manage/subscription/status. */
export function sidView(sid: Sid): Record<string, unknown> {
  const method: KakaoMethod = sid.method
  return {
    available: sid.inactivatedAt === undefined,
    cid: sid.cid,
    sid: sid.sid,
    status: sid.inactivatedAt === undefined ? 'ACTIVE' : 'INACTIVE',
    payment_method_type: method,
    item_name: sid.itemName,
    ...times(sid),
    use_point_status: 'NOT_USE',
  }
}
