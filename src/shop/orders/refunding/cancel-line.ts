import type { Db, Tx } from '../../../platform/database/database.ts'
import { type Actor, owned } from '../../../platform/http/actor.ts'
import { type KeyRefusal, once } from '../../../platform/http/idempotency.ts'
import { type Refused, type RefusedBy, refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { type OrderView, orderView } from '../order-view.ts'
import type { PaymentPort } from '../payment-port.ts'
import { sentPieces, unsentPieces } from '../rules/delivery.ts'
import { splitRefund } from '../rules/give-back.ts'
import { decideCancel, type Order, refundableOrder } from '../rules/order.ts'
import { findOrder, lockOrder, saveOrder } from '../store/order-store.ts'
import { promiseRefund } from './promise-refund.ts'

export interface RefundingDeps {
  db: Db
  clock: Clock
  payments: Pick<PaymentPort, 'refundOrder'>
}

export interface CancelLine {
  actor: Actor
  orderId: string
  lineNo: number
  /** Left out: all that is still in the house. */
  quantity?: number | undefined
  idempotencyKey: string
}

const REASON = 'cancelled by the customer'

/**
 * A customer does not want pieces of a line any more that are paid and have not left. Their price goes back; the fee
 * for the delivery does when nothing is left to deliver, because then the order as a whole is cancelled.
 * Refusals: not_found, order_line_not_found, order_not_refundable, order_refund_requested, order_line_not_cancellable
 * (sent, cancelled before, or not so many), refund_of_nothing, and those of payments and idempotency.
 */
export async function cancelLine(
  deps: RefundingDeps,
  wish: CancelLine,
): Promise<
  { kind: 'cancelled'; order: OrderView } | RefusedBy<typeof cancelPieces> | Refused<'not_found' | KeyRefusal>
> {
  const { actor, orderId, lineNo, quantity, idempotencyKey } = wish
  const now = deps.clock.now()
  const key = {
    scope: `orders.cancels:${actor.userId}`,
    key: idempotencyKey,
    body: { orderId, lineNo, quantity },
  }
  const result = await once(deps.db, key, now, async (tx) => {
    // A statement of its own after the lock: the locking one may have read the lines before it had to wait.
    await lockOrder(tx, orderId)
    const found = await findOrder(tx, orderId)
    const seen = owned(actor, found && { order: found, ownerId: found.customerId })
    if ('kind' in seen) return seen
    const cancelled = await cancelPieces(deps, tx, seen.order, wish, now)
    if (cancelled.kind === 'refused') return cancelled
    return { kind: 'answered', status: 202, body: { orderId } }
  })
  if (result.kind === 'refused') return result
  const order = await findOrder(deps.db, orderId)
  return order ? { kind: 'cancelled', order: orderView(order) } : refused('not_found')
}

async function cancelPieces(
  deps: RefundingDeps,
  tx: Tx,
  order: Order,
  { actor, lineNo, quantity }: CancelLine,
  now: Temporal.Instant,
): Promise<
  | { kind: 'cancelled'; order: Order }
  | RefusedBy<typeof cancelWhole>
  | RefusedBy<typeof splitRefund>
  | RefusedBy<typeof promiseRefund>
> {
  const paid = refundableOrder(order)
  if ('kind' in paid) return paid
  const line = order.lines.find((one) => one.lineNo === lineNo)
  if (!line) return refused('order_line_not_found', { facts: { lineNo } })
  const pieces = quantity ?? unsentPieces(line)
  if (pieces < 1 || pieces > unsentPieces(line))
    return refused('order_line_not_cancellable', { facts: { lineNo } })
  if (leavesNothing(order, pieces)) return cancelWhole(deps, tx, order, actor, now)
  const split = splitRefund(order, { lines: [{ lineNo, quantity: pieces }], deliveryFee: false })
  if (split.kind === 'refused') return split
  const why = { cause: 'cancelled', reason: REASON, requestedBy: actor.userId } as const
  // They never left the house.
  const promised = await promiseRefund(
    deps,
    tx,
    order,
    { ...why, split, restock: true, cancel: true, byTwo: false, returned: false },
    now,
  )
  return promised.kind === 'refused' ? promised : { kind: 'cancelled', order: promised.order }
}

/** Whether these pieces are all that was ever to be delivered. */
function leavesNothing({ lines }: Order, pieces: number): boolean {
  const left = lines.reduce((sum, line) => sum + unsentPieces(line), 0)
  return left === pieces && lines.every((line) => sentPieces(line) === 0)
}

async function cancelWhole(
  { payments }: RefundingDeps,
  tx: Tx,
  order: Order,
  actor: Actor,
  now: Temporal.Instant,
): Promise<
  | { kind: 'cancelled'; order: Order }
  | RefusedBy<typeof decideCancel>
  | Refused<
      | 'order_not_refundable'
      | 'refund_exceeds_payment'
      | 'payment_not_refundable'
      | 'refund_in_progress'
      | 'refund_beyond_one_person'
    >
> {
  const decision = decideCancel(order, now)
  if (decision.kind !== 'refund')
    return decision.kind === 'refused' ? decision : refused('order_not_refundable')
  const request = { orderId: order.id, reason: REASON, requestedBy: actor.userId }
  const requested = await payments.refundOrder(tx, request)
  if (requested.kind === 'refused') return requested
  await saveOrder(tx, order, decision.order)
  return { kind: 'cancelled', order: decision.order }
}
