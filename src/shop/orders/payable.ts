import { sql } from 'kysely'
import type { Tx } from '../../platform/database/database.ts'
import { refused } from '../../platform/refusal.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { PaidNotice, Payable, PayableOrder, RefundNotice } from '../payments/index.ts'
import type { CatalogPort } from './catalog-port.ts'
import { type Order, openForPayment, pay, refund, refundable } from './order.ts'
import { lockOrder, saveOrder } from './order-store.ts'
import { piecesOf, publishPaid, publishRefunded } from './publish.ts'

export interface PayableDeps {
  clock: Clock
  log: Logger
  catalog: Pick<CatalogPort, 'consumeHold' | 'restock'>
}

/** Orders as payments see them. Every function locks the order and works in the caller's transaction. */
export function createPayable(deps: PayableDeps): Payable {
  return {
    async lockForPayment(tx, orderId) {
      const order = await lockOrder(tx, orderId)
      if (!order) return refused('not_found')
      const open = openForPayment(order, deps.clock.now())
      return 'kind' in open ? open : payableOrder(open)
    },
    keepOpenUntil,
    paid: (tx, notice) => paid(deps, tx, notice),
    async lockForRefund(tx, orderId) {
      const order = await lockOrder(tx, orderId)
      if (!order) return refused('not_found')
      const found = refundable(order)
      return 'kind' in found ? found : payableOrder(found)
    },
    refunded: (tx, notice) => refunded(deps, tx, notice),
  }
}

function payableOrder(order: Order): PayableOrder {
  const first = order.lines[0]
  if (!first) throw new Error(`order ${order.id} has no lines`)
  const others = order.lines.length - 1
  return {
    kind: 'payable',
    orderId: order.id,
    ownerId: order.customerId,
    total: order.total,
    itemName: others === 0 ? first.name : `${first.name} 외 ${others}건`,
    quantity: order.itemCount,
  }
}

/** Never shortens the window, and leaves an order alone that no longer waits. */
async function keepOpenUntil(tx: Tx, orderId: string, until: Temporal.Instant): Promise<void> {
  await sql`
    update orders."order" set expires_at = ${until}
    where id = ${orderId} and state = 'awaiting_payment' and expires_at < ${until}`.execute(tx)
}

async function paid(deps: PayableDeps, tx: Tx, notice: PaidNotice): Promise<'accepted' | 'too_late'> {
  const order = await lockOrder(tx, notice.orderId)
  if (!order) {
    deps.log.error(
      { orderId: notice.orderId, attemptId: notice.attemptId },
      'paid, but there is no such order',
    )
    return 'too_late'
  }
  // The same payment told twice changes nothing.
  if ('payment' in order && order.payment.attemptId === notice.attemptId) return 'accepted'
  const { attemptId, provider, at } = notice
  const decision = pay(order, { attemptId, provider, at })
  if ('kind' in decision) return 'too_late'
  if (notice.total !== order.total) {
    const amounts = { paid: notice.total, total: order.total }
    deps.log.error(
      { orderId: order.id, attemptId, ...amounts },
      'the paid amount is not the total of the order',
    )
    return 'too_late'
  }
  if (!(await deps.catalog.consumeHold(tx, order.id))) {
    deps.log.error({ orderId: order.id, attemptId }, 'an order waiting for payment holds no stock')
    return 'too_late'
  }
  await saveOrder(tx, order, decision)
  await publishPaid(tx, decision)
  return 'accepted'
}

async function refunded(deps: PayableDeps, tx: Tx, notice: RefundNotice): Promise<void> {
  const order = await lockOrder(tx, notice.orderId)
  if (!order) throw new Error(`refund ${notice.refundId} is for an unknown order ${notice.orderId}`)
  const decision = refund(order, notice)
  if ('kind' in decision) {
    if (decision.kind === 'refused') {
      deps.log.warn(
        { orderId: order.id, state: order.state, refundId: notice.refundId },
        'refund of an unpaid order',
      )
    }
    return
  }
  await saveOrder(tx, order, decision)
  // What never left the house can be sold again; a returned parcel is first looked at by a person.
  if (decision.state === 'refunded' && decision.shippedAt === null)
    await deps.catalog.restock(tx, piecesOf(order))
  await publishRefunded(tx, decision, notice.amount, notice.at)
}
