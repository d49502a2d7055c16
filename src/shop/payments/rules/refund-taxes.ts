import { add, partialRefundVat, subtract, type Won, won } from '../../../platform/money.ts'

/** Money and the taxes in it: so much of `total` is free of VAT, and so much of the rest is VAT. */
export interface Taxed {
  readonly total: Won
  readonly taxFree: Won
  readonly vat: Won
}

/**
 * The taxes in the next refund of a payment. The tax-free part is as wished, but for what the payment cannot give: never
 * more than was paid tax-free and has not gone back, and at least what the taxed rest of the payment does not hold. The VAT
 * follows from the taxed part by the cumulative rule. So the last refund takes the rest of each, and the refunds sum up
 * to the payment however it is cut up.
 * @param before sum of the refunds given
 * @param refund not more than what is left of the payment
 */
export function refundTaxes(
  paid: Taxed,
  before: Taxed,
  refund: { amount: Won; taxFree: Won },
): { taxFree: Won; vat: Won } {
  const taxableTotal = subtract(paid.total, paid.taxFree)
  const taxableRefunded = subtract(before.total, before.taxFree)
  const taxableLeft = subtract(taxableTotal, taxableRefunded)
  const freeLeft = subtract(paid.taxFree, before.taxFree)
  const least = Math.max(0, refund.amount - taxableLeft)
  const taxFree = won(Math.max(least, Math.min(refund.taxFree, freeLeft, refund.amount)))
  const sums = { vatTotal: paid.vat, taxableTotal, taxableRefunded, vatRefunded: before.vat }
  return { taxFree, vat: partialRefundVat(sums, subtract(refund.amount, taxFree)) }
}

/** What refunds have given back together. */
export function sumOf(refunds: readonly { amount: Won; tax_free: Won; vat: Won }[]): Taxed {
  return {
    total: add(...refunds.map(({ amount }) => amount)),
    taxFree: add(...refunds.map(({ tax_free }) => tax_free)),
    vat: add(...refunds.map(({ vat }) => vat)),
  }
}
