import type { Tx } from '../../../platform/database/database.ts'
import { times, type Won, ZERO_WON } from '../../../platform/money.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { businessDate, type Clock } from '../../../platform/time/clock.ts'
import type { Period } from '../../../platform/time/period.ts'
import type { PayableOrder } from '../../payments/index.ts'
import type { CatalogPort, ItemForSale } from '../catalog-port.ts'
import type { PaymentPort } from '../payment-port.ts'
import { NOT_SENT } from '../rules/delivery.ts'
import { NOTHING_BACK } from '../rules/give-back.ts'
import { type AwaitingPayment, type CycleCloseReason, giveUpCycle, type Order } from '../rules/order.ts'
import { orderNumber } from '../rules/order-number.ts'
import { payableOrder } from '../rules/payable-order.ts'
import type { Receiver } from '../rules/receiver.ts'
import { insertWithFreeNumber } from '../store/free-number.ts'
import { findOrder, lockCycleOf, lockOrder, saveOrder, saveStockHeld } from '../store/order-store.ts'
import { piecesOf, publishClosed, publishPlaced } from '../store/publish.ts'

/**
 * Orders of cycles: one for each delivery of a subscription after the first. They wait for their payment without an
 * end; between two tries to charge them their pieces are free. All functions work in the caller's transaction, in
 * which the order is locked before the subscription.
 */
export interface CycleOrderDeps {
  clock: Clock
  catalog: Pick<CatalogPort, 'itemsForSale' | 'holdStock' | 'releaseHold'>
  payments: Pick<PaymentPort, 'closeOpenAttempt'>
  /** Random integer for the order number, 0 ≤ n < ORDER_NUMBER_DRAWS. */
  draw(): number
}

export interface CycleOrder {
  orderId: string
  subscriptionId: string
  cycleNo: number
  customerId: string
  itemId: string
  quantity: number
  /** As agreed with the customer, in won; the catalogue's price of today does not matter. */
  unitPrice: Won
  receiver: Receiver
  now: Temporal.Instant
}

/** Why the delivery of a cycle cannot be ordered. */
export type NotForSale = Refused<'item_not_found' | 'item_not_on_sale' | 'out_of_stock'>
type NotWaiting = Refused<'order_closed' | 'order_already_paid'>
export type CycleHold = { kind: 'held' } | Refused<'not_found' | 'out_of_stock'> | NotWaiting
export type CycleEnd =
  | { kind: 'cancelled' }
  | Refused<'not_found' | 'payment_in_progress' | 'order_already_paid'>

export type PlacedCycle = {
  kind: 'placed'
  orderId: string
  total: Won
  /** An order that was written just now, for whoever is to be paid; null when it had been placed before. */
  fresh: PayableOrder | null
}

/**
 * Places the order of one delivery and sets its pieces aside. An order that this delivery has already, and that still
 * waits, is answered again with its pieces set aside again.
 * Refusals: item_not_found, item_not_on_sale, out_of_stock (nothing was written, the transaction may go on),
 * order_closed, order_already_paid (the delivery's order is not waiting any more).
 */
export async function placeCycleOrder(
  deps: CycleOrderDeps,
  tx: Tx,
  wish: CycleOrder,
): Promise<PlacedCycle | NotForSale | NotWaiting> {
  const before = await lockCycleOf(tx, wish.subscriptionId, wish.cycleNo)
  if (before) return placeAgain(deps, tx, before)
  const { orderId, itemId, quantity, now } = wish
  const [item] = await deps.catalog.itemsForSale(tx, [itemId])
  const refusal = notForSale(item, itemId)
  if (refusal || !item) return refusal ?? refused('item_not_found', { facts: { itemId } })
  // Stock first: one line is taken or refused by one statement, so that nothing has to be undone.
  const held = await deps.catalog.holdStock(tx, { orderId, lines: [{ itemId, quantity }], now })
  if (held.kind === 'refused') return held
  const order = await insertWithFreeNumber(deps, tx, cycleOrder(deps, wish, item))
  await publishPlaced(tx, order)
  return { kind: 'placed', orderId, total: order.total, fresh: payableOrder(order) }
}

async function placeAgain(
  deps: CycleOrderDeps,
  tx: Tx,
  order: Order,
): Promise<PlacedCycle | NotForSale | NotWaiting> {
  if (order.state !== 'awaiting_payment')
    return refused(order.state === 'cancelled' ? 'order_closed' : 'order_already_paid')
  // Its own pieces may be the last ones. Without them it is sold anew, and only what is still on sale.
  const refusal = order.cycle?.stockHeld ? undefined : await noLongerForSale(deps, tx, order)
  if (refusal) return refusal
  const held = await holdStockAgain(deps, tx, order)
  if (held.kind === 'refused') return held
  return { kind: 'placed', orderId: order.id, total: order.total, fresh: null }
}

async function noLongerForSale(deps: CycleOrderDeps, tx: Tx, order: Order): Promise<NotForSale | undefined> {
  const ids = order.lines.map(({ itemId }) => itemId)
  const items = new Map((await deps.catalog.itemsForSale(tx, ids)).map((item) => [item.id, item]))
  return ids.map((id) => notForSale(items.get(id), id)).find((refusal) => refusal !== undefined)
}

function notForSale(item: ItemForSale | undefined, itemId: string): NotForSale | undefined {
  if (!item) return refused('item_not_found', { facts: { itemId } })
  if (item.status === 'hidden') return refused('item_not_on_sale', { facts: { itemId } })
  if (item.status === 'sold_out') return refused('out_of_stock', { facts: { itemId, available: 0 } })
  return undefined
}

/** Name, brand, picture and tax are those of today, the price is the agreed one: no discount is claimed on it. */
function cycleOrder(deps: CycleOrderDeps, wish: CycleOrder, item: ItemForSale): AwaitingPayment {
  const { orderId, subscriptionId, cycleNo, customerId, quantity, unitPrice, receiver, now } = wish
  const total = times(unitPrice, quantity)
  const { name, enterprise, thumbnail, taxFree } = item
  const line = {
    lineNo: 1,
    itemId: item.id,
    name,
    enterprise,
    thumbnail,
    quantity,
    originUnitPrice: unitPrice,
    discountUnitPrice: ZERO_WON,
    unitPrice,
    couponDiscount: ZERO_WON,
    lineTotal: total,
    taxFree,
    // The period belongs to the subscription, which exists already.
    subscription: null,
    delivery: NOT_SENT,
    refund: NOTHING_BACK,
  }
  return {
    id: orderId,
    orderNumber: orderNumber(businessDate(now), deps.draw()),
    customerId,
    state: 'awaiting_payment',
    version: 1,
    lines: [line],
    originTotal: total,
    discountTotal: ZERO_WON,
    deliveryFee: ZERO_WON,
    total,
    itemCount: quantity,
    receiver,
    placedAt: now,
    expiresAt: null,
    consent: null,
    cycle: { subscriptionId, no: cycleNo, stockHeld: true },
    coupon: null,
  }
}

/** Locks the order of a cycle, before the subscription is locked. */
export async function lockCycleOrder(tx: Tx, orderId: string): Promise<void> {
  await lockOrder(tx, orderId)
}

/**
 * Sets the pieces of a waiting cycle aside, unless they are.
 * Refusals: not_found, out_of_stock (the order is as it was), order_closed, order_already_paid.
 */
export async function holdCycleStock(
  deps: Pick<CycleOrderDeps, 'catalog' | 'clock'>,
  tx: Tx,
  orderId: string,
): Promise<CycleHold> {
  const order = await lockOrder(tx, orderId)
  if (!order?.cycle) return refused('not_found')
  if (order.state !== 'awaiting_payment')
    return refused(order.state === 'cancelled' ? 'order_closed' : 'order_already_paid')
  return holdStockAgain(deps, tx, order)
}

/** For a locked, waiting cycle. Refusals: out_of_stock. */
export async function holdStockAgain(
  deps: { catalog: Pick<CatalogPort, 'holdStock'>; clock: Clock },
  tx: Tx,
  order: AwaitingPayment,
): Promise<{ kind: 'held' } | Refused<'out_of_stock'>> {
  if (!order.cycle || order.cycle.stockHeld) return { kind: 'held' }
  const hold = { orderId: order.id, lines: piecesOf(order), now: deps.clock.now() }
  const held = await deps.catalog.holdStock(tx, hold)
  if (held.kind === 'refused') return held
  await saveStockHeld(tx, order.id, true)
  return held
}

/** Frees the pieces of a cycle that waits for another try. False when none were set aside, or it does not wait. */
export async function releaseCycleHold(
  deps: { catalog: Pick<CatalogPort, 'releaseHold'> },
  tx: Tx,
  orderId: string,
): Promise<boolean> {
  const order = await lockOrder(tx, orderId)
  if (!order?.cycle?.stockHeld || order.state !== 'awaiting_payment') return false
  await saveStockHeld(tx, orderId, false)
  return deps.catalog.releaseHold(tx, orderId)
}

/**
 * Ends the order of a cycle that nobody will charge any more: an open attempt is closed, the pieces are free. Ending
 * it again changes nothing.
 * Refusals: not_found, payment_in_progress (money may be moving, nothing was changed), order_already_paid.
 */
export async function cancelCycleOrder(
  deps: CycleOrderDeps,
  tx: Tx,
  orderId: string,
  reason: CycleCloseReason,
): Promise<CycleEnd> {
  const order = await lockOrder(tx, orderId)
  if (!order?.cycle) return refused('not_found')
  if (order.state === 'awaiting_payment') {
    const attempt = await deps.payments.closeOpenAttempt(tx, orderId, reason)
    if (attempt === 'in_flight') return refused('payment_in_progress', { retryAfterSeconds: 5 })
  }
  // Closing an attempt is news to the cycle, which may have ended the order in answer: it is read again.
  return endCycleOrder(deps, tx, (await lockOrder(tx, orderId)) ?? order, reason)
}

/** Ends the order of a cycle whose attempts are all over. Refusals: order_already_paid. */
export async function endCycleOrder(
  deps: { clock: Clock; catalog: Pick<CatalogPort, 'releaseHold'> },
  tx: Tx,
  order: Order,
  reason: CycleCloseReason,
): Promise<{ kind: 'cancelled' } | Refused<'order_already_paid'>> {
  const decision = giveUpCycle(order, reason, deps.clock.now())
  if (decision.kind === 'refused') return decision
  if (decision.kind === 'cancel') {
    await saveOrder(tx, order, decision.order)
    await publishClosed(tx, decision.order)
    if (order.cycle?.stockHeld) await deps.catalog.releaseHold(tx, order.id)
  }
  return { kind: 'cancelled' }
}

/** What a subscription is begun from: the purchase, as it was agreed. */
export interface SubscriptionBasis {
  customerId: string
  consentVersion: string
  consentedAt: Temporal.Instant
  receiver: Receiver
  /** The attempt that paid it; null while it is not paid. */
  attemptId: string | null
  lines: { itemId: string; quantity: number; unitPrice: Won; subscription: Period | null }[]
}

/** The basis of subscriptions in a purchase; undefined when it has no recurring lines or does not exist. */
export async function subscriptionBasis(tx: Tx, orderId: string): Promise<SubscriptionBasis | undefined> {
  const order = await findOrder(tx, orderId)
  if (!order?.consent) return undefined
  return {
    customerId: order.customerId,
    consentVersion: order.consent.version,
    consentedAt: order.consent.at,
    receiver: order.receiver,
    attemptId: 'payment' in order ? order.payment.attemptId : null,
    lines: order.lines.map(({ itemId, quantity, unitPrice, subscription }) => ({
      itemId,
      quantity,
      unitPrice,
      subscription,
    })),
  }
}
