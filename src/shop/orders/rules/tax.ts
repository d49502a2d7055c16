/**
 * How much of an order's money is free of VAT. Each line is taxed or free as a whole: what is paid for it after discounts
 * and coupon, and its share of the delivery fee (largest remainder), because a delivery follows what is delivered.
 */
import { add, type Won } from '../../../platform/money.ts'
import { feeShares, type LinePart } from './give-back.ts'
import type { Order } from './order.ts'

/** The part of the total that is free of VAT. */
export function taxFreeOf(order: Pick<Order, 'lines' | 'deliveryFee'>): Won {
  const shares = feeShares(order)
  return add(
    ...order.lines.flatMap(({ taxFree, lineTotal }, index) =>
      taxFree ? [lineTotal, ...shares.slice(index, index + 1)] : [],
    ),
  )
}

/** The part of a refund that is free of VAT: what of it goes back for lines that are. */
export function taxFreeIn(
  lines: Order['lines'],
  parts: readonly Pick<LinePart, 'lineNo' | 'goods' | 'fee'>[],
): Won {
  const free = new Set(lines.filter(({ taxFree }) => taxFree).map(({ lineNo }) => lineNo))
  return add(...parts.flatMap(({ lineNo, goods, fee }) => (free.has(lineNo) ? [goods, fee] : [])))
}
