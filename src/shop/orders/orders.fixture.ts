/** For the tests of orders only: sample orders, and a shop with the real catalogue and payments the test plays. */
import { sql } from 'kysely'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { isDatabaseUnavailable, type Tx, transact } from '../../platform/database/database.ts'
import type { Actor, Role } from '../../platform/http/actor.ts'
import { newId } from '../../platform/ids.ts'
import { type Won, won } from '../../platform/money.ts'
import { refused } from '../../platform/refusal.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import * as catalog from '../catalog/index.ts'
import type { CatalogPort } from './catalog-port.ts'
import type { CouponPort } from './coupon-port.ts'
import type { CycleNews, CycleOrderFate, CyclePort } from './cycle-port.ts'
import { createOrders, DEFAULT_ORDERS_SETTINGS, ordersSchema } from './index.ts'
import { receiver, START } from './order-states.fixture.ts'
import type { PaymentPort } from './payment-port.ts'
import type { PeriodPort } from './place-order.ts'
import { type PlaceOrder, placeOrder } from './place-order.ts'
import { type DeliveryPolicy, FREE_DELIVERY } from './rules/delivery-fee.ts'
import type { Order } from './rules/order.ts'
import { ORDER_NUMBER_DRAWS } from './rules/order-number.ts'
import { FREE_RETURNS, type ReturnPolicy } from './rules/return-policy.ts'
import { findOrder } from './store/order-store.ts'
import { termsBook } from './terms/terms-book.ts'

export { receiver, START }

export function actor(userId: string, ...roles: Role[]): Actor {
  return { userId, roles: roles.length > 0 ? roles : ['customer'], sessionId: 'session' }
}

/**
 * Payments whose attempts are set by the test: `closed` is one that can be ended. Ending it is told to the order
 * first, as payments do. A refund stays under way until the test gives the money back.
 */
function plainPayments(ended: (tx: Tx, orderId: string) => Promise<void>) {
  const attempts = new Map<string, 'closed' | 'in_flight'>()
  const closed: { orderId: string; reason: string }[] = []
  const refunds = new Map<
    string,
    {
      refundId: string
      amount: Won | undefined
      taxFree: Won | undefined
      reason: string
      requestedBy: string
    }
  >()
  const one = { mayGiveBack: Number.POSITIVE_INFINITY }
  const port: PaymentPort = {
    closeOpenAttempt: async (tx, orderId, reason) => {
      const open = attempts.get(orderId)
      if (open !== 'closed') return open ?? 'none'
      attempts.delete(orderId)
      await ended(tx, orderId)
      closed.push({ orderId, reason })
      return 'closed'
    },
    refundOrder: async (_tx, { orderId, part, reason, requestedBy, byOperator }) => {
      const { amount, taxFree } = part ?? {}
      if (byOperator && amount !== undefined && amount > one.mayGiveBack)
        return refused('refund_beyond_one_person')
      if (refunds.has(orderId)) return refused('refund_in_progress', { retryAfterSeconds: 5 })
      const refundId = newId()
      refunds.set(orderId, { refundId, amount, taxFree, reason, requestedBy })
      return { kind: 'requested', refundId }
    },
    unsettledOf: async () => [],
  }
  return { port, attempts, closed, refunds, one }
}

/** What subscriptions were told about cycles, in order, and what they answer. */
export function recordedCycles() {
  const told: { name: keyof CyclePort; news: CycleNews & Record<string, unknown> }[] = []
  const answer: { fate: CycleOrderFate } = { fate: 'keep' }
  const hear =
    (name: keyof CyclePort) =>
    async (_tx: unknown, news: CycleNews): Promise<void> => {
      told.push({ name, news: { ...news } })
    }
  const port: CyclePort = {
    paid: hear('paid'),
    ended: async (tx, news) => {
      await hear('ended')(tx, news)
      return answer.fate
    },
    postponed: hear('postponed'),
    doubted: hear('doubted'),
    stillWanted: async () => true,
    ordersInUse: async () => [],
  }
  return { port, told, answer }
}

/** Periods of whole 30 days only. */
const periods: PeriodPort = {
  check: ({ unit, count }) =>
    unit === 'days' && count % 30 === 0 ? { kind: 'period' } : refused('period_not_offered'),
}

/** A shop without coupons. */
const noCoupons: CouponPort = {
  termsFor: async () => refused('coupon_not_valid'),
  redeem: async () => refused('coupon_not_valid'),
}

let statements = 0
let draws = 0

/** Differs from order to order, so that numbers do. */
const draw = () => (draws++ * 7_919) % ORDER_NUMBER_DRAWS

export interface Wish {
  customerId?: string
  key?: string
  expectedTotal?: number
  draw?: () => number
}

export type Shop = Awaited<ReturnType<typeof openShop>>

/** A shop with orders on a fresh database, a clock that stands still, and stock to look into. */
/** @param delivery default: free, so that totals are those of the lines */
export async function openShop(
  delivery: DeliveryPolicy = FREE_DELIVERY,
  returns: ReturnPolicy = FREE_RETURNS,
) {
  const database: TestDatabase = await testDatabase([catalog.catalogSchema, ordersSchema])
  const { db } = database
  const clock: VirtualClock = virtualClock(START)
  const payments = plainPayments((tx, orderId) =>
    orders.payable.ended(tx, {
      orderId,
      attemptId: newId(),
      at: clock.now(),
      origin: 'token',
      outcome: { kind: 'cancelled', code: 'order_closed' },
    }),
  )
  const cycles = recordedCycles()
  const deps = {
    db,
    clock,
    log: createLog('silent'),
    catalog: catalog satisfies CatalogPort,
    payments: payments.port,
    cycles: cycles.port,
    coupons: noCoupons,
    periods,
    settings: { ...DEFAULT_ORDERS_SETTINGS, delivery, returns },
  }
  const orders = createOrders(deps)
  const terms = termsBook(deps, { delivery, returns, recurringDiscount: 0 })
  await orders.module.prepare?.()
  function place(lines: PlaceOrder['asked']['lines'], wish: Wish = {}) {
    const { customerId = newId(), key: idempotencyKey = newId(), expectedTotal } = wish
    const command = { customerId, idempotencyKey, asked: { lines, receiver, expectedTotal } }
    return placeOrder({ ...deps, terms, draw: wish.draw ?? draw }, command)
  }
  return {
    db,
    clock,
    deps: { ...deps, terms },
    orders,
    payments,
    cycles,
    drop: () => database.drop(),
    /** Nothing waits for payment any more, so that the next test sees only its own. */
    async settleAll(): Promise<void> {
      clock.advance({ hours: 1_000 })
      payments.attempts.clear()
      await orders.expireOrders()
      clock.set(START)
    },
    place,
    /** Places an order that must not be refused. */
    async placed(lines: PlaceOrder['asked']['lines'], wish: Wish = {}) {
      const result = await place(lines, wish)
      if (result.kind === 'refused') throw new Error(`refused: ${result.code}`)
      return result.body
    },
    async order(id: string): Promise<Order> {
      const found = await findOrder(db, id)
      if (!found) throw new Error('no such order')
      return found
    },
    /** @param discount in permille */
    async addItem(stock: number, price: number = 10_000, discount: number = 0): Promise<string> {
      const id = newId()
      const statement = String(200_400_150_000 + ++statements)
      await sql`
        with item as (
          insert into catalog.item (id, statement_number, name, enterprise, listed_on, categories, origin_price,
            discount_permille, status, version, search_doc, created_at, updated_at)
          values (${id}, ${statement}, ${`상품 ${statement}`}, '건강제약', '2026-01-01', array['ETC'], ${price},
            ${discount}, 'on_sale', 1, 'x', ${START}, ${START})
          returning id)
        insert into catalog.stock (item_id, on_hand) select id, ${stock}::int from item`.execute(db)
      return id
    },
    async changeItem(id: string, change: { name?: string; price?: number; status?: string }): Promise<void> {
      const { name = null, price = null, status = null } = change
      await sql`
        update catalog.item set name = coalesce(${name}, name), origin_price = coalesce(${price}, origin_price),
          status = coalesce(${status}, status)
        where id = ${id}`.execute(db)
    },
    async stock(itemId: string): Promise<{ onHand: number; held: number; holds: number }> {
      const { rows } = await sql<{ on_hand: number; held: number; holds: number }>`
        select on_hand, held,
          (select coalesce(sum(quantity), 0)::int from catalog.stock_hold h where h.item_id = s.item_id) as holds
        from catalog.stock s where item_id = ${itemId}`.execute(db)
      const row = rows[0]
      if (!row) throw new Error('no such stock')
      return { onHand: row.on_hand, held: row.held, holds: row.holds }
    },
    /** Tells the order that an attempt was paid, as payments do. */
    pay: (orderId: string, total: number, attemptId: string = newId()) =>
      transact(db, (tx) =>
        orders.payable.paid(tx, { orderId, attemptId, provider: 'toss', total: won(total), at: clock.now() }),
      ),
    giveBack: (orderId: string, amount: Won, remaining: Won) =>
      transact(db, (tx) =>
        orders.payable.refunded(tx, { orderId, refundId: newId(), amount, remaining, at: clock.now() }),
      ),
    /** Types and versions of an order's events, in order. */
    async events(
      orderId: string,
    ): Promise<{ type: string; version: number; data: Record<string, unknown> }[]> {
      const { rows } = await sql<{ type: string; version: number; data: Record<string, unknown> }>`
        select type, subject_version as version, data from platform.outbox
        where subject = ${orderId} order by subject_version`.execute(db)
      return rows
    },
  }
}

/** Asks again while no connection is free: a crowd of writers waits longer than one request may on a busy machine. */
export async function insisting<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (!isDatabaseUnavailable(error) || tries === 20) throw error
    }
  }
}
