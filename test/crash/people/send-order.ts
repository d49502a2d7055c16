import { randomUUID } from 'node:crypto'
import { noteOrder } from '../acknowledged.ts'
import type { PurchasePlan } from '../plan.ts'
import { asOrder, type OrderView } from '../views.ts'
import type { Account } from './accounts.ts'
import type { Shelf, Shopping } from './buyer.ts'
import { type Answer, surprise } from './insist.ts'

export const SOLD_OUT: readonly string[] = ['out_of_stock', 'item_not_on_sale']
/** What may stand against a coupon: used before, used up, or not enough for it. */
export const COUPON_REFUSALS: readonly string[] = ['coupon_used', 'coupon_not_valid', 'coupon_minimum']

export interface WantedLine {
  itemId: string
  quantity: number
}

/** What the plan wants of the shelf. */
export function wantedLines({ scarce, plenty }: Shelf, { lines }: PurchasePlan): WantedLine[] {
  return lines.map(({ scarce: isScarce, index, quantity }) => {
    const items = isScarce ? scarce : plenty
    return { itemId: items[index % items.length] ?? '', quantity }
  })
}

export function couponOf({ coupons }: Shelf, { coupon }: PurchasePlan): string | undefined {
  return coupon === undefined ? undefined : coupons[coupon % coupons.length]
}

interface Sending {
  path: 'orders' | 'cart/orders'
  json: object
  plan: PurchasePlan
  /** Refusals, beside the usual ones, that this customer can live with. */
  bearable?: readonly string[]
}

/**
 * Sends an order under a key of its own, until there is an answer: whoever clicks twice sends it twice at once.
 * @returns the order, or the refusals
 * @throws on an answer that no customer should ever get
 */
export async function sendOrder(
  { shopUrl, log }: Shopping,
  account: Account,
  { path, json, plan, bearable = [] }: Sending,
): Promise<OrderView | (Answer | undefined)[]> {
  const key = `order-${randomUUID()}`
  const send = () => account.send({ method: 'POST', url: `${shopUrl}/api/${path}`, json, key })
  const answers = plan.journey === 'double_click' ? await Promise.all([send(), send()]) : [await send()]
  const orders = answers.flatMap((answer) => {
    const order = answer?.status === 201 ? asOrder(answer.body) : undefined
    if (order !== undefined) noteOrder(log, order, key)
    else if (![...SOLD_OUT, ...COUPON_REFUSALS, ...bearable].includes(answer?.code ?? ''))
      throw surprise('an order', answer)
    return order === undefined ? [] : [order]
  })
  return orders[0] ?? answers
}
