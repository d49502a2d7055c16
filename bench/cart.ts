import { sql } from 'kysely'
import { fillBaskets, openBaskets, piecesAstray } from './carts/baskets.ts'
import { type CapturedAdds, captureAdds, type OwnerKind } from './carts/cart-capture.ts'
import { leastAdd, type ShownLine, shownOf } from './carts/least-add.ts'
import { countPeerCarts, FIRST, forgetPeerCarts, openPeerCarts, PRELUDE } from './carts/peer-carts.ts'
import { costLine, meterOf } from './measure/cost.ts'
import { equalFigure, type Figure, ownSqlFigure, percentile, ratioFigure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import { type Pgbench, pgbench } from './measure/pgbench.ts'
import type { Shop } from './measure/shop.ts'
import { signInBuyers } from './orders/buyers.ts'
import { stockUp } from './orders/order-books.ts'

const CUSTOMERS = 20
const VISITORS = 600
const ITEMS = 4
const PEERS = 20
const LEAST = 0.25
const STRETCH = 0.5
const WARM_UP_SECONDS = 2
const KINDS: readonly OwnerKind[] = ['customer', 'visitor']

/**
 * Pieces added to carts over HTTP, by customers and by visitors, each to a cart of their own, as new lines and to lines
 * that are there. Beside it the statements of such a request under pgbench, and the least SQL with the same guarantees.
 * Afterwards every cart holds exactly what was answered.
 */
export async function measureCart(shop: Shop, { clients, seconds }: BenchOptions): Promise<Figure[]> {
  const customers = await signInBuyers(shop, CUSTOMERS)
  const forgotten = () =>
    forgetCarts(
      shop,
      customers.map(({ id }) => id),
    )
  await forgotten()
  const items = await chooseItems(shop)
  await stockUp(shop.db, items)
  const baskets = await openBaskets(shop, customers, VISITORS)
  try {
    const spent = meterOf(shop, shop)
    await fillBaskets(shop, baskets, items, { clients, seconds: WARM_UP_SECONDS })
    const before = await spent()
    const { times, failed, seconds: taken } = await fillBaskets(shop, baskets, items, { clients, seconds })
    const after = await spent()
    const astray = await piecesAstray(shop, baskets)
    const answered = baskets.reduce((sum, { added }) => sum + piecesIn(added), 0)
    const { keys } = await countPeerCarts(shop.db)
    console.log(costLine('adding to carts', before, after, times.length, 'a piece'))
    console.log(`  p95 ${percentile(times, 0.95).toFixed(1)} ms`)
    const peers = await yardsticks(shop, items, Math.ceil(seconds / 2))
    const perSecond = (times.length - piecesIn(failed)) / taken
    return [
      ratioFigure(
        'add to cart',
        perSecond,
        { name: 'pgbench', perSecond: peers.ours.perSecond },
        LEAST,
        STRETCH,
      ),
      ownSqlFigure('add to cart', peers.ours.perSecond, peers.least.perSecond),
      equalFigure('add to cart, refused or broken', piecesIn(failed), 0),
      equalFigure('pieces in carts, not as answered', astray, 0),
      equalFigure('pieces answered without their key', Math.abs(answered - keys), 0),
      equalFigure('pgbench pieces missing', peers.missing, 0),
    ]
  } finally {
    await forgotten()
  }
}

const piecesIn = (counts: ReadonlyMap<unknown, number>) =>
  counts.values().reduce((sum, count) => sum + count, 0)

async function chooseItems(shop: Shop): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by md5(id::text) limit ${ITEMS}`.execute(
    shop.db,
  )
  return rows.map(({ id }) => id)
}

/** Empties what an earlier run left behind, and takes away what this one made. */
async function forgetCarts(shop: Shop, customers: readonly string[]): Promise<void> {
  await forgetPeerCarts(shop.db)
  await sql`delete from cart.cart where customer_id = any(${customers}::uuid[]) or customer_id is null`.execute(
    shop.db,
  )
}

async function yardsticks(shop: Shop, items: readonly string[], seconds: number) {
  await openPeerCarts(shop.db)
  const captured: CapturedAdds[] = []
  for (const kind of KINDS) captured.push(await captureAdds(shop, kind, items))
  const least = KINDS.flatMap((kind) => items.map((itemId) => leastAdd(kind, itemId)))
  for (const [n, kind] of KINDS.entries()) await compare(shop, kind, items, captured[n]?.lines ?? [])
  const [one] = captured
  console.log(`  statements of a piece: ${one?.statements[0]?.length}, the least: ${least[0]?.length}`)
  let missing = 0
  const run = async (transactions: readonly (readonly string[])[]): Promise<Pgbench> => {
    await openPeerCarts(shop.db)
    const peer = await pgbench(shop.databaseUrl, transactions, { clients: PEERS, seconds, prelude: PRELUDE })
    const { pieces, keys } = await countPeerCarts(shop.db)
    missing += Math.abs(peer.transactions - pieces) + Math.abs(peer.transactions - keys)
    return peer
  }
  shop.server.pause()
  try {
    const ours = await run(captured.flatMap(({ statements }) => statements))
    return { ours, least: await run(least), missing }
  } finally {
    shop.server.resume()
  }
}

/** The least SQL must leave and show the same cart as our route, after the same additions. */
async function compare(
  shop: Shop,
  kind: OwnerKind,
  items: readonly string[],
  lines: readonly unknown[],
): Promise<void> {
  let rows: ShownLine[] = []
  let key = FIRST + (kind === 'customer' ? 0 : 2 * items.length)
  for (const itemId of items.flatMap((item) => [item, item])) {
    key += 1
    const [, ...statements] = leastAdd(kind, itemId).map((statement) =>
      statement.replaceAll(':bench_who', String(FIRST + 1)).replaceAll(/:bench_(?:line|key)/g, String(key)),
    )
    const view = statements.at(-1) ?? ''
    await shop.db.transaction().execute(async (tx) => {
      for (const statement of statements.slice(0, -2)) await sql.raw(statement).execute(tx)
    })
    rows = (await sql.raw<ShownLine>(view).execute(shop.db)).rows
  }
  const ours = lines.map((line) => {
    const { item, ...rest } = line as { item: object }
    return shownOf({ ...rest, ...item } as ShownLine)
  })
  if (JSON.stringify(rows.map(shownOf)) !== JSON.stringify(ours) || rows.length === 0)
    throw new Error(`the least SQL leaves another cart of a ${kind}: ${rows.map(shownOf)}, ours: ${ours}`)
}
