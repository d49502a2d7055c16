/** For the tests of the cart only: the shop of the orders' tests, with carts. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { orderCancelled, orderPaid } from '../../contracts/order-events.ts'
import { transact } from '../../platform/database/database.ts'
import { migrate } from '../../platform/database/migrate.ts'
import { deliverAll } from '../../platform/events/deliver.ts'
import { deliveryOf } from '../../platform/events/delivery.fixture.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { createSigner } from '../../platform/signer.ts'
import { insisting, openShop, receiver, START } from '../orders/orders.fixture.ts'
import { type CartView, cartSchema, createCart } from './index.ts'
import type { CartOwner } from './store/cart-store.ts'
import { takePaidLines } from './store/paid-lines.ts'

export { START }

export const newCustomer = () => ({ kind: 'customer', id: newId() }) as const
export const newVisitor = () => ({ kind: 'visitor', id: newId() }) as const

export type CartShop = Awaited<ReturnType<typeof openCartShop>>

export async function openCartShop() {
  const shop = await openShop({ fee: won(3_000), freeFrom: won(30_000) })
  await migrate(shop.db, [cartSchema])
  const { db, clock, orders } = shop
  const { catalog, periods } = shop.deps
  const signer = createSigner(randomBytes(32).toString('base64url'), 'cart')
  const cart = createCart({ db, clock, catalog, orders, periods, signer, secure: false })
  type Asked = Parameters<typeof cart.add>[1]['asked']

  const add = (owner: CartOwner, itemId: string, quantity = 1, more: Partial<Asked> = {}, key = newId()) =>
    insisting(() => cart.add(owner, { idempotencyKey: key, asked: { itemId, quantity, ...more } }))

  return {
    ...shop,
    cart,
    add,
    /** Adds what must not be refused. @returns the line */
    async added(owner: CartOwner, itemId: string, quantity = 1, more: Partial<Asked> = {}): Promise<string> {
      const result = await add(owner, itemId, quantity, more)
      if (result.kind === 'refused') throw new Error(`refused: ${result.code}`)
      return result.lineId
    },
    /** Orders everything that is chosen in a view, at the total it shows. */
    order: (customerId: string, view: CartView, more: { key?: string; expectedTotal?: number } = {}) =>
      cart.order({
        customerId,
        idempotencyKey: more.key ?? newId(),
        asked: {
          lines: view.lines.flatMap(({ id, quantity, chosen }) => (chosen ? [{ id, quantity }] : [])),
          receiver,
          expectedTotal: more.expectedTotal ?? view.amounts?.total ?? -1,
        },
      }),
    /** The order is paid, and the cart hears of it. */
    async payAndTell(order: { id: string; customerId: string; amounts: { total: number } }): Promise<void> {
      await shop.pay(order.id, order.amounts.total)
      await transact(db, (tx) => takePaidLines(tx, order.id, order.customerId))
    },
    /** The cart hears in one portion what became of orders. */
    async hearTogether(news: readonly { order: { id: string }; customerId: string; isPaid: boolean }[]) {
      const [subscriber] = cart.module.subscribers ?? []
      if (!subscriber) throw new Error('the cart hears nothing')
      const told = news.map(({ order: { id: orderId }, customerId, isPaid }) => {
        const at = clock.now().toString()
        const paid = { kind: 'purchase' as const, paymentMethodId: null, total: 1, paidAt: at, lines: [] }
        const ended = { reason: 'changed_mind', cancelledAt: at }
        return isPaid
          ? orderPaid.of(orderId, 2, { orderId, customerId, ...paid })
          : orderCancelled.of(orderId, 2, { orderId, customerId, ...ended })
      })
      await deliverAll({ db, now: clock.now }, subscriber, told.map(deliveryOf), 2)
    },
    /** Quantities by item, as the owner sees them. */
    async pieces(owner: CartOwner): Promise<Record<string, number>> {
      const { lines } = await cart.view(owner)
      return Object.fromEntries(
        lines.map(({ itemId, subscription, quantity }) => [
          subscription ? `${itemId}/${subscription.count}` : itemId,
          quantity,
        ]),
      )
    },
    /** Rows of all carts. */
    async cartCount(): Promise<number> {
      const { rows } = await sql<{ count: number }>`select count(*) as count from cart.cart`.execute(db)
      return rows[0]?.count ?? 0
    },
    /** Of how many lines an order is remembered to be made. */
    async orderedLines(orderId: string): Promise<number> {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from cart.ordered_line where order_id = ${orderId}`.execute(db)
      return rows[0]?.count ?? 0
    },
  }
}
