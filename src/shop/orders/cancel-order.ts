import { sql } from 'kysely'
import { type Db, type Tx, transact } from '../../platform/database/database.ts'
import { type Actor, owned } from '../../platform/http/actor.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { CatalogPort } from './catalog-port.ts'
import type { PaymentPort } from './payment-port.ts'
import { type ClosedOrder, decideCancel, type Order } from './rules/order.ts'
import { lockOrder, type OrderRow, orderOf, SELECT_ORDER, saveOrder } from './store/order-store.ts'
import { publishClosed } from './store/publish.ts'

export interface CancelOrderDeps {
  db: Db
  clock: Clock
  catalog: Pick<CatalogPort, 'releaseHold'>
  payments: PaymentPort
}

/** A payment under way settles within seconds, or becomes a question for a look-up. */
const RETRY_AFTER_SECONDS = 5

/**
 * Cancels one's own order before it is shipped. Unpaid: it ends at once and its stock is free again. Paid: all that
 * is still paid is asked back, and the order stays as it is until the money has moved. Asking again is harmless.
 * Refusals: not_found, payment_in_progress (money may be moving now), order_not_cancellable, order_closed, and
 * those of payments for the refund.
 */
export async function cancelOrder(
  deps: CancelOrderDeps,
  { orderId, actor }: { orderId: string; actor: Actor },
): Promise<
  | { kind: 'cancelled'; order: Order }
  | RefusedBy<typeof decideCancel>
  | Refused<
      | 'not_found'
      | 'payment_in_progress'
      | 'refund_exceeds_payment'
      | 'payment_not_refundable'
      | 'refund_in_progress'
      | 'refund_beyond_one_person'
    >
> {
  return transact<
    | { kind: 'cancelled'; order: Order }
    | RefusedBy<typeof decideCancel>
    | Refused<
        | 'not_found'
        | 'payment_in_progress'
        | 'refund_exceeds_payment'
        | 'payment_not_refundable'
        | 'refund_in_progress'
        | 'refund_beyond_one_person'
      >
  >(deps.db, async (tx, rollback) => {
    const locked = await lockOrder(tx, orderId)
    const found = owned(actor, locked && { order: locked, ownerId: locked.customerId })
    if ('kind' in found) return found
    const { order } = found
    const decision = decideCancel(order, deps.clock.now())
    switch (decision.kind) {
      case 'refused':
        return decision
      case 'done':
        return { kind: 'cancelled', order }
      case 'cancel': {
        const ended = await endUnpaidOrder(deps, tx, order, decision.order)
        return ended ?? { kind: 'cancelled', order: decision.order }
      }
      case 'refund': {
        const request = { orderId, reason: 'cancelled by the customer', requestedBy: actor.userId }
        const requested = await deps.payments.refundOrder(tx, request)
        if (requested.kind === 'refused') {
          // Asked before and still under way. Had the provider declined, this would have been a new try.
          const underWay = decision.askedBefore && requested.code === 'refund_in_progress'
          return underWay ? { kind: 'cancelled', order } : rollback(requested)
        }
        await saveOrder(tx, order, decision.order)
        return { kind: 'cancelled', order: decision.order }
      }
    }
  })
}

/**
 * The customer has left, and nobody else can pay what they ordered: their unpaid orders are cancelled and the stock is
 * free at once. One whose money may be moving is left to the answer of the provider, or to the end of its window.
 */
export async function cancelUnpaidOf(
  deps: Pick<CancelOrderDeps, 'clock' | 'catalog' | 'payments'>,
  tx: Tx,
  customerId: string,
): Promise<void> {
  const { rows } = await sql<OrderRow>`
    ${SELECT_ORDER}
    where o.customer_id = ${customerId} and o.state = 'awaiting_payment' and o.cycle_no is null
    order by o.id
    for update of o`.execute(tx)
  for (const order of rows.map(orderOf)) {
    const decision = decideCancel(order, deps.clock.now())
    if (decision.kind === 'cancel') await endUnpaidOrder(deps, tx, order, decision.order)
  }
}

/**
 * Ends an order that was not paid: no attempt can be completed any more, the stock is free, the event is written.
 * Refusals: payment_in_progress, and nothing is changed.
 */
export async function endUnpaidOrder(
  deps: Pick<CancelOrderDeps, 'catalog' | 'payments'>,
  tx: Tx,
  from: Order,
  to: ClosedOrder,
): Promise<Refused<'payment_in_progress'> | undefined> {
  const attempt = await deps.payments.closeOpenAttempt(tx, from.id, to.closing.reason)
  if (attempt === 'in_flight')
    return refused('payment_in_progress', { retryAfterSeconds: RETRY_AFTER_SECONDS })
  await saveOrder(tx, from, to)
  await publishClosed(tx, to)
  await deps.catalog.releaseHold(tx, from.id)
  return undefined
}
