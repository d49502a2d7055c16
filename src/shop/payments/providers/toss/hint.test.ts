import { expect, it } from 'vitest'
import { tossHintOf } from './hint.ts'

it.each<[object, object | undefined]>([
  [
    { eventType: 'PAYMENT_STATUS_CHANGED', data: { paymentKey: 'K', orderId: 'O', status: 'DONE', more: 1 } },
    { ref: 'K', merchantRef: 'O', says: 'paid' },
  ],
  [{ data: { paymentKey: 'K', status: 'CANCELED' } }, { ref: 'K', says: 'given_back' }],
  [{ data: { paymentKey: 'K', status: 'PARTIAL_CANCELED' } }, { ref: 'K', says: 'given_back' }],
  [{ data: { orderId: 'O', status: 'ABORTED' } }, { merchantRef: 'O', says: 'not_paid' }],
  [{ data: { orderId: 'O', status: 'EXPIRED' } }, { merchantRef: 'O', says: 'not_paid' }],
  [{ data: { orderId: 'O', status: 'NEW_WORD' } }, { merchantRef: 'O', says: 'something' }],
  [
    { eventType: 'CANCEL_STATUS_CHANGED', data: { paymentKey: 'K' } },
    { ref: 'K', says: 'something' },
  ],
  [
    { secret: 's', status: 'DONE', orderId: 'O' },
    { merchantRef: 'O', says: 'paid' },
  ],
  [{ eventType: 'BILLING_DELETED', data: { billingKey: 'B', reason: '요청' } }, undefined],
  [{ data: { paymentKey: '' } }, undefined],
  [{ data: { paymentKey: 'K'.repeat(201) } }, undefined],
  [{ data: 'K' }, undefined],
  [[], undefined],
])('%j', (body, hint) => {
  expect(tossHintOf(body)).toEqual(hint)
})
