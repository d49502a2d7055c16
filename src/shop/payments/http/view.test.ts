import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { ATTEMPT_STATES, isInFlight } from '../rules/attempt.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { CUSTOMER_STATES, customerState, paymentView } from './view.ts'

const NOW = Temporal.Instant.from('2026-11-20T16:00:00Z')
const attempt = (changes: Partial<Attempt> = {}): Attempt => ({
  id: '0199f000-0000-7000-8000-000000000001',
  order_id: '0199f000-0000-7000-8000-000000000002',
  owner_id: '0199f000-0000-7000-8000-000000000003',
  provider: 'kakaopay',
  origin: 'checkout',
  mode: 'pay',
  state: 'succeeded',
  total: won(10_000),
  tax_free: won(0),
  vat: won(909),
  item_name: '오메가3',
  quantity: 1,
  buyer_ref: 'buyer',
  return_key: 'secret-return-key',
  provider_ref: 'tid',
  redirect_url: 'https://pay.test/tid',
  proof: { pg_token: 'secret-proof' },
  send_no: 2,
  sent_at: NOW,
  lease_until: null,
  next_look_at: null,
  looks: 0,
  not_charged_seen: 0,
  needs_review: false,
  decline_code: null,
  decline_message: null,
  decline_retry: null,
  unknown_reason: null,
  method: null,
  method_id: null,
  forgotten_at: null,
  traceparent: null,
  paid_at: NOW,
  refund_reserved: won(0),
  refunded: won(0),
  expires_at: NOW,
  created_at: NOW,
  updated_at: NOW,
  version: 1,
  ...changes,
})

describe('what a customer sees of a payment', () => {
  it.each<[Partial<Attempt>, string]>([
    [{}, 'paid'],
    [{ refund_reserved: won(10_000) }, 'refund_processing'],
    [{ refunded: won(4_000) }, 'partially_refunded'],
    [{ refunded: won(4_000), refund_reserved: won(6_000) }, 'refund_processing'],
    [{ refunded: won(10_000) }, 'refunded'],
    [{ state: 'succeeded_late', refund_reserved: won(10_000) }, 'refund_processing'],
    [{ state: 'succeeded_late' }, 'refund_processing'],
    [{ state: 'succeeded_late', refunded: won(10_000) }, 'refunded'],
  ])('%o is %s', (changes, state) => expect(customerState(attempt(changes))).toBe(state))

  it('money that may be moving is "processing", and nothing that was not paid looks paid', () => {
    for (const state of ATTEMPT_STATES) {
      const seen = customerState(attempt({ state }))
      expect(CUSTOMER_STATES).toContain(seen)
      if (isInFlight(state)) expect(seen).toBe('processing')
      if (seen === 'paid') expect(state).toBe('succeeded')
    }
  })

  it('has no secret in it, and a page to go to only while it waits for the customer', () => {
    for (const state of ATTEMPT_STATES) {
      const view = paymentView({ attempt: attempt({ state }), refunds: [], receipt: undefined })
      expect(JSON.stringify(view)).not.toContain('secret')
      expect(view.redirectUrl !== null).toBe(state === 'awaiting_customer')
    }
  })
})
