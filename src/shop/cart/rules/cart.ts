/** The rules of a cart: how lines come together, and what has to be said about them. */

import type { Won } from '../../../platform/money.ts'
import { type Period, samePeriod } from '../../../platform/time/period.ts'
import type { ItemForSale } from '../../catalog/index.ts'

/** Pieces of one line, as in an order. */
export const MOST_PIECES = 99
/** How long a visitor's cart is kept after its last change. */
export const VISITOR_CART_DAYS = 30
/** Lines of one cart: as many as one order may have. */
export const MOST_LINES = 50

/** Pieces of one item to be bought once (`subscription` null) or again and again. */
export interface CartLine {
  id: string
  itemId: string
  quantity: number
  subscription: Period | null
  /** What one piece cost when the customer last touched the line. */
  seenPrice: Won
}

type Thing = Pick<CartLine, 'itemId' | 'subscription'>

/** Whether two lines are about the same thing, so that their pieces add up. 30 days and 1 month are not the same. */
export function isSameThing(a: Thing, b: Thing): boolean {
  return a.itemId === b.itemId && samePeriod(a.subscription, b.subscription)
}

export interface Merge {
  /** Lines of the customer with more pieces than before. */
  raised: CartLine[]
  /** Lines of the visitor whose pieces went there. */
  merged: CartLine[]
  /** Lines of the visitor that become the customer's. */
  moved: CartLine[]
  /** Lines of the visitor for which the cart had no place any more: they stay where they are. */
  left: CartLine[]
}

/**
 * What becomes of a visitor's lines when the visitor turns out to be this customer. The same thing adds up, to 99
 * pieces at most; the rest moves over in its order, until the cart is full. Nothing of the customer's own goes.
 */
export function mergeCarts(customers: readonly CartLine[], visitors: readonly CartLine[]): Merge {
  const raised: CartLine[] = []
  const merged: CartLine[] = []
  const others: CartLine[] = []
  for (const line of visitors) {
    const own = customers.find((candidate) => isSameThing(candidate, line))
    if (!own) {
      others.push(line)
      continue
    }
    raised.push({ ...own, quantity: Math.min(MOST_PIECES, own.quantity + line.quantity) })
    merged.push(line)
  }
  const free = Math.max(0, MOST_LINES - customers.length)
  return { raised, merged, moved: others.slice(0, free), left: others.slice(free) }
}

/** What a customer should know about a line before ordering. */
export type Notice =
  /** Another price than when the line was last touched; both in won, for one piece. */
  | { code: 'price_changed'; from: Won; to: Won }
  | { code: 'sold_out' }
  /** Fewer pieces are free than the line has. */
  | { code: 'not_enough_stock'; available: number }
  | { code: 'no_longer_sold' }
  /** The merchant does not offer this period any more. */
  | { code: 'period_not_offered' }

/** Notices that stand in the way of ordering the line. */
export function standsInTheWay({ code }: Notice): boolean {
  return code !== 'price_changed'
}

/** @param item as it is sold now; undefined when the catalogue does not know it */
export function noticesOf(line: CartLine, item: ItemForSale | undefined, isPeriodOffered: boolean): Notice[] {
  if (!item || item.status === 'hidden') return [{ code: 'no_longer_sold' }]
  const notices: Notice[] = []
  if (item.status === 'sold_out') notices.push({ code: 'sold_out' })
  else if (item.available < line.quantity)
    notices.push({ code: 'not_enough_stock', available: item.available })
  if (!isPeriodOffered) notices.push({ code: 'period_not_offered' })
  if (item.realPrice !== line.seenPrice)
    notices.push({ code: 'price_changed', from: line.seenPrice, to: item.realPrice })
  return notices
}

/** A line as the customer saw it. */
export interface SeenLine {
  id: string
  quantity: number
}

/**
 * The lines the customer means to order, or undefined when the cart is not as it was shown: a line has gone or has
 * another quantity, because another tab changed it or paid for it. Ids compare without case, as in the database.
 */
export function chosenLines(lines: readonly CartLine[], seen: readonly SeenLine[]): CartLine[] | undefined {
  const chosen = new Map<string, CartLine>()
  for (const { id, quantity } of seen) {
    const line = lines.find((candidate) => candidate.id === id.toLowerCase())
    if (line?.quantity !== quantity) return undefined
    chosen.set(line.id, line)
  }
  return [...chosen.values()]
}

/** Items that stand in more than one of the lines: an order has one line for an item. */
export function itemsTwice(lines: readonly Pick<CartLine, 'itemId'>[]): string[] {
  const ids = lines.map(({ itemId }) => itemId)
  return [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
}
