import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { capture } from '../measure/capture.ts'
import { withServices } from '../measure/in-process.ts'
import type { Shop } from '../measure/shop.ts'
import { type Basket, orderOf } from './basket.ts'
import { leastOrder } from './least-order.ts'
import { preludeOf, withVariables } from './variables.ts'

/** Order, event, key and number. */
export const PRELUDE = preludeOf(4)

/** The statements that place an order, with variables in the place of everything that may exist only once. */
export interface OrderStatements {
  /** As the real route sends them. */
  readonly sent: readonly string[]
  /** The least that gives the same with the same guarantees. */
  readonly least: readonly string[]
}

/** The statements for each basket, of orders that are really placed by the route on a database that is listened to. */
export function captureOrders(
  shop: Shop,
  baskets: readonly Basket[],
  customerId: string,
): Promise<OrderStatements[]> {
  return withServices(shop, { userId: customerId, roles: ['customer'], sessionId: 'bench' }, async (app) => {
    const orders: OrderStatements[] = []
    for (const basket of baskets) {
      const key = randomUUID()
      let body = ''
      const statements = await capture(async () => {
        const answer = await app.inject({
          method: 'POST',
          url: '/api/orders',
          headers: { authorization: 'Bearer bench', 'idempotency-key': key },
          payload: orderOf(basket),
        })
        body = answer.body
      })
      const placed = JSON.parse(body) as { id?: string; orderNumber?: string }
      if (placed.id === undefined || placed.orderNumber === undefined) throw new Error(`not placed: ${body}`)
      const eventId = await eventOf(shop, placed.id)
      const unique = [placed.id, eventId, key, placed.orderNumber]
      const least = await leastOrder(shop.db, placed.id)
      orders.push({
        // Orders placed at the same time share one wake-up.
        sent: withVariables(
          statements.filter((statement) => !statement.includes('pg_notify')),
          unique,
          customerId,
        ),
        least: withVariables(least, unique, customerId),
      })
    }
    return orders
  })
}

async function eventOf(shop: Shop, orderId: string): Promise<string> {
  const { rows } = await sql<{ event_id: string }>`
    select event_id from platform.event where subject = ${orderId}`.execute(shop.db)
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`${rows.length} events of order ${orderId}`)
  return row.event_id
}
