import type { PayableOrder } from '../../payments/index.ts'
import { isRecurring, type Order } from './order.ts'
import { taxFreeOf } from './tax.ts'

/** What payments are told of an order that can be paid. */
export function payableOrder(order: Order): PayableOrder {
  const first = order.lines[0]
  if (!first) throw new Error(`order ${order.id} has no lines`)
  const others = order.lines.length - 1
  return {
    kind: 'payable',
    orderId: order.id,
    ownerId: order.customerId,
    total: order.total,
    taxFree: taxFreeOf(order),
    itemName: others === 0 ? first.name : `${first.name} 외 ${others}건`,
    quantity: order.itemCount,
    recurring: isRecurring(order),
    openUntil: order.expiresAt,
  }
}
