import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { won } from '../../../platform/money.ts'
import { ATTEMPT_STATES, isInFlight } from '../rules/attempt.ts'
import type { Attempt } from '../store/attempt-store.ts'
import { resultPage } from './result-page.ts'
import { CUSTOMER_STATES, customerState, type PaymentView, paymentView } from './view.ts'

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
      const view = paymentView({ attempt: attempt({ state }), refunds: [] })
      expect(JSON.stringify(view)).not.toContain('secret')
      expect(view.redirectUrl !== null).toBe(state === 'awaiting_customer')
    }
  })
})

describe('the page after payment', () => {
  const view = (changes: Partial<PaymentView> = {}): PaymentView => ({
    ...paymentView({ attempt: attempt(), refunds: [] }),
    ...changes,
  })

  it('has its own words in both languages for every state', () => {
    for (const language of ['ko', 'en'] as const) {
      const headings = CUSTOMER_STATES.map(
        (state) => /<h1>(.*)<\/h1>/.exec(resultPage(view({ state }), '홍삼정', language))?.[1] ?? '',
      )
      expect(new Set(headings).size).toBe(CUSTOMER_STATES.length)
      for (const heading of headings) expect(/[가-힣]/.test(heading)).toBe(language === 'ko')
    }
  })

  it('names what was paid, how much and with what, and no code of ours or the provider’s', () => {
    const html = resultPage(view({ state: 'paid', method: '카카오페이머니' }), '홍삼정 외 1건', 'ko')
    const shown = [...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [
      name,
      value,
    ])
    expect(shown).toEqual([
      ['주문 상품', '홍삼정 외 1건'],
      ['결제 금액', '10,000원'],
      ['결제 수단', '카카오페이머니'],
    ])
  })

  it('reloads itself only while the outcome is open', () => {
    for (const state of CUSTOMER_STATES)
      expect(resultPage(view({ state }), '홍삼정', 'ko').includes('http-equiv="refresh"')).toBe(
        state === 'processing',
      )
  })

  it('lets no text from outside become HTML', () => {
    const tags = (html: string) => html.match(/<[a-z!/][^>]*>/gi)?.join('') ?? ''
    const page = (declineMessage: string, method: string, itemName: string) =>
      tags(resultPage(view({ state: 'declined', declineMessage, method }), itemName, 'ko'))
    const plain = page('x', 'x', 'x')
    const text = fc
      .oneof(fc.string(), fc.constantFrom('<script>', '"><b>', "' onx='", '&lt;', '</dd><dt>'))
      .filter((one) => one !== '')
    fc.assert(
      fc.property(text, text, text, (declineMessage, method, itemName) => {
        expect(page(declineMessage, method, itemName)).toBe(plain)
      }),
    )
  })
})
