/** For the tests of subscriptions only: a shop with the real catalogue and orders, and payments the test plays. */
import { sql } from 'kysely'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { type Tx, transact } from '../../platform/database/database.ts'
import { handOver } from '../../platform/events/hand-over.fixture.ts'
import type { OutboxRow } from '../../platform/events/outbox.ts'
import type { Actor, Role } from '../../platform/http/actor.ts'
import { buildServer } from '../../platform/http/server.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { refused } from '../../platform/refusal.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { createMetrics } from '../../platform/telemetry/metrics.ts'
import { type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import * as catalog from '../catalog/index.ts'
import {
  type AttemptEnd,
  createOrders,
  cyclesLater,
  DEFAULT_ORDERS_SETTINGS,
  ordersSchema,
  type PaymentPort,
} from '../orders/index.ts'
import { DEFAULT_SUBSCRIPTION_SETTINGS, type PaymentMethod, type SubscriptionDeps } from './deps.ts'
import { createSubscriptions, offeredPeriods, subscriptionsSchema } from './index.ts'
import { toOrder } from './receivers.ts'
import { businessDay } from './rules/period.ts'
import { noAttempts } from './rules/retry-policy.ts'
import { nextCharge, type Subscription, termsOn } from './rules/subscription.ts'
import { openCycle } from './rules/subscription-billing.ts'
import { latestCycles } from './store/cycle-store.ts'
import { keepChange } from './store/keep-change.ts'
import { stepped } from './store/steps.ts'
import { findSubscription, type Locked, lockWithOrder } from './store/subscription-store.ts'

/** 12:00 in Seoul on 2027-01-10. */
export const START = Temporal.Instant.from('2027-01-10T03:00:00Z')

export const receiver = {
  name: '김하늘',
  phone: '010-1234-5678',
  address: { city: '서울특별시 종로구 세종대로 1', detail: '101동 202호', postalCode: '03045' },
  deliveryNote: '문 앞에 놓아 주세요',
}

export const actor = (userId: string, ...roles: Role[]): Actor => ({
  userId,
  roles: roles.length > 0 ? roles : ['customer'],
  sessionId: 'session',
})

export interface Line {
  itemId: string
  quantity?: number
  subscription?: { unit: 'days' | 'months'; count: number } | undefined
}

export const EVERY_30_DAYS = { unit: 'days', count: 30 } as const

let statements = 0

/**
 * Stored methods and open attempts, as the test sets them. An attempt that is closed is told to its order before it is
 * moved, as payments do.
 */
function plainPayments(clock: VirtualClock, closing: (tx: Tx, orderId: string) => Promise<void>) {
  const methods = new Map<string, PaymentMethod & { ownerId: string }>()
  const revocations: string[] = []
  const attempts = new Map<string, 'closed' | 'in_flight'>()
  const port: PaymentPort & SubscriptionDeps['payments'] = {
    closeOpenAttempt: async (tx, orderId) => {
      const open = attempts.get(orderId)
      if (open !== 'closed') return open ?? 'none'
      attempts.delete(orderId)
      await closing(tx, orderId)
      return 'closed'
    },
    refundOrder: async () => refused('refund_in_progress'),
    unsettledOf: async () => [],
    paymentMethodsOf: async (_db, ownerId) => [...methods.values()].filter((one) => one.ownerId === ownerId),
    providerOfMethod: async (_db, methodId) => methods.get(methodId)?.provider,
    requestTokenRevocation: async (_tx, { paymentMethodId }) => {
      revocations.push(paymentMethodId)
      const method = methods.get(paymentMethodId)
      if (method) methods.set(paymentMethodId, { ...method, state: 'revoked' })
    },
  }
  const addMethod = (ownerId: string, state: PaymentMethod['state'] = 'active'): string => {
    const id = newId()
    const method = { id, ownerId, provider: 'kakaopay', display: '카카오페이', state, createdAt: clock.now() }
    methods.set(id, method)
    return id
  }
  return { port, methods, revocations, attempts, addMethod }
}

export type Shop = Awaited<ReturnType<typeof openShop>>

export async function openShop(settings: Partial<SubscriptionDeps['settings']> = {}) {
  const database: TestDatabase = await testDatabase([
    catalog.catalogSchema,
    ordersSchema,
    subscriptionsSchema,
  ])
  const { db } = database
  const clock: VirtualClock = virtualClock(START)
  const log = createLog('silent')
  const payments = plainPayments(clock, (tx, orderId) =>
    orders.payable.ended(tx, {
      orderId,
      attemptId: newId(),
      at: clock.now(),
      origin: 'checkout',
      outcome: { kind: 'cancelled', code: 'closed' },
    }),
  )
  const merchant = { ...DEFAULT_SUBSCRIPTION_SETTINGS, ...settings }
  const orders = createOrders({
    coupons: {
      termsFor: async () => refused('coupon_not_valid'),
      redeem: async () => refused('coupon_not_valid'),
    },
    db,
    clock,
    log,
    catalog,
    payments: payments.port,
    cycles: cyclesLater(() => subscriptions.cyclePort),
    periods: offeredPeriods({ ...merchant.calendar, allowedMonths: 'any' }),
    settings: DEFAULT_ORDERS_SETTINGS,
  })
  await orders.module.prepare?.()
  const deps: SubscriptionDeps = {
    db,
    clock,
    log,
    orders,
    payments: payments.port,
    catalog,
    settings: merchant,
  }
  const subscriptions = createSubscriptions(deps)
  const app = await buildServer({
    log,
    metrics: createMetrics(),
    version: 'test',
    problems: [orders.module.problems ?? {}, subscriptions.module.problems ?? {}],
    routes: [orders.module, subscriptions.module].flatMap(({ routes }) => (routes ? [routes] : [])),
    // The token is the user id, with a role behind a dot.
    authenticate: async (token) => {
      const [userId = '', role] = token.split('.')
      return actor(userId, ...(role ? [role as Role] : []))
    },
    readiness: {},
    draining: () => false,
  })

  function send(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    { as, body, language }: { as?: string; body?: object; language?: string } = {},
  ) {
    return app.inject({
      method,
      url,
      headers: {
        'idempotency-key': newId(),
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(language === undefined ? {} : { 'accept-language': language }),
      },
      ...(body === undefined ? {} : { payload: body }),
    })
  }

  async function consentVersion(): Promise<string> {
    const reply = await send('GET', '/api/consents/recurring-payment')
    return reply.json<{ version: string }>().version
  }

  async function order(customerId: string, lines: readonly Line[]): Promise<{ id: string; total: number }> {
    const body = {
      lines: lines.map((line) => ({ quantity: 1, ...line })),
      receiver,
      consent: { version: await consentVersion() },
    }
    const reply = await send('POST', '/api/orders', { as: customerId, body })
    if (reply.statusCode !== 201) throw new Error(reply.body)
    const { id, amounts } = reply.json<{ id: string; amounts: { total: number } }>()
    return { id, total: amounts.total }
  }

  const pay = (
    orderId: string,
    total: number,
    paymentMethodId: string | null = null,
    attemptId: string = newId(),
  ) =>
    transact(db, (tx) =>
      orders.payable.paid(tx, {
        orderId,
        attemptId,
        provider: 'kakaopay',
        total: won(total),
        at: clock.now(),
        paymentMethodId,
      }),
    )

  let place = 0
  /** Hands everything in the outbox that was not handed over before to the subscriber. */
  async function pump(): Promise<void> {
    const { rows } = await sql<OutboxRow>`
      select * from platform.outbox where position > ${place} order by position`.execute(db)
    place = rows.at(-1)?.position ?? place
    await handOver({ db, now: () => clock.now() }, subscriptions.module.subscribers ?? [], rows)
    const parked = await sql<{ reason: string }>`
      delete from platform.parked_event returning reason`.execute(db)
    if (parked.rows[0]) throw new Error(`parked: ${parked.rows[0].reason}`)
  }

  const of = async (customerId: string): Promise<string[]> => {
    const { rows } = await sql<{ id: string }>`
      select id from subscriptions.subscription where customer_id = ${customerId} order by id`.execute(db)
    return rows.map(({ id }) => id)
  }

  async function only(customerId: string): Promise<string> {
    const [id, ...more] = await of(customerId)
    if (id === undefined || more.length > 0) throw new Error('not exactly one subscription')
    return id
  }

  /** What the billing worker does before it sends a charge; the attempt's id, or why there is none. */
  async function charge(id: string): Promise<string> {
    return transact(db, async (tx) => {
      const locked = await lockWithOrder(tx, orders, id)
      if (!locked || locked === 'moved') throw new Error(`cannot lock: ${locked}`)
      const attemptId = newId()
      const opened = locked.open ? undefined : openNext(locked)
      const subscription = opened?.subscription ?? locked.subscription
      const record = locked.open ?? opened?.record
      if (!record) return 'nothing'
      const { cycle } = record
      const orderId = 'orderId' in cycle ? cycle.orderId : newId()
      if (!(await ready(tx, subscription, record.no, record.due, orderId, cycle.state === 'due')))
        return 'out_of_stock'
      const order = { step: 'order', orderId } as const
      const steps = cycle.state === 'due' ? [order] : []
      const charging = stepped(record, ...steps, { step: 'charge', attemptId })
      const chargedOn = businessDay(clock.now(), merchant.calendar)
      const next = { ...record, cycle: charging, methodId: subscription.methodId }
      await keepChange(deps, tx, locked, { subscription, events: [], cycle: next, chargedOn }, clock.now())
      return attemptId
    })
  }

  /** Sends a postponed attempt once more, as the billing worker does. */
  const resend = (id: string, attemptId: string) =>
    transact(db, async (tx) => {
      const locked = await lockWithOrder(tx, orders, id)
      if (!locked || locked === 'moved' || !locked.open) throw new Error('nothing to send again')
      const { open, subscription } = locked
      const cycle = { ...open, cycle: stepped(open, { step: 'charge', attemptId }) }
      await keepChange(deps, tx, locked, { subscription, events: [], cycle }, clock.now())
    })

  function openNext({ subscription }: Locked) {
    const next = nextCharge(subscription)
    if (!next || Temporal.PlainDate.compare(next.due, clock.today()) > 0) return undefined
    const opened = openCycle(subscription, next)
    if (opened.kind === 'refused') throw new Error(opened.code)
    const cycle = { state: 'due' } as const
    const record = { ...next, cycle, history: noAttempts, methodId: null, amount: null, runId: null }
    return { subscription: opened.subscription, record }
  }

  async function ready(
    tx: Tx,
    subscription: Subscription,
    cycleNo: number,
    due: Temporal.PlainDate,
    orderId: string,
    isNew: boolean,
  ): Promise<boolean> {
    if (!isNew) return (await orders.payable.lockForPayment(tx, orderId)).kind === 'payable'
    const { quantity, unitPrice, receiver: to } = termsOn(subscription, due)
    const { id: subscriptionId, customerId, itemId } = subscription
    const wish = { orderId, subscriptionId, cycleNo, customerId, itemId, quantity, unitPrice }
    const placed = await orders.placeCycleOrder(tx, { ...wish, receiver: toOrder(to), now: clock.now() })
    return placed.kind === 'placed'
  }

  async function orderOf(id: string): Promise<{ id: string; total: number; state: string }> {
    const { rows } = await sql<{ id: string; total: number; state: string }>`
      select id, total, state from orders."order" where subscription_id = ${id} order by cycle_no desc limit 1`.execute(
      db,
    )
    if (!rows[0]) throw new Error('no order of a cycle')
    return rows[0]
  }

  /** How the attempt that is on its way ended, as payments tell it. */
  async function settle(
    id: string,
    attemptId: string,
    how: 'paid' | 'doubted' | { retryAfterMs: number } | AttemptEnd,
    origin: 'checkout' | 'token' = 'token',
    methodId: string | null = null,
  ): Promise<void> {
    const { id: orderId, total } = await orderOf(id)
    const news = { orderId, attemptId, at: clock.now() }
    if (how === 'paid') {
      const verdict = await pay(orderId, total, methodId, attemptId)
      if (verdict !== 'accepted') throw new Error(verdict)
      return
    }
    await transact(db, async (tx) => {
      // Nobody looks at the attempt before this transaction has let go of the order.
      await orders.lockCycleOrder(tx, orderId)
      if (how !== 'doubted') payments.attempts.delete(orderId)
      if (how === 'doubted') return orders.payable.doubted(tx, news)
      if ('retryAfterMs' in how) return orders.payable.postponed(tx, { ...news, ...how })
      return orders.payable.ended(tx, { ...news, origin, outcome: how })
    })
  }

  return {
    db,
    clock,
    deps,
    orders,
    subscriptions,
    payments,
    send,
    consentVersion,
    order,
    pay,
    pump,
    of,
    only,
    charge,
    resend,
    settle,
    orderOf,
    drop: async () => {
      await app.close()
      await database.drop()
    },
    async addItem(stock = 100, price = 10_000): Promise<string> {
      const id = newId()
      const statement = String(200_400_250_000 + ++statements)
      await sql`
        with item as (
          insert into catalog.item (id, statement_number, name, enterprise, listed_on, categories, origin_price,
            discount_permille, status, version, search_doc, created_at, updated_at)
          values (${id}, ${statement}, ${`상품 ${statement}`}, '건강제약', '2026-01-01', array['ETC'], ${price},
            0, 'on_sale', 1, 'x', ${START}, ${START})
          returning id)
        insert into catalog.stock (item_id, on_hand) select id, ${stock}::int from item`.execute(db)
      return id
    },
    async stock(itemId: string): Promise<{ onHand: number; held: number }> {
      const { rows } = await sql<{ on_hand: number; held: number }>`
        select on_hand, held from catalog.stock where item_id = ${itemId}`.execute(db)
      if (!rows[0]) throw new Error('no such stock')
      return { onHand: rows[0].on_hand, held: rows[0].held }
    },
    /** A customer with one running subscription, bought now. */
    async subscriber(line: Partial<Line> = {}, customerId: string = newId()) {
      const itemId = line.itemId ?? (await this.addItem())
      const methodId = payments.addMethod(customerId)
      const { id: orderId, total } = await order(customerId, [
        { subscription: EVERY_30_DAYS, ...line, itemId },
      ])
      await pay(orderId, total, methodId)
      await pump()
      return { customerId, itemId, methodId, orderId, id: await only(customerId), as: actor(customerId) }
    },
    async stored(id: string) {
      const stored = await findSubscription(db, id)
      if (!stored) throw new Error('no such subscription')
      return stored
    },
    cycles: (id: string) => latestCycles(db, id, 100),
    async row(id: string) {
      const { rows } = await sql<{
        next_due: Temporal.PlainDate | null
        act_at: Temporal.Instant | null
        version: number
      }>`select next_due, act_at, version from subscriptions.subscription where id = ${id}`.execute(db)
      if (!rows[0]) throw new Error('no such subscription')
      const { next_due: nextDue, act_at: actAt, version } = rows[0]
      // As text: `toMatchObject` takes any two instants for equal.
      return { nextDue: nextDue?.toString() ?? null, actAt: actAt?.toString() ?? null, version }
    },
    /** Types (without prefix), versions and data of the events about a subscription, in order. */
    async events(id: string) {
      const { rows } = await sql<{ type: string; version: number; data: Record<string, unknown> }>`
        select type, subject_version as version, data from platform.outbox
        where subject = ${id} order by subject_version`.execute(db)
      return rows.map((row) => ({ ...row, type: row.type.replace('shop.subscription.', '') }))
    },
  }
}
