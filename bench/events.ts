import { sql } from 'kysely'
import { orderPaid, orderRefunded } from '../src/contracts/order-events.ts'
import { transact } from '../src/platform/database/database.ts'
import { appendEvents } from '../src/platform/events/outbox.ts'
import { newId } from '../src/platform/ids.ts'
import { equalFigure, type Figure, percentile, timeFigure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import type { Shop } from './measure/shop.ts'

const P99_LIMIT_MS = 50
/** More than four million orders a day; each also sends a message to its customer. */
const PER_SECOND = 50
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

/** How often it is looked whether an event has been delivered; what it adds to the figure. */
const LOOK_EVERY_MS = 2

/** Publishes events at an even pace; the milliseconds each took until nobody had to be given it any more. */
async function publish(
  shop: Shop,
  items: readonly string[],
  seconds: number,
  eventOf: (id: string, itemId: string) => ReturnType<typeof orderPaid.of>,
): Promise<number[]> {
  const start = performance.now()
  const committing: Promise<void>[] = []
  const underWay = new Map<string, number>()
  const publishOne = async (id: string, itemId: string) => {
    const begun = performance.now()
    await transact(shop.db, (tx) => appendEvents(tx, SOURCE, Temporal.Now.instant(), [eventOf(id, itemId)]))
    underWay.set(id, begun)
  }
  let published = false
  const watching = watch(shop, underWay, () => published)
  for (let n = 0; n < seconds * PER_SECOND; n++) {
    const wait = start + (n * 1_000) / PER_SECOND - performance.now()
    if (wait > 0) await new Promise((done) => setTimeout(done, wait))
    committing.push(publishOne(newId(), items[n % items.length] ?? ''))
  }
  await Promise.all(committing)
  published = true
  return watching
}

/** Looks until all that is under way has been delivered. @returns the milliseconds that each took */
async function watch(shop: Shop, underWay: Map<string, number>, published: () => boolean): Promise<number[]> {
  const times: number[] = []
  while (!published() || underWay.size > 0) {
    const asked = [...underWay]
    const { rows } = await sql<{ subject: string }>`
      select distinct subject from platform.undelivered where subject = any(${asked.map(([id]) => id)}::text[])`.execute(
      shop.db,
    )
    const left = new Set(rows.map(({ subject }) => subject))
    const now = performance.now()
    for (const [id, begun] of asked) {
      if (left.has(id)) continue
      underWay.delete(id)
      times.push(now - begun)
    }
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS))
  }
  return times
}

async function salesOf(shop: Shop, items: readonly string[]): Promise<number> {
  const { rows } = await sql<{ sold: number }>`
    select sum(sales_count) as sold from catalog.item_numbers where item_id = any(${items}::uuid[])`.execute(
    shop.db,
  )
  return rows[0]?.sold ?? 0
}
