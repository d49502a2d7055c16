import type { Db, Tx } from '../../../platform/database/database.ts'
import { refundableOrder } from '../rules/order.ts'
import { findOrder } from './order-store.ts'

/** A line of an order, as a proof that somebody bought the item. */
export interface BoughtLine {
  orderId: string
  customerId: string
  itemId: string
  /** The customer's money for it, or a part of it, is with us. */
  paid: boolean
}

/** The line of an order; undefined when there is none. Whose order it is, is for the asker to judge. */
export async function findBoughtLine(
  db: Db | Tx,
  { orderId, lineNo }: { orderId: string; lineNo: number },
): Promise<BoughtLine | undefined> {
  const order = await findOrder(db, orderId)
  const line = order?.lines.find((candidate) => candidate.lineNo === lineNo)
  if (!order || !line) return undefined
  const paid = !('kind' in refundableOrder(order))
  return { orderId: order.id, customerId: order.customerId, itemId: line.itemId, paid }
}
