import type { Db } from '../../platform/database/database.ts'
import { subtract, times, type Won, ZERO_WON } from '../../platform/money.ts'
import type { Period } from '../../platform/time/period.ts'
import type { ItemForSale } from '../catalog/index.ts'
import type { DeliveryPolicy, Orders, PeriodPort, SellingTerms } from '../orders/index.ts'
import {
  type CartLine,
  itemsTwice,
  MOST_LINES,
  type Notice,
  noticesOf,
  standsInTheWay,
} from './rules/cart.ts'
import { type CartOwner, linesOf } from './store/cart-store.ts'

/** What a cart asks of the catalogue: prices, stock and names of this moment. */
export interface ItemsForSale {
  itemsForSale(db: Db, itemIds: readonly string[]): Promise<ItemForSale[]>
}

export interface ViewCartDeps {
  db: Db
  catalog: ItemsForSale
  periods: PeriodPort
  orders: Pick<Orders, 'price' | 'offer' | 'terms'>
}

export interface ViewedLine {
  id: string
  itemId: string
  quantity: number
  subscription: Period | null
  /** As it is sold now; null when the catalogue does not know it. */
  item: {
    name: string
    enterprise: string
    thumbnail: string | null
    status: ItemForSale['status']
    /** Free pieces. */
    available: number
    originUnitPrice: Won
    discountUnitPrice: Won
    unitPrice: Won
  } | null
  /** `unitPrice × quantity`; null when it cannot be ordered. */
  lineTotal: Won | null
  notices: Notice[]
  orderable: boolean
  /** Whether it counts in the amounts below. */
  chosen: boolean
}

/** Why the chosen lines cannot be one order as they are. */
export type CartProblem =
  | 'nothing_chosen'
  /** One item both once and recurring, or in two periods. */
  | 'mixed_periods'
  | 'too_many_lines'
  | 'order_total_too_large'

export interface CartView {
  lines: ViewedLine[]
  /** Of the chosen lines, in won; null when they cannot be summed up (order_total_too_large). */
  amounts: { originTotal: Won; discountTotal: Won; deliveryFee: Won; total: Won } | null
  /** What sending an order costs, and how much more has to be ordered to have it sent free (0: it is). */
  delivery: DeliveryPolicy & { missingForFree: Won }
  /** Pieces of the chosen lines. */
  itemCount: number
  problem: CartProblem | null
  /** Items because of which the problem is mixed_periods. */
  mixedItemIds: string[]
}

/**
 * The cart as it stands: with prices, stock and status of this moment, and what has changed since the customer touched
 * a line. The amounts are computed by the very function that prices an order, over the chosen lines.
 * @param chosenIds only these lines count in the amounts; default: all that can be ordered
 */
export async function viewCart(
  { db, catalog, periods, orders }: ViewCartDeps,
  owner: CartOwner,
  chosenIds?: readonly string[],
): Promise<CartView> {
  const [lines, terms] = await Promise.all([linesOf(db, owner), orders.terms(db)])
  const items = await catalog.itemsForSale(db, [...new Set(lines.map(({ itemId }) => itemId))])
  const wanted = chosenIds && new Set(chosenIds.map((id) => id.toLowerCase()))
  const viewed = lines.map((line) => viewLine(line, items, { periods, orders, terms }, wanted))
  return { lines: viewed, ...totalsOf(orders, viewed, items, terms) }
}

function viewLine(
  line: CartLine,
  items: readonly ItemForSale[],
  { periods, orders, terms }: Pick<ViewCartDeps, 'periods' | 'orders'> & { terms: SellingTerms },
  wanted: ReadonlySet<string> | undefined,
): ViewedLine {
  const { id, itemId, quantity, subscription } = line
  const item = items.find((candidate) => candidate.id === itemId)
  const offer = item && orders.offer(item, subscription !== null, terms)
  const isOffered = subscription === null || periods.check(subscription).kind === 'period'
  const notices = noticesOf(line, item, isOffered)
  const orderable = !notices.some(standsInTheWay)
  return {
    id,
    itemId,
    quantity,
    subscription,
    item: offer ? shown(offer) : null,
    lineTotal: offer && orderable ? times(offer.realPrice, quantity) : null,
    notices,
    orderable,
    chosen: orderable && (wanted?.has(id) ?? true),
  }
}

function shown(item: ItemForSale): NonNullable<ViewedLine['item']> {
  const { name, enterprise, thumbnail, status, available, originPrice, discountPrice, realPrice } = item
  return {
    name,
    enterprise,
    thumbnail,
    status,
    available,
    originUnitPrice: originPrice,
    discountUnitPrice: discountPrice,
    unitPrice: realPrice,
  }
}

function totalsOf(
  { price }: ViewCartDeps['orders'],
  lines: readonly ViewedLine[],
  items: readonly ItemForSale[],
  terms: SellingTerms,
): Omit<CartView, 'lines'> {
  const { delivery } = terms
  const chosen = lines.filter((line) => line.chosen)
  const mixedItemIds = itemsTwice(chosen)
  const priced = price(chosen, items, terms)
  const itemCount = chosen.reduce((sum, { quantity }) => sum + quantity, 0)
  if (priced.kind === 'refused') {
    const sent = { ...delivery, missingForFree: ZERO_WON }
    return { amounts: null, delivery: sent, itemCount, problem: 'order_total_too_large', mixedItemIds }
  }
  const { originTotal, discountTotal, deliveryFee, total } = priced
  const goods = subtract(originTotal, discountTotal)
  return {
    amounts: { originTotal, discountTotal, deliveryFee, total },
    delivery: {
      ...delivery,
      missingForFree: deliveryFee > 0 ? subtract(delivery.freeFrom, goods) : ZERO_WON,
    },
    itemCount,
    problem: problemOf(chosen, mixedItemIds),
    mixedItemIds,
  }
}

function problemOf(chosen: readonly ViewedLine[], mixedItemIds: readonly string[]): CartProblem | null {
  if (chosen.length === 0) return 'nothing_chosen'
  if (mixedItemIds.length > 0) return 'mixed_periods'
  return chosen.length > MOST_LINES ? 'too_many_lines' : null
}
