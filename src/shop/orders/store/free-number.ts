import type { Tx } from '../../../platform/database/database.ts'
import { businessDate } from '../../../platform/time/clock.ts'
import type { AwaitingPayment } from '../rules/order.ts'
import { orderNumber } from '../rules/order-number.ts'
import { insertOrder } from './order-store.ts'

const NUMBER_TRIES = 10

/**
 * Writes a new order; a number that is taken is drawn anew.
 * @param deps `draw` gives a random integer for the order number, 0 ≤ n < ORDER_NUMBER_DRAWS
 */
export async function insertWithFreeNumber(
  deps: { draw(): number },
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
