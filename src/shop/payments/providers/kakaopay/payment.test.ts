import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { won } from '../../../../platform/money.ts'
import { lookupOf, paymentOfApproval, paymentOfCancel, tokenOfApproval } from './payment.ts'
import { ApprovalBody, CancelBody, OrderBody } from './schemas.ts'

const EXPECTED = {
  cid: 'TC0ONETIME',
  tid: 'T1',
  merchantRef: 'attempt-1',
  buyerRef: 'buyer-1',
  money: { total: won(9_900), taxFree: won(0), vat: won(900) },
}
const APPROVAL = {
  tid: 'T1',
  cid: 'TC0ONETIME',
  partner_order_id: 'attempt-1',
  partner_user_id: 'buyer-1',
  payment_method_type: 'MONEY',
  amount: { total: 9_900, tax_free: 0, vat: 900, point: 0, discount: 0, green_deposit: 0 },
  approved_at: '2023-07-15T21:18:22',
}
const NOW = Temporal.Instant.from('2026-01-01T00:00:00Z')

const approval = (changes: object) => {
  const body: unknown = { ...APPROVAL, ...changes }
  if (!Value.Check(ApprovalBody, body)) throw new Error('the schema refuses it')
  return body
}

describe('an approval', () => {
  it('is read with Korean time, VAT as the provider computed it, and the method', () => {
    const amount = { ...APPROVAL.amount, vat: 899 }
    expect(paymentOfApproval(approval({ amount }), EXPECTED)).toEqual({
      ref: 'T1',
      merchantRef: 'attempt-1',
      status: 'paid',
      rawStatus: 'SUCCESS_PAYMENT',
      total: 9_900,
      vat: 899,
      refundable: 9_900,
      refunds: [],
      approvedAt: Temporal.Instant.from('2023-07-15T12:18:22Z'),
      method: '카카오페이머니',
      cashReceiptBy: 'provider',
    })
  })

  it.each([
    { cid: 'TCSUBSCRIP' },
    { tid: 'T2' },
    { partner_order_id: 'attempt-2' },
    { partner_user_id: 'buyer-2' },
    { amount: { total: 9_901 } },
    { amount: { total: '99' } },
    { amount: { total: 9_900.5 } },
    { status: 'FAIL_PAYMENT' },
    { status: 'ZID_CERTIFICATE' },
  ])('that says %j is not ours', (change) => {
    expect(paymentOfApproval(approval(change), EXPECTED)).toBeUndefined()
  })

  it('of another token is not ours; one that names none is', () => {
    const expected = { ...EXPECTED, sid: 'S1' }
    expect(paymentOfApproval(approval({ sid: 'S2' }), expected)).toBeUndefined()
    expect(paymentOfApproval(approval({ sid: 'S1' }), expected)).toBeDefined()
    expect(paymentOfApproval(approval({ sid: null }), expected)).toBeDefined()
  })

  it('may leave out what is optional and send numbers as text', () => {
    const { approved_at: _, payment_method_type: __, ...bare } = APPROVAL
    const body: unknown = { ...bare, amount: { total: '9900' }, card_info: 'odd', news: 1 }
    expect(Value.Check(ApprovalBody, body) && paymentOfApproval(body, EXPECTED)).toMatchObject({
      total: 9_900,
      vat: 900,
      approvedAt: undefined,
      method: '카카오페이',
    })
  })

  it.each([
    [{ kakaopay_issuer_corp: '신한카드', bin: '621640' }, '카카오페이 신한카드 621640******'],
    [{ issuer_corp: '국민카드', bin: 94010912 }, '카카오페이 국민카드 940109******'],
    [{ kakaopay_issuer_corp: '현대카드', bin: null }, '카카오페이 현대카드 ****'],
    [{ bin: '1' }, '카카오페이 ****'],
  ])('shows the card %j', (card_info, method) => {
    const body = approval({ sid: 'S1', payment_method_type: 'CARD', card_info })
    expect(paymentOfApproval(body, EXPECTED)).toMatchObject({ method })
    expect(tokenOfApproval(body, NOW)).toMatchObject({ token: 'S1', display: method })
  })

  it('without a SID brings no token; without a date it is issued now', () => {
    expect(tokenOfApproval(approval({}), NOW)).toBeUndefined()
    expect(tokenOfApproval(approval({ sid: 'S1', approved_at: null }), NOW)).toEqual({
      token: 'S1',
      display: '카카오페이머니',
      issuedAt: NOW,
    })
  })
})

const CANCEL = {
  aid: 'A9',
  tid: 'T1',
  cid: 'TC0ONETIME',
  status: 'PART_CANCEL_PAYMENT',
  amount: { total: 9_900, vat: 900 },
  approved_cancel_amount: { total: 4_000 },
  canceled_amount: { total: 4_000 },
  cancel_available_amount: { total: 5_900 },
}

describe('a refund', () => {
  const read = (changes: object) => {
    const body: unknown = { ...CANCEL, ...changes }
    if (!Value.Check(CancelBody, body)) throw new Error('the schema refuses it')
    return paymentOfCancel(body, { cid: 'TC0ONETIME', tid: 'T1', refunded: won(4_000) })
  }

  it('tells its id and what is left', () => {
    expect(read({})).toMatchObject({
      status: 'partially_refunded',
      refundable: 5_900,
      refunds: [{ id: 'A9', amount: 4_000 }],
    })
    expect(read({ status: 'CANCEL_PAYMENT' })).toMatchObject({ status: 'refunded' })
  })

  it.each([
    { tid: 'T2' },
    { cid: 'TCSUBSCRIP' },
    { approved_cancel_amount: { total: 4_001 } },
    { status: 'SUCCESS_PAYMENT' },
    { status: 'NEW_WORD' },
    { amount: { total: 1.5 } },
    { cancel_available_amount: { total: 1.5 } },
  ])('that says %j is not ours', (change) => {
    expect(read(change)).toBeUndefined()
  })
})

const ORDER = {
  tid: 'T1',
  status: 'SUCCESS_PAYMENT',
  partner_order_id: 'attempt-1',
  amount: { total: 9_900, tax_free: 0, vat: 900 },
  canceled_amount: { total: 0 },
  cancel_available_amount: { total: 9_900 },
  payment_method_type: 'CARD',
  selected_card_info: { card_bin: '621640', card_corp_name: '신한카드' },
  approved_at: '2023-07-15T21:18:22',
  payment_action_details: [{ aid: 'A1', amount: 9_900, payment_action_type: 'PAYMENT' }],
}

describe('a look-up', () => {
  const look = (changes: object) => {
    const body: unknown = { ...ORDER, ...changes }
    if (!Value.Check(OrderBody, body)) throw new Error('the schema refuses it')
    return lookupOf(body, { tid: 'T1', merchantRef: 'attempt-1' })
  }

  it.each([
    ['READY', false],
    ['SEND_TMS', false],
    ['OPEN_PAYMENT', false],
    ['SELECT_METHOD', false],
    ['ARS_WAITING', false],
    ['AUTH_PASSWORD', false],
    ['ZID_CERTIFICATE', false],
    ['A_WORD_NEVER_SEEN', false],
    ['QUIT_PAYMENT', true],
    ['FAIL_PAYMENT', true],
    ['FAIL_AUTH_PASSWORD', true],
  ])('%s: not charged, final %s', (status, final) => {
    expect(look({ status })).toEqual({ kind: 'not_charged_yet', status, final })
  })

  it('finds a paid one', () => {
    expect(look({})).toMatchObject({
      kind: 'found',
      payment: {
        status: 'paid',
        total: 9_900,
        vat: 900,
        refunds: [],
        method: '카카오페이 신한카드 621640******',
      },
    })
    expect(
      look({ canceled_amount: null, cancel_available_amount: null, amount: { total: '9900' } }),
    ).toMatchObject({
      kind: 'found',
      payment: { status: 'paid', vat: 900, refundable: 9_900 },
    })
  })

  it('gives the token if it ever names one', () => {
    expect(look({ sid: 'S1' })).toMatchObject({
      token: { token: 'S1', display: '카카오페이 신한카드 621640******' },
    })
  })

  it('lists refunds by age, whatever their order', () => {
    const payment_action_details = [
      { aid: 'A3', amount: 5_900, payment_action_type: 'CANCEL', approved_at: '2023-07-17T09:00:00' },
      { aid: 'A1', amount: 9_900, payment_action_type: 'PAYMENT', approved_at: '2023-07-15T21:18:22' },
      { aid: 'A2', amount: '4000', payment_action_type: 'CANCEL', approved_at: '2023-07-16T09:00:00' },
    ]
    const refunded = { status: 'CANCEL_PAYMENT', canceled_amount: { total: 9_900 }, payment_action_details }
    expect(look({ ...refunded, cancel_available_amount: { total: 0 } })).toMatchObject({
      payment: {
        status: 'refunded',
        refundable: 0,
        refunds: [
          { id: 'A2', amount: 4_000 },
          { id: 'A3', amount: 5_900 },
        ],
      },
    })
    // One missing from the list would look as if it had never been made.
    const short = payment_action_details.slice(0, 2)
    expect(look({ ...refunded, payment_action_details: short })).toEqual({
      kind: 'error',
      reason: 'mismatch',
    })
    expect(look({ ...refunded, payment_action_details: null })).toEqual({ kind: 'error', reason: 'mismatch' })
    expect(look({ ...refunded, canceled_amount: null })).toEqual({ kind: 'error', reason: 'mismatch' })
    const nameless = [{ amount: 9_900, payment_action_type: 'CANCEL' }]
    expect(look({ ...refunded, payment_action_details: nameless })).toEqual({
      kind: 'error',
      reason: 'mismatch',
    })
  })

  it('about something else is an error', () => {
    expect(look({ tid: 'T2' })).toEqual({ kind: 'error', reason: 'mismatch' })
    expect(look({ partner_order_id: 'attempt-2' })).toEqual({ kind: 'error', reason: 'mismatch' })
    expect(look({ amount: null })).toEqual({ kind: 'error', reason: 'bad_body' })
  })
})
