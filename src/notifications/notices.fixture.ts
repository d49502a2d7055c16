import type { Notice, NoticeKind } from './wording/notice.ts'

const order = { orderId: 'order-1', orderNumber: '20261121-ABCD', itemId: 'item-1', otherItems: 2 }
const cycle = { subscriptionId: 'sub-1', itemId: 'item-1', cycleNo: 3, due: '2026-11-24', amount: 24_600 }

const book = { bookId: 'book-1', title: '오메가3' }
const hold = { holdId: 'hold-1', ...book }
const loan = { loanId: 'loan-1', ...book }

/** One notice of every kind; instants are chosen so that Seoul is a day ahead of UTC. */
export const sampleNotices: { readonly [K in NoticeKind]: Extract<Notice, { kind: K }> } = {
  payment_done: {
    kind: 'payment_done',
    data: { ...order, total: 1_234_500, paidAt: '2026-11-20T15:05:09Z' },
  },
  order_expired: { kind: 'order_expired', data: { ...order, expiredAt: '2026-11-20T15:05:09Z' } },
  order_shipped: {
    kind: 'order_shipped',
    data: {
      ...order,
      carrier: 'cj_logistics',
      trackingNumber: '688900123456',
      shippedAt: '2026-11-20T15:05:09Z',
      complete: false,
    },
  },
  order_delivered: {
    kind: 'order_delivered',
    data: { ...order, deliveredAt: '2026-11-20T15:05:09Z', complete: true },
  },
  refunded: {
    kind: 'refunded',
    data: { ...order, amount: 9_900, full: true, refundedAt: '2026-11-20T15:05:09Z' },
  },
  return_news: {
    kind: 'return_news',
    data: {
      ...order,
      returnKind: 'exchange',
      news: 'exchanged',
      parcelFee: 6_000,
      refusedFor: null,
      parcel: { carrier: 'hanjin', trackingNumber: '688900123456' },
      at: '2026-11-20T15:05:09Z',
    },
  },
  subscription_started: {
    kind: 'subscription_started',
    data: {
      subscriptionId: 'sub-1',
      itemId: 'item-1',
      quantity: 2,
      unitPrice: 12_300,
      period: { unit: 'days', count: 30 },
      needsMethod: false,
      nextCharge: '2026-12-21',
    },
  },
  charge_upcoming: { kind: 'charge_upcoming', data: cycle },
  delivery_in_doubt: {
    kind: 'delivery_in_doubt',
    data: { subscriptionId: 'sub-1', itemId: 'item-1', cycleNo: 3, due: '2026-11-24', ifNotSold: 'wait' },
  },
  charged: { kind: 'charged', data: { ...cycle, orderNumber: '20261124-WXYZ' } },
  charge_failed: {
    kind: 'charge_failed',
    data: { ...cycle, waitingFor: 'retry', until: '2026-11-24T17:00:00Z' },
  },
  delivery_skipped: {
    kind: 'delivery_skipped',
    data: {
      subscriptionId: 'sub-1',
      itemId: 'item-1',
      cycleNo: 3,
      due: '2026-11-24',
      reason: 'out_of_stock',
    },
  },
  subscription_cancelled: {
    kind: 'subscription_cancelled',
    data: {
      subscriptionId: 'sub-1',
      itemId: 'item-1',
      reason: 'tries_used_up',
      by: 'system',
      at: '2026-11-27T17:00:00Z',
    },
  },
  price_change_proposed: {
    kind: 'price_change_proposed',
    data: { subscriptionId: 'sub-1', itemId: 'item-1', unitPrice: 13_500 },
  },
  account_link: {
    kind: 'account_link',
    data: { itemId: null, linkId: 'link-1', purpose: 'verify_email', expiresAt: '2026-11-21T15:05:09Z' },
  },
  subscription_updated: {
    kind: 'subscription_updated',
    data: {
      subscriptionId: 'sub-1',
      itemId: 'item-1',
      update: { what: 'period', period: { unit: 'days', count: 60 } },
      from: '2026-12-24',
    },
  },
  hold_ready: { kind: 'hold_ready', data: { ...hold, until: '2026-11-27T15:00:00Z' } },
  hold_expired: { kind: 'hold_expired', data: hold },
  hold_requeued: { kind: 'hold_requeued', data: hold },
  loan_due_soon: { kind: 'loan_due_soon', data: { ...loan, copies: 2, dueOn: '2026-11-20' } },
  loan_overdue: { kind: 'loan_overdue', data: { ...loan, copies: 2, dueOn: '2026-11-20' } },
  loan_returned: {
    kind: 'loan_returned',
    data: { ...loan, returned: 3, out: 1, lateDays: 7, fee: 1_500, returnedAt: '2026-11-27T03:00:00Z' },
  },
  loan_cancelled: { kind: 'loan_cancelled', data: { ...loan, reason: 'out_of_stock' } },
  method_added: {
    kind: 'method_added',
    data: { itemId: null, methodId: 'method-1', at: '2026-11-27T03:00:00Z' },
  },
  question_answered: {
    kind: 'question_answered',
    data: { questionId: 'question-1', itemId: 'item-1', at: '2026-11-27T03:00:00Z' },
  },
  login_unlinked: {
    kind: 'login_unlinked',
    data: { itemId: null, provider: 'kakao', lastWayIn: true, at: '2026-11-27T03:00:00Z' },
  },
}
