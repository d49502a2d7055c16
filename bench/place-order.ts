import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { equalFigure, type Figure, ownSqlFigure, ratioFigure } from './measure/figure.ts'
import { type Load, load, together } from './measure/load.ts'
import type { BenchOptions } from './measure/options.ts'
import { type Pgbench, pgbench } from './measure/pgbench.ts'
import type { Shop } from './measure/shop.ts'
import { type Basket, chooseBaskets, orderOf } from './orders/basket.ts'
import { type Buyer, signInBuyers } from './orders/buyers.ts'
import { countBooks, forgetOrders, settled, stockUp } from './orders/order-books.ts'
import { captureOrders, PRELUDE } from './orders/order-capture.ts'

const LEAST = 0.25
const STRETCH = 0.5
const BUYERS = 60
/** Different baskets of two items each; pgbench takes no more scripts than 128. */
const BASKETS = 120
const WARM_UP_SECONDS = 2
const ROUNDS = 2

/**
 * Orders over HTTP (token, idempotency key, prices, order, stock hold, event) against the very statements of such a
 * request as one pgbench transaction. Afterwards every order must have exactly its hold, its event and its key.
 */
export async function measurePlaceOrder(shop: Shop, options: BenchOptions): Promise<Figure[]> {
  const buyers = await signInBuyers(shop, BUYERS)
  // The last one orders only in this process and under pgbench, so that both sides can be counted.
  const [captured = { id: '', token: '' }, ...real] = buyers.toReversed()
  const ids = buyers.map(({ id }) => id)
  const baskets = await chooseBaskets(shop.db, BASKETS)
  await forgetOrders(shop.db, ids)
  await stockUp(shop.db, baskets.flat())
  try {
    const orders = await captureOrders(shop, baskets, captured.id)
    const served: Load[] = []
    const peers: Pgbench[] = []
    const leasts: Pgbench[] = []
    await placeOrders(shop, baskets, real, options.clients, WARM_UP_SECONDS)
    await settled(shop.db, real)
    const before = await countBooks(shop.db, real)
    const peerBefore = await countBooks(shop.db, [captured])
    for (let round = 0; round < ROUNDS; round++) {
      served.push(await placeOrders(shop, baskets, real, options.clients, options.seconds / ROUNDS))
      await settled(shop.db, real)
      shop.server.pause()
      try {
        const seconds = Math.ceil(options.seconds / ROUNDS)
        const run = (of: 'sent' | 'least') =>
          pgbench(
            shop.databaseUrl,
            orders.map((order) => order[of]),
            { clients: options.clients, seconds, prelude: PRELUDE },
          )
        peers.push(await run('sent'))
        leasts.push(await run('least'))
        // Nobody needs to carry the yardstick's events.
        await sql`delete from platform.outbox`.execute(shop.db)
      } finally {
        shop.server.resume()
      }
    }
    const all = together(served)
    const after = await countBooks(shop.db, real)
    const peerAfter = await countBooks(shop.db, [captured])
    const perSecond = average(peers)
    const ran = [...peers, ...leasts].reduce((sum, peer) => sum + peer.transactions, 0)
    // At the end of a round each client may have one order under way, which is placed but not answered.
    const placed = after.orders - before.orders
    const unanswered = placed - (all.answered - all.bad)
    return [
      ratioFigure('place order', all.perSecond, { name: 'pgbench', perSecond }, LEAST, STRETCH),
      ownSqlFigure('place order', perSecond, average(leasts)),
      equalFigure('place order, refused or broken', all.bad, 0),
      equalFigure('orders answered but not placed', Math.max(0, -unanswered), 0),
      equalFigure('orders nobody asked for', Math.max(0, unanswered - options.clients * ROUNDS), 0),
      equalFigure('orders without hold, event or key', after.incomplete, 0),
      equalFigure('pieces ordered but not held', after.ordered - after.held, 0),
      equalFigure('stock rows that disagree with holds', after.wrongStock, 0),
      equalFigure('pgbench orders missing', ran - (peerAfter.orders - peerBefore.orders), 0),
    ]
  } finally {
    await forgetOrders(shop.db, ids)
  }
}

const average = (peers: readonly Pgbench[]) =>
  peers.reduce((sum, peer) => sum + peer.perSecond, 0) / peers.length

function placeOrders(
  shop: Shop,
  baskets: readonly Basket[],
  buyers: readonly Buyer[],
  clients: number,
  seconds: number,
) {
  const requests = baskets.map((basket, n) => ({
    method: 'POST' as const,
    path: '/api/orders',
    body: JSON.stringify(orderOf(basket)),
    setupRequest: (request: object) => ({
      ...request,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${buyers[n % buyers.length]?.token}`,
        'idempotency-key': randomUUID(),
      },
    }),
  }))
  const verify = (body: string) => body.startsWith('{"id":') && body.includes('"state":"awaiting_payment"')
  return load({ url: shop.url, clients, seconds, requests, verify })
}
