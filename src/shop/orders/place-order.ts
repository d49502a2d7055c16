import type { Db, Tx } from '../../platform/database/database.ts'
import { type Answer, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import type { Refused } from '../../platform/refusal.ts'
import { businessDate, type Clock } from '../../platform/time/clock.ts'
import type { CatalogPort, ItemForSale, Pieces } from './catalog-port.ts'
import type { AwaitingPayment } from './order.ts'
import { orderNumber } from './order-number.ts'
import { insertOrder } from './order-store.ts'
import { mergeLines, priceLines } from './order-total.ts'
import { type OrderView, orderView } from './order-view.ts'
import { piecesOf, publishPlaced } from './publish.ts'
import { checkReceiver, type Receiver, type TypedReceiver } from './receiver.ts'

export interface PlaceOrderDeps {
  db: Db
  clock: Clock
  catalog: Pick<CatalogPort, 'itemsForSale' | 'holdStock'>
  settings: { paymentWindow: Temporal.Duration }
  /** Random integer for the order number, 0 ≤ n < ORDER_NUMBER_DRAWS. */
  draw(): number
}

export interface PlaceOrder {
  customerId: string
  idempotencyKey: string
  /** What the client asked for, as it came. */
  asked: {
    lines: readonly Pieces[]
    receiver: TypedReceiver
    /** The total the client showed, in won. */
    expectedTotal?: number | undefined
  }
}

/**
 * Places an order: computes every amount from the prices of this moment, puts the stock aside until the payment
 * window ends, and answers the order. One key makes one order, however often it is sent.
 * Refusals: invalid_request, item_not_found, item_not_on_sale, out_of_stock, total_changed, order_total_too_large,
 * idempotency_key_reused, request_in_progress.
 */
export async function placeOrder(
  deps: PlaceOrderDeps,
  { customerId, idempotencyKey, asked }: PlaceOrder,
): Promise<Answer<OrderView> | Refused> {
  const merged = mergeLines(asked.lines)
  if (merged.kind === 'refused') return merged
  const checked = checkReceiver(asked.receiver)
  if (checked.kind === 'refused') return checked
  const itemIds = merged.lines.map((line) => line.itemId)
  const items = await deps.catalog.itemsForSale(deps.db, itemIds)

  const now = deps.clock.now().round({ smallestUnit: 'millisecond', roundingMode: 'floor' })
  const key = { scope: `orders:${customerId}`, key: idempotencyKey, body: asked }
  // Prices are judged inside: a repeated request gets its kept answer even when prices have changed since.
  return once<OrderView>(deps.db, key, now, async (tx) => {
    const order = newOrder(deps, customerId, checked.receiver, merged.lines, items, asked.expectedTotal, now)
    if ('kind' in order) return order
    const placed = await insertWithFreeNumber(deps, tx, order)
    await publishPlaced(tx, placed)
    // Stock last: its rows are what other customers wait for.
    const held = await deps.catalog.holdStock(tx, { orderId: placed.id, lines: piecesOf(placed), now })
    if (held.kind === 'refused') return held
    return { kind: 'answered', status: 201, body: orderView(placed) }
  })
}

function newOrder(
  deps: PlaceOrderDeps,
  customerId: string,
  receiver: Receiver,
  asked: readonly Pieces[],
  items: readonly ItemForSale[],
  expectedTotal: number | undefined,
  now: Temporal.Instant,
): AwaitingPayment | Refused {
  const priced = priceLines(asked, items, expectedTotal)
  if (priced.kind === 'refused') return priced
  const { lines, originTotal, discountTotal, total, itemCount } = priced
  return {
    id: newId(),
    orderNumber: orderNumber(businessDate(now), deps.draw()),
    customerId,
    state: 'awaiting_payment',
    version: 1,
    lines,
    originTotal,
    discountTotal,
    total,
    itemCount,
    receiver,
    placedAt: now,
    expiresAt: now.add(deps.settings.paymentWindow),
  }
}

const NUMBER_TRIES = 10

async function insertWithFreeNumber(
  deps: PlaceOrderDeps,
  tx: Tx,
  order: AwaitingPayment,
): Promise<AwaitingPayment> {
  let attempt = order
  for (let tries = 1; tries <= NUMBER_TRIES; tries++) {
    if (await insertOrder(tx, attempt)) return attempt
    attempt = { ...order, orderNumber: orderNumber(businessDate(order.placedAt), deps.draw()) }
  }
  throw new Error(`no free order number in ${NUMBER_TRIES} draws`)
}
