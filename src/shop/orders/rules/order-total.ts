/** What an order costs. The server computes every amount; what the client says is only compared. */

import { add, subtract, times, type Won, won, ZERO_WON } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { type Period, samePeriod } from '../../../platform/time/period.ts'
import type { ItemForSale, Pieces } from '../catalog-port.ts'
import { type CouponTerms, couponParts } from './coupon.ts'
import { NOT_SENT } from './delivery.ts'
import { type DeliveryPolicy, deliveryFee } from './delivery-fee.ts'
import { NOTHING_BACK } from './give-back.ts'
import type { CouponUse, OrderLine } from './order.ts'

export const MAX_LINES = 50
export const MAX_QUANTITY = 99

/** Far above what a household orders, and still a 32-bit integer, as amounts are in many payment APIs. */
export const MAX_TOTAL: Won = won(2_000_000_000)

/** What a customer asks for: pieces of an item, once or again and again. */
export interface AskedLine extends Pieces {
  readonly subscription?: Period | null | undefined
}
export type MergedLine = Pieces & { readonly subscription: Period | null }

/**
 * Lines with the same item become one, in the place of the first; ids compare without case, as in the database.
 * Refusals: invalid_request for no lines, more than 50, a quantity outside 1–99 (also after merging), or one item both
 * once and recurring, or with two periods: an order has one line for an item.
 */
export function mergeLines(
  asked: readonly AskedLine[],
): { kind: 'merged'; lines: MergedLine[] } | Refused<'invalid_request'> {
  const merged = new Map<string, MergedLine>()
  for (const { itemId: typed, quantity, subscription: period = null } of asked) {
    const itemId = typed.toLowerCase()
    if (!Number.isInteger(quantity) || quantity < 1) return invalidQuantity()
    const before = merged.get(itemId)
    if (before && !samePeriod(before.subscription, period)) return mixedPeriods()
    merged.set(itemId, { itemId, quantity: (before?.quantity ?? 0) + quantity, subscription: period })
  }
  if (asked.length > MAX_LINES || merged.size === 0) {
    const message = {
      ko: `상품은 1~${MAX_LINES}종까지 주문할 수 있습니다.`,
      en: `An order has 1 to ${MAX_LINES} lines.`,
    }
    return refused('invalid_request', { errors: [{ field: 'body.lines', code: 'line_count', message }] })
  }
  const lines = [...merged.values()]
  return lines.some((line) => line.quantity > MAX_QUANTITY) ? invalidQuantity() : { kind: 'merged', lines }
}

function mixedPeriods(): Refused<'invalid_request'> {
  const message = {
    ko: '같은 상품의 일반 구매와 정기배송, 또는 다른 주기의 정기배송은 따로 주문해 주세요.',
    en: 'Please order an item once and recurring, or in different periods, in separate orders.',
  }
  return refused('invalid_request', { errors: [{ field: 'body.lines', code: 'mixed_periods', message }] })
}

function invalidQuantity(): Refused<'invalid_request'> {
  const message = {
    ko: `수량은 상품마다 1~${MAX_QUANTITY}개입니다.`,
    en: `The quantity of an item is 1 to ${MAX_QUANTITY}.`,
  }
  return refused('invalid_request', { errors: [{ field: 'body.lines', code: 'quantity', message }] })
}

/** An item with its prices; the rate they come from does not matter here. */
export type Offer = Omit<ItemForSale, 'discountRate'>

export interface PricedOrder {
  kind: 'priced'
  lines: OrderLine[]
  originTotal: Won
  discountTotal: Won
  deliveryFee: Won
  total: Won
  itemCount: number
  /** What a coupon takes off; part of `discountTotal`. */
  coupon: CouponUse | null
}

/** What prices follow from besides the catalogue's. */
export interface PriceTerms {
  delivery: DeliveryPolicy
  /** Whole percent off what comes again and again, the first time as every other time. */
  recurringDiscount: number
}

/**
 * Prices the lines with what the items cost now, and their delivery. `realPrice` is already net of the discount: it is
 * taken off once. `originTotal − discountTotal + deliveryFee = total`.
 * Refusals: item_not_found, item_not_on_sale, out_of_stock (as read just now; the hold decides), order_total_too_large,
 * total_changed (the client showed another total; facts.currentTotal is the right one), coupon_minimum,
 * coupon_not_for_these.
 * @param expectedTotal what the client showed to the customer, in won
 */
export function priceLines(
  asked: readonly AskedLine[],
  items: readonly Offer[],
  { delivery, recurringDiscount }: PriceTerms,
  expectedTotal: number | undefined,
  coupon?: CouponTerms,
):
  | PricedOrder
  | Refused<
      | 'item_not_found'
      | 'item_not_on_sale'
      | 'out_of_stock'
      | 'order_total_too_large'
      | 'total_changed'
      | 'coupon_minimum'
      | 'coupon_not_for_these'
    > {
  const byId = new Map(items.map((item) => [item.id, item]))
  const lines: OrderLine[] = []
  for (const [index, { itemId, quantity, subscription = null }] of asked.entries()) {
    const item = byId.get(itemId)
    if (!item) return refused('item_not_found', { facts: { itemId } })
    if (item.status === 'hidden') return refused('item_not_on_sale', { facts: { itemId } })
    const available = item.status === 'sold_out' ? 0 : item.available
    if (available < quantity) return refused('out_of_stock', { facts: { itemId, available } })
    if (item.originPrice > MAX_TOTAL) return tooLarge()
    const offer = subscription === null ? item : recurringOffer(item, recurringDiscount)
    lines.push({ ...lineOf(index + 1, offer, quantity), subscription })
  }
  // 50 lines × 99 pieces × 2 × 10⁹ won stays far inside the safe integers, so no sum below overflows.
  const originTotal = add(...lines.map((line) => times(line.originUnitPrice, line.quantity)))
  const ownDiscount = add(...lines.map((line) => times(line.discountUnitPrice, line.quantity)))
  const goods = add(...lines.map((line) => line.lineTotal))
  const recurring = lines.some(({ subscription }) => subscription !== null)
  const fee = deliveryFee(delivery, { goods, recurring })
  if (add(originTotal, fee) > MAX_TOTAL) return tooLarge()
  const less =
    coupon &&
    couponParts(
      coupon,
      lines.map(({ itemId, lineTotal, subscription }) => {
        const categories = byId.get(itemId)?.categories ?? []
        return { lineTotal, subscription, categories }
      }),
    )
  if (less?.kind === 'refused') return less
  const couponDiscount = less?.discount ?? ZERO_WON
  const total = subtract(add(goods, fee), couponDiscount)
  if (expectedTotal !== undefined && expectedTotal !== total) {
    return refused('total_changed', { facts: { currentTotal: total } })
  }
  const itemCount = lines.reduce((sum, line) => sum + line.quantity, 0)
  return {
    kind: 'priced',
    lines: less ? lines.map((line, index) => lessCoupon(line, less.parts[index] ?? ZERO_WON)) : lines,
    originTotal,
    discountTotal: add(ownDiscount, couponDiscount),
    deliveryFee: fee,
    total,
    itemCount,
    coupon: coupon && couponDiscount > 0 ? { id: coupon.id, discount: couponDiscount } : null,
  }
}

function lessCoupon(line: OrderLine, couponDiscount: Won): OrderLine {
  return { ...line, couponDiscount, lineTotal: subtract(line.lineTotal, couponDiscount) }
}

/** The same of a price alone. @param realPrice won */
export function recurringPriceOf(realPrice: number, percent: number): number {
  return realPrice - Math.floor((realPrice * percent) / 100)
}

/** What a piece costs that comes again and again: never less than a won, as a share of a won stays with the shop. */
export function recurringOffer<O extends Pick<Offer, 'originPrice' | 'discountPrice' | 'realPrice'>>(
  offer: O,
  percent: number,
): O {
  const off = won(offer.realPrice - recurringPriceOf(offer.realPrice, percent))
  return {
    ...offer,
    discountPrice: add(offer.discountPrice, off),
    realPrice: subtract(offer.realPrice, off),
  }
}

function tooLarge(): Refused<'order_total_too_large'> {
  return refused('order_total_too_large', { facts: { maximum: MAX_TOTAL } })
}

function lineOf(lineNo: number, item: Offer, quantity: number) {
  return {
    lineNo,
    itemId: item.id,
    name: item.name,
    enterprise: item.enterprise,
    thumbnail: item.thumbnail,
    quantity,
    originUnitPrice: item.originPrice,
    discountUnitPrice: item.discountPrice,
    unitPrice: item.realPrice,
    lineTotal: times(item.realPrice, quantity),
    taxFree: item.taxFree,
    couponDiscount: ZERO_WON,
    delivery: NOT_SENT,
    refund: NOTHING_BACK,
  }
}
