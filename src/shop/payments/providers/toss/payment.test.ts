import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { won } from '../../../../platform/money.ts'
import { chargeOf, refundedOf, tossLookupOf, tossPaymentOf, tossTokenOf } from './payment.ts'
import { BillingBody, PaymentBody } from './schemas.ts'

const DONE = {
  paymentKey: 'K1',
  orderId: 'attempt-1',
  status: 'DONE',
  currency: 'KRW',
  totalAmount: 15_000,
  balanceAmount: 15_000,
  vat: 1_364,
  taxFreeAmount: 0,
  method: '카드',
  approvedAt: '2022-01-01T09:00:00+09:00',
  card: { number: '43301234****123*' },
  cancels: null,
}
const ONE = {
  transactionKey: 'X1',
  cancelAmount: 4_000,
  canceledAt: '2022-01-02T09:00:00+09:00',
  cancelStatus: 'DONE',
}
const TWO = { ...ONE, transactionKey: 'X2', cancelAmount: 1_000, canceledAt: '2022-01-03T09:00:00+09:00' }
const PARTLY = { status: 'PARTIAL_CANCELED', balanceAmount: 10_000, vat: 909, cancels: [TWO, ONE] }

function body(changes: object) {
  const value: unknown = { ...DONE, ...changes }
  if (!Value.Check(PaymentBody, value)) throw new Error('the schema refuses it')
  return value
}

describe('a charge', () => {
  const expected = { merchantRef: 'attempt-1', total: won(15_000), paymentKey: 'K1' }

  it.each([
    [{ method: '카드' }, 'nobody'],
    [{ method: '계좌이체', card: null }, 'us'],
    [{ method: '가상계좌', card: null }, 'us'],
    [{ method: '계좌이체', cashReceipt: { receiptKey: 'R1' } }, 'provider'],
    [{ method: '간편결제', card: null, easyPay: { provider: '토스페이' } }, 'provider'],
    [{ method: '간편결제', easyPay: { provider: '토스페이' } }, 'nobody'],
    [{ method: '휴대폰', card: null }, 'nobody'],
  ])('of %o has a cash receipt by %s', (changes, by) => {
    expect(chargeOf(body(changes), expected)).toMatchObject({ cashReceiptBy: by })
  })

  it('is read', () => {
    expect(chargeOf(body({}), expected)).toEqual({
      ref: 'K1',
      merchantRef: 'attempt-1',
      status: 'paid',
      rawStatus: 'DONE',
      total: 15_000,
      taxFree: 0,
      vat: 1_364,
      refundable: 15_000,
      refunds: [],
      approvedAt: Temporal.Instant.from('2022-01-01T00:00:00Z'),
      method: '카드 43301234****123*',
      cashReceiptBy: 'nobody',
    })
  })

  it('tells its tax-free part, where Toss does', () => {
    expect(chargeOf(body({ taxFreeAmount: 4_000 }), expected)).toMatchObject({ taxFree: 4_000 })
    expect(chargeOf(body({ taxFreeAmount: null }), expected)).not.toHaveProperty('taxFree')
  })

  it('may leave out what is optional', () => {
    const bare: unknown = {
      paymentKey: 'K1',
      orderId: 'attempt-1',
      status: 'DONE',
      totalAmount: '15000',
      news: 1,
    }
    expect(Value.Check(PaymentBody, bare) && chargeOf(bare, expected)).toMatchObject({
      total: 15_000,
      vat: 1_364,
      refundable: 15_000,
      method: '카드',
      approvedAt: undefined,
    })
  })

  it.each([
    [{ paymentKey: 'K2' }, 'mismatch'],
    [{ orderId: 'attempt-2' }, 'mismatch'],
    [{ totalAmount: 15_001, balanceAmount: 15_001 }, 'mismatch'],
    [{ balanceAmount: 14_000 }, 'mismatch'],
    [{ currency: 'USD' }, 'mismatch'],
    [{ status: 'ABORTED' }, 'mismatch'],
    [{ status: 'NEW_WORD' }, 'mismatch'],
    [PARTLY, 'mismatch'],
    [{ status: 'IN_PROGRESS' }, 'in_progress'],
    [{ status: 'WAITING_FOR_DEPOSIT' }, 'in_progress'],
  ])('that says %j is not believed', (change, reason) => {
    expect(chargeOf(body(change), expected)).toBe(reason)
  })

  it.each([
    [{ method: '간편결제', easyPay: { provider: '토스페이' } }, '간편결제 토스페이'],
    [{ card: { number: '4330123412341234' } }, '카드 433012******'],
    [{ card: 'odd', method: null }, '카드'],
  ])('shows the method of %j', (change, method) => {
    expect(tossPaymentOf(body(change))).toMatchObject({ method })
  })
})

describe('refunds', () => {
  const expected = { paymentKey: 'K1', refunded: won(1_000) }

  it('are listed by age, with the VAT of the whole', () => {
    expect(refundedOf(body({ ...PARTLY, lastTransactionKey: 'X2' }), expected)).toMatchObject({
      status: 'partially_refunded',
      total: 15_000,
      vat: 1_364,
      refundable: 10_000,
      refunds: [
        { id: 'X1', amount: 4_000 },
        { id: 'X2', amount: 1_000 },
      ],
    })
  })

  it('count the tax-free part of what has gone back', () => {
    const cancels = [{ ...ONE, taxFreeAmount: 4_000 }]
    const change = {
      status: 'PARTIAL_CANCELED',
      balanceAmount: 11_000,
      taxFreeAmount: 0,
      vat: 1_000,
      cancels,
    }
    expect(tossPaymentOf(body(change))).toMatchObject({ vat: 1_000 })
  })

  it.each([
    [{ ...PARTLY, lastTransactionKey: 'X1' }, 'mismatch'],
    [{ ...PARTLY, paymentKey: 'K2' }, 'mismatch'],
    [{ ...PARTLY, cancels: [ONE] }, 'mismatch'],
    [{ ...PARTLY, cancels: [{ ...ONE, transactionKey: null }, TWO] }, 'mismatch'],
    [{ ...PARTLY, cancels: [ONE, { ...TWO, cancelAmount: 1_001 }] }, 'mismatch'],
    [{ ...PARTLY, cancels: [ONE, { ...TWO, cancelStatus: 'ABORTED' }] }, 'mismatch'],
    [{ ...PARTLY, cancels: [ONE, { ...TWO, cancelStatus: 'IN_PROGRESS' }] }, 'in_progress'],
    [{ ...PARTLY, balanceAmount: null, cancels: [{ ...ONE, cancelAmount: 15_001 }] }, 'mismatch'],
    [{ status: 'CANCELED', balanceAmount: 15_000 }, 'mismatch'],
    [{}, 'mismatch'],
  ])('that say %j are not believed', (change, reason) => {
    expect(refundedOf(body(change), expected)).toBe(reason)
  })
})

describe('a look-up', () => {
  const look = (changes: object, paymentKey?: string) =>
    tossLookupOf(body(changes), { merchantRef: 'attempt-1', paymentKey })

  it.each([
    ['READY', false],
    ['IN_PROGRESS', false],
    ['WAITING_FOR_DEPOSIT', false],
    ['A_WORD_NEVER_SEEN', false],
    ['ABORTED', true],
    ['EXPIRED', true],
  ])('%s: not charged, final %s', (status, final) => {
    expect(look({ status })).toEqual({ kind: 'not_charged_yet', status, final })
  })

  it('finds charged and refunded ones', () => {
    expect(look({}, 'K1')).toMatchObject({ kind: 'found', payment: { status: 'paid' } })
    expect(look(PARTLY)).toMatchObject({ kind: 'found', payment: { status: 'partially_refunded' } })
  })

  it('about something else, or that does not add up, is an error', () => {
    expect(look({}, 'K2')).toEqual({ kind: 'error', reason: 'mismatch' })
    expect(look({ orderId: 'attempt-2' })).toEqual({ kind: 'error', reason: 'mismatch' })
    expect(look({ balanceAmount: 1 })).toEqual({ kind: 'error', reason: 'mismatch' })
    expect(look({ currency: 'USD' })).toEqual({ kind: 'error', reason: 'mismatch' })
  })
})

describe('a token', () => {
  const now = Temporal.Instant.from('2026-01-01T00:00:00Z')
  const issued = (changes: object) => {
    const value: unknown = { billingKey: 'B1', customerKey: 'c1', ...changes }
    if (!Value.Check(BillingBody, value)) throw new Error('the schema refuses it')
    return tossTokenOf(value, 'c1', now)
  }

  it('shows company and masked number', () => {
    expect(
      issued({
        cardCompany: '현대',
        cardNumber: '43301234****123*',
        authenticatedAt: '2022-01-01T09:00:00+09:00',
      }),
    ).toEqual({
      token: 'B1',
      display: '현대 43301234****123*',
      issuedAt: Temporal.Instant.from('2022-01-01T00:00:00Z'),
    })
    expect(issued({ card: { number: '9430****' } })).toEqual({
      token: 'B1',
      display: '카드 9430****',
      issuedAt: now,
    })
    expect(issued({})).toMatchObject({ display: '카드' })
  })

  it('of another customer is none of ours', () => {
    expect(issued({ customerKey: 'c2' })).toBeUndefined()
  })
})
