import type { Won } from '../../../src/platform/money.ts'
import { type Refused, refused } from '../../../src/platform/refusal.ts'
import type { Period } from '../../../src/platform/time/period.ts'
import type { ItemDetail } from '../../../src/shop/catalog/index.ts'
import { MAX_QUANTITY } from '../../../src/shop/orders/index.ts'
import { idOf } from '../frame/visit.ts'
import type { World } from '../frame/world.ts'
import { periodIn, periodKey } from './periods.ts'

/** A line somebody wants to order. */
export interface Wanted {
  itemId: string
  quantity: number
  subscription?: Period
  /** The line of the customer's cart it comes from. */
  cartLineId?: string
}

export interface WantedLine extends Wanted {
  item: ItemDetail
  /** What one costs in this order, before a coupon. */
  unitPrice: number
}

/** What somebody is about to order, priced as an order would be at this moment; the order is priced anew. */
export interface Basket {
  kind: 'basket'
  lines: readonly WantedLine[]
  origin: Won
  discount: Won
  deliveryFee: Won
  total: Won
  /** What a coupon takes off; part of `discount`. */
  coupon: { id: string; discount: Won } | null
}

const MOST_LINES = 50

/** Lines of an address or form: `line=ID*2*30d`, with a fourth part where it stands in the cart, or one item with its quantity and period by name. */
export function wantedIn(fields: URLSearchParams): Wanted[] {
  const lines = fields.getAll('line').map((text) => text.split('*'))
  const item = fields.get('item')
  if (item !== null) {
    lines.push([
      item,
      fields.get('quantity') ?? '1',
      fields.get('how') === 'subscribe' ? (fields.get('period') ?? '') : '',
    ])
  }
  return lines.slice(0, MOST_LINES).flatMap(([id, count = '1', period = '', cartLine]) => {
    const itemId = idOf(id)
    const quantity = Math.min(Math.max(Math.trunc(Number(count)) || 1, 1), MAX_QUANTITY)
    const subscription = periodIn(period)
    const cartLineId = idOf(cartLine)
    if (itemId === undefined) return []
    return [
      { itemId, quantity, ...(subscription ? { subscription } : {}), ...(cartLineId ? { cartLineId } : {}) },
    ]
  })
}

/** The same lines for a form's hidden fields. */
export function lineText({ itemId, quantity, subscription, cartLineId }: Wanted): string {
  const period = subscription ? periodKey(subscription) : ''
  return [itemId, quantity, period, cartLineId ?? ''].join('*').replace(/\*+$/, '')
}

/** Refusals: not_found (an item is not there any more), nothing_to_order, those of pricing and of the coupon. */
export async function basketOf(
  { catalog, orders }: World,
  wanted: readonly Wanted[],
  coupon?: { customerId: string; couponId: string },
): Promise<Basket | Refused> {
  if (wanted.length === 0) return refused('nothing_to_order')
  const [priced, found] = await Promise.all([
    orders.pages.quote(wanted, coupon),
    Promise.all(wanted.map(async (one) => ({ one, item: await catalog.browse.detail(one.itemId) }))),
  ])
  if (priced.kind === 'refused') return priced
  const lines: WantedLine[] = []
  for (const { one, item } of found) {
    if (item.kind === 'refused') return item
    const sold = priced.lines.find(({ itemId }) => itemId === one.itemId)
    lines.push({ ...one, item: item.value, unitPrice: sold?.unitPrice ?? item.value.realPrice })
  }
  const { originTotal: origin, discountTotal: discount, deliveryFee, total } = priced
  return { kind: 'basket', lines, origin, discount, deliveryFee, total, coupon: priced.coupon }
}
