import { sql } from 'kysely'
import { orderPaid, orderRefunded } from '../src/contracts/order-events.ts'
import { transact } from '../src/platform/database/database.ts'
import { appendEvents } from '../src/platform/events/outbox.ts'
import { newId } from '../src/platform/ids.ts'
import { PER_SECOND, publishEvenly } from './events/publish-evenly.ts'
import { equalFigure, type Figure, percentile, timeFigure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'

const P99_LIMIT_MS = 50
const SOURCE = 'bench'

/**
 * How long a committed `shop.order.paid` takes until every subscriber of the running server has committed its effect
 * (the count of pieces sold). The clock starts before the commit, so the figure is never too good. Afterwards the
 * same pieces are given back by `shop.order.refunded`, and the counts must be what they were.
 */
export async function measureEvents(shop: Shop, { seconds }: BenchOptions): Promise<Figure[]> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by md5(id::text) limit 200`.execute(shop.db)
  const items = rows.map(({ id }) => id)
  const before = await salesOf(shop, items)
  const paid = await publish(shop, items, seconds, (id, itemId) =>
    orderPaid.of(id, 1, {
      kind: 'purchase',
      paymentMethodId: null,
      orderId: id,
      customerId: id,
      total: 1_000,
      paidAt: Temporal.Now.instant().toString(),
      lines: [{ itemId, quantity: 1, unitPrice: 1_000, lineTotal: 1_000, subscription: null }],
    }),
  )
  const between = await salesOf(shop, items)
  const refunded = await publish(shop, items, seconds, (id, itemId) =>
    orderRefunded.of(id, 1, {
      orderId: id,
      customerId: id,
      amount: 1_000,
      full: true,
      refundedAt: Temporal.Now.instant().toString(),
      lines: [{ itemId, quantity: 1 }],
    }),
  )
  const after = await salesOf(shop, items)
  await sql`delete from platform.event_log where source = ${SOURCE}`.execute(shop.db)
  return [
    timeFigure(
      `event handled, p99 at ${PER_SECOND}/s`,
      percentile([...paid, ...refunded], 0.99),
      P99_LIMIT_MS,
    ),
    equalFigure('sales counted', between - before, paid.length),
    equalFigure('sales taken back', between - after, refunded.length),
  ]
}

/** Publishes events; the milliseconds each took until nobody had to be given it any more. */
function publish(
  shop: Shop,
  items: readonly string[],
  seconds: number,
  eventOf: (id: string, itemId: string) => ReturnType<typeof orderPaid.of>,
): Promise<number[]> {
  let next = 0
  return publishEvenly(seconds, {
    newId,
    commit: (id) => {
      const event = eventOf(id, items[next++ % items.length] ?? '')
      return transact(shop.db, (tx) => appendEvents(tx, SOURCE, Temporal.Now.instant(), [event]))
    },
    handled: async (ids) => {
      const { rows } = await sql<{ subject: string }>`
        select distinct subject from platform.undelivered where subject = any(${ids}::text[])`.execute(
        shop.db,
      )
      const left = new Set(rows.map(({ subject }) => subject))
      return ids.filter((id) => !left.has(id))
    },
  })
}

async function salesOf(shop: Shop, items: readonly string[]): Promise<number> {
  const { rows } = await sql<{ sold: number }>`
    select sum(sales_count) as sold from catalog.item_numbers where item_id = any(${items}::uuid[])`.execute(
    shop.db,
  )
  return rows[0]?.sold ?? 0
}
