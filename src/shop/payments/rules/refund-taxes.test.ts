import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { vatOf, type Won, won } from '../../../platform/money.ts'
import { refundTaxes, sumOf, type Taxed } from './refund-taxes.ts'

const taxed = (total: number, taxFree: number, vat = vatOf(won(total), won(taxFree))): Taxed => ({
  total: won(total),
  taxFree: won(taxFree),
  vat: won(vat),
})
const NOTHING = taxed(0, 0)
const part = (amount: number, taxFree: number) => ({ amount: won(amount), taxFree: won(taxFree) })

describe('the taxes of a refund', () => {
  it('are those of its goods: the tax-free part as it is, VAT of the rest', () => {
    const paid = taxed(15_000, 4_000)
    expect(refundTaxes(paid, NOTHING, part(4_000, 4_000))).toEqual({ taxFree: 4_000, vat: 0 })
    expect(refundTaxes(paid, NOTHING, part(5_500, 0))).toEqual({ taxFree: 0, vat: 500 })
    expect(refundTaxes(paid, taxed(5_500, 0), part(6_600, 1_100))).toEqual({ taxFree: 1_100, vat: 500 })
  })

  it('of everything that is left are everything that is left', () => {
    const paid = taxed(15_000, 4_000)
    expect(refundTaxes(paid, taxed(5_500, 0), part(9_500, 0))).toEqual({ taxFree: 4_000, vat: 500 })
    expect(refundTaxes(taxed(3_000, 3_000), NOTHING, part(3_000, 0))).toEqual({ taxFree: 3_000, vat: 0 })
  })

  it('are never what the payment cannot give, whatever is wished', () => {
    const paid = taxed(10_000, 1_000)
    // No more than was paid tax-free, than is left of that, and than the refund itself.
    expect(refundTaxes(paid, NOTHING, part(5_000, 5_000)).taxFree).toBe(1_000)
    expect(refundTaxes(paid, taxed(800, 800), part(5_000, 1_000)).taxFree).toBe(200)
    expect(refundTaxes(paid, NOTHING, part(300, 900)).taxFree).toBe(300)
    // No less than the taxed rest does not hold.
    expect(refundTaxes(paid, taxed(8_600, 0), part(700, 100)).taxFree).toBe(300)
    expect(refundTaxes(paid, taxed(8_600, 0), part(400, 100)).taxFree).toBe(100)
  })

  it('however a payment is cut up, the refunds are the payment: total, tax-free and VAT', () => {
    const amounts = fc.integer({ min: 1, max: 300_000 })
    fc.assert(
      fc.property(
        amounts.chain((total) => fc.tuple(fc.constant(total), fc.integer({ min: 0, max: total }))),
        fc.array(fc.tuple(amounts, fc.integer({ min: 0, max: 300_000 })), { maxLength: 12 }),
        ([total, taxFree], wishes) => {
          const paid = taxed(total, taxFree)
          const refunds: { amount: Won; tax_free: Won; vat: Won }[] = []
          for (const [wanted, free] of [...wishes, [total, 0] as const]) {
            const before = sumOf(refunds)
            const amount = won(Math.min(wanted, total - before.total))
            const taxes = refundTaxes(paid, before, { amount, taxFree: won(free) })
            expect(taxes.taxFree + taxes.vat).toBeLessThanOrEqual(amount)
            refunds.push({ amount, tax_free: taxes.taxFree, vat: taxes.vat })
            const after = sumOf(refunds)
            expect(after.taxFree).toBeLessThanOrEqual(taxFree)
            expect(after.total - after.taxFree).toBeLessThanOrEqual(total - taxFree)
            expect(after.vat).toBeLessThanOrEqual(paid.vat)
          }
          expect(sumOf(refunds)).toEqual(paid)
        },
      ),
    )
  })
})
