import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partialRefundVat, vatOf, won, ZERO_WON } from '../../../platform/money.ts'
import { type Posting, postingsOfPayment, postingsOfRefund } from './ledger.ts'

const sum = (postings: readonly Posting[]) => postings.reduce((total, { amount }) => total + amount, 0)
const taken = fc
  .integer({ min: 1, max: 1_000_000_000 })
  .map((total) => ({ provider: 'kakaopay', total: won(total), vat: vatOf(won(total)) }))

describe('postings', () => {
  it('of a payment: the provider owes us the total, which is sales and VAT', () => {
    expect(postingsOfPayment({ provider: 'toss', total: won(11_000), vat: won(1_000) })).toEqual([
      { account: 'receivable:toss', amount: 11_000 },
      { account: 'sales', amount: -10_000 },
      { account: 'vat', amount: -1_000 },
    ])
  })

  it('always balance, have no empty lines, and no account twice', () => {
    fc.assert(
      fc.property(taken, (one) => {
        for (const postings of [postingsOfPayment(one), postingsOfRefund(one)]) {
          expect(sum(postings)).toBe(0)
          expect(postings.every(({ amount }) => amount !== 0 && Number.isSafeInteger(amount))).toBe(true)
          expect(new Set(postings.map(({ account }) => account)).size).toBe(postings.length)
        }
      }),
    )
  })

  it('of a payment and of its refunds, however it is cut up, cancel each other out on every account', () => {
    fc.assert(
      fc.property(taken, fc.array(fc.nat(), { maxLength: 5 }), (one, cuts) => {
        const points = [...new Set(cuts.map((cut) => cut % one.total))]
          .filter((cut) => cut > 0)
          .sort((a, b) => a - b)
        const parts = [...points, one.total].map((end, index) => won(end - (points[index - 1] ?? 0)))
        const before = {
          taxableTotal: one.total,
          vatTotal: one.vat,
          taxableRefunded: ZERO_WON,
          vatRefunded: ZERO_WON,
        }
        const all = postingsOfPayment(one)
        for (const total of parts) {
          const vat = partialRefundVat(before, total)
          all.push(...postingsOfRefund({ provider: one.provider, total, vat }))
          before.taxableRefunded = won(before.taxableRefunded + total)
          before.vatRefunded = won(before.vatRefunded + vat)
        }
        for (const account of ['receivable:kakaopay', 'sales', 'vat'])
          expect(sum(all.filter((posting) => posting.account === account))).toBe(0)
      }),
    )
  })
})
