import { sql } from 'kysely'
import { capture } from '../measure/capture.ts'
import { withServices } from '../measure/in-process.ts'
import type { Shop } from '../measure/shop.ts'
import { type Basket, orderOf } from './basket.ts'

/** Makes what must be new in every transaction: ids end in twelve digits, order numbers are digits too. */
export const PRELUDE = [
  String.raw`\set bench_order random(100000000000, 999999999999)`,
  String.raw`\set bench_event random(100000000000, 999999999999)`,
  String.raw`\set bench_day random(10000000, 99999999)`,
  String.raw`\set bench_number random(100000, 999999)`,
] as const

/**
 * The statements of placing an order of each basket, from the real route on a database that is listened to (so these
 * orders are really placed), with variables in the place of everything that may exist only once.
 */
export function captureOrders(
  shop: Shop,
  baskets: readonly Basket[],
  customerId: string,
): Promise<string[][]> {
  return withServices(shop, { userId: customerId, roles: ['customer'], sessionId: 'bench' }, async (app) => {
    const transactions: string[][] = []
    for (const basket of baskets) {
      const key = `bench-capture-${basket[0]}`
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
      transactions.push(
        statements.map((statement) =>
          statement
            .replaceAll(placed.id ?? '', `${placed.id?.slice(0, -12)}:bench_order`)
            .replaceAll(eventId, `${eventId.slice(0, -12)}:bench_event`)
            .replaceAll(placed.orderNumber ?? '', ':bench_day-:bench_number')
            // Else every client would wait for the lock of this one customer, as real customers do not.
            .replaceAll(
              `orders.customer:${customerId}`,
              `orders.customer:${customerId.slice(0, -12)}:bench_order`,
            )
            .replaceAll(key, 'bench-:bench_order-:bench_event'),
        ),
      )
    }
    return transactions
  })
}

async function eventOf(shop: Shop, orderId: string): Promise<string> {
  const { rows } = await sql<{ event_id: string }>`
    select event_id from platform.event where subject = ${orderId}`.execute(shop.db)
  const [row] = rows
  if (rows.length !== 1 || row === undefined) throw new Error(`${rows.length} events of order ${orderId}`)
  return row.event_id
}
