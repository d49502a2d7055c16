/** For the tests of billing only: a shop with real orders, payments and subscriptions, and a bank the test plays. */
import { deepStrictEqual } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { createCipher } from '../../platform/cipher.ts'
import { transact } from '../../platform/database/database.ts'
import { newId } from '../../platform/ids.ts'
import { won } from '../../platform/money.ts'
import { refused } from '../../platform/refusal.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import { type VirtualClock, virtualClock } from '../../platform/time/clock.ts'
import * as catalog from '../catalog/index.ts'
import {
  createOrders,
  createPayable,
  cyclesLater,
  DEFAULT_ORDERS_SETTINGS,
  type Orders,
  ordersSchema,
} from '../orders/index.ts'
import {
  createPayments,
  LOOK_DELAYS_SECONDS,
  type PaymentProvider,
  type Payments,
  type ProviderName,
  paymentsSchema,
} from '../payments/index.ts'
import { type Billing, createBilling } from './billing.ts'
import { cancelOwnSubscription } from './changes/cancel-subscription.ts'
import { createCyclePort } from './charging/apply-outcome.ts'
import { type BillingDeps, type BillingSettings, DEFAULT_BILLING_SETTINGS } from './charging/ports.ts'
import { DEFAULT_SUBSCRIPTION_SETTINGS, type SubscriptionDeps } from './deps.ts'
import { noAttempts } from './rules/retry-policy.ts'
import { newSubscription } from './rules/subscription-terms.ts'
import { type CycleRecord, latestCycles } from './store/cycle-store.ts'
import { findSubscription, insertSubscription, type Stored } from './store/subscription-store.ts'

/** 02:00 in Seoul on 2027-01-31, the day cycle 2 of a 30-day subscription begun on 2027-01-01 is due. */
export const DUE_DAY = Temporal.PlainDate.from('2027-01-31')
export const ANCHOR = Temporal.PlainDate.from('2027-01-01')
/** For three workers with ten lanes each, as many as three processes would have. */
const CONNECTIONS = 36
export const DUE_AT = Temporal.Instant.from('2027-01-30T17:00:00Z')

/** A wish of the customer about a subscription. */
export const asked = ({ id, customerId }: Sub) => ({
  subscriptionId: id,
  actor: { userId: customerId, roles: ['customer' as const], sessionId: 's' },
})

const subscriptionsSchema = { schema: 'subscriptions', folder: new URL('./migrations/', import.meta.url) }

type Charge = Parameters<PaymentProvider['chargeToken']>[0]
type ChargeOutcome = Awaited<ReturnType<PaymentProvider['chargeToken']>>
export type Answer =
  | 'ok'
  | 'insufficient'
  | 'card_lost'
  | 'token_dead'
  | 'unreachable'
  /** No answer; the money was taken, or not. */
  | 'lost_after'
  | 'lost_before'

const wire = { body: '', durationMs: 1 }

/** A bank that answers as told, and remembers every won it took. */
function scriptedBank(clock: VirtualClock, name: ProviderName) {
  const scripts = new Map<string, Answer[]>()
  const taken: { merchantRef: string; token: string; total: number }[] = []
  const state = { breaker: 'closed' as 'closed' | 'open', asked: 0, before: async (_charge: Charge) => {} }

  async function chargeToken(charge: Charge): Promise<ChargeOutcome> {
    state.asked += 1
    await state.before(charge)
    if (state.breaker === 'open') return { kind: 'unavailable', reason: 'breaker_open', retryAfterMs: 1_000 }
    const answer = scripts.get(charge.token)?.shift() ?? 'ok'
    const no = (retry: 'retryable' | 'final', scope: 'attempt' | 'token') =>
      ({ kind: 'declined', retry, scope, code: answer, message: answer, wire }) as const
    const take = () =>
      taken.push({ merchantRef: charge.merchantRef, token: charge.token, total: charge.money.total })
    switch (answer) {
      case 'insufficient':
        return no('retryable', 'attempt')
      case 'card_lost':
        return no('final', 'attempt')
      case 'token_dead':
        return no('final', 'token')
      case 'unreachable':
        return { kind: 'unavailable', reason: 'refused', retryAfterMs: 1_000 }
      case 'lost_before':
        return { kind: 'unknown', reason: 'timeout' }
      case 'lost_after':
        take()
        return { kind: 'unknown', reason: 'timeout' }
      case 'ok': {
        take()
        const { total, vat } = charge.money
        const value = {
          ref: `T-${newId()}`,
          merchantRef: charge.merchantRef,
          status: 'paid' as const,
          rawStatus: 'SUCCESS_PAYMENT',
          total,
          vat,
          refundable: total,
          refunds: [],
          approvedAt: clock.now(),
          method: 'MONEY',
          cashReceiptBy: 'provider' as const,
        }
        return { kind: 'ok', value, wire }
      }
    }
  }
  const never = async () => {
    throw new Error('not part of these tests')
  }
  const provider: PaymentProvider = {
    name,
    cashReceipts: null,
    capabilities: {
      lookupByMerchantRef: false,
      completeIsIdempotent: false,
      idempotencyKeys: false,
      checkoutTtl: Temporal.Duration.from({ minutes: 15 }),
      settleWindow: Temporal.Duration.from({ hours: 24 }),
      chargeTimeoutMs: 30_000,
      callTimeoutMs: 10_000,
      minimumAmount: won(100),
      listsSettled: false,
      revokesTokens: true,
      issuesTokens: 'no',
    },
    beginCheckout: never,
    readHint: () => undefined,
    parseReturn: () => ({ kind: 'cancelled' }),
    completeCheckout: never,
    issueToken: never,
    chargeToken,
    refund: never,
    // As if nothing had been charged since the token was issued.
    lookup: async () => ({ kind: 'evidence', lastChargedAt: DUE_AT.subtract({ hours: 24 * 30 }) }),
    revokeToken: async () => ({ kind: 'ok', value: { revoked: true }, wire }),
    listSettled: async () => ({ kind: 'not_listed', why: 'no_list', reason: 'not part of these tests' }),
    breakers: () => ({ charge: state.breaker }),
    stop: async () => {},
  }
  return { provider, scripts, taken, state, asked: () => state.asked }
}

export interface Wish {
  answers?: Answer[]
  provider?: ProviderName
  itemId?: string
  quantity?: number
  unitPrice?: number
  withoutMethod?: boolean
  anchor?: Temporal.PlainDate
  days?: number
}

export interface Sub {
  id: string
  customerId: string
  methodId: string
  token: string
  itemId: string
}

export type World = Awaited<ReturnType<typeof openBilling>>

/** @param provider another bank than the scripted one */
export async function openBilling(settings: Partial<BillingSettings> = {}, provider?: PaymentProvider) {
  const database: TestDatabase = await testDatabase(
    [catalog.catalogSchema, ordersSchema, paymentsSchema, subscriptionsSchema],
    { poolSize: CONNECTIONS },
  )
  const { db } = database
  const clock = virtualClock(DUE_AT)
  const log = createLog('silent')
  const bank = scriptedBank(clock, 'kakaopay')
  const toss = scriptedBank(clock, 'toss')
  const cipher = createCipher(randomBytes(32).toString('base64url'))
  const cycles = cyclesLater(() => createCyclePort(deps))
  const payments: Payments = createPayments({
    db,
    clock,
    log,
    providers: new Map([
      ['kakaopay', provider ?? bank.provider],
      ['toss', toss.provider],
    ]),
    cipher,
    payable: createPayable({ clock, log, catalog, cycles }),
    enqueue: async () => {},
    random: () => 0.5,
    resultPages: {
      payment: () => '/paid',
      registration: () => '/registered',
      visitor: async () => undefined,
      signIn: () => '/login',
    },
    settings: {
      publicUrl: 'https://shop.test',
      lookDelaysSeconds: LOOK_DELAYS_SECONDS,
      tokenSettleWindow: Temporal.Duration.from({ hours: 1 }),
      unchangedEvidence: 'not_charged',
      aloneUpTo: won(1_000_000),
      settlementTableHour: 12,
    },
  })
  const orders: Orders = createOrders({
    coupons: {
      termsFor: async () => refused('coupon_not_valid'),
      redeem: async () => refused('coupon_not_valid'),
    },
    db,
    clock,
    log,
    catalog,
    payments,
    cycles,
    periods: { check: () => refused('period_not_offered') },
    settings: DEFAULT_ORDERS_SETTINGS,
  })
  const deps = {
    db,
    clock,
    log,
    orders,
    payments,
    catalog,
    settings: {
      ...DEFAULT_SUBSCRIPTION_SETTINGS,
      calendar: { ...DEFAULT_SUBSCRIPTION_SETTINGS.calendar, allowedDays: 'any' },
      // Nobody gives notice in these tests; see late-notice.db.test.ts.
      announceDaysBefore: 0,
    },
    providers: ['kakaopay', 'toss'],
    billing: {
      ...DEFAULT_BILLING_SETTINGS,
      concurrency: 10,
      lingerMs: 0,
      breakerPatienceMs: 100,
      leaseMs: 5_000,
      ...settings,
    },
    at: () => {},
  } satisfies BillingDeps & SubscriptionDeps
  const billing: Billing = createBilling(deps)

  let statements = 0
  const addItem = async (stock = 100_000): Promise<string> => {
    const id = newId()
    const statement = String(200_400_150_000 + ++statements)
    await sql`
      with item as (
        insert into catalog.item (id, statement_number, name, enterprise, listed_on, categories, origin_price,
          discount_permille, status, version, search_doc, created_at, updated_at)
        values (${id}, ${statement}, ${`상품 ${statement}`}, '건강제약', '2026-01-01', array['ETC'], 10000,
          0, 'on_sale', 1, 'x', ${DUE_AT}, ${DUE_AT})
        returning id)
      insert into catalog.stock (item_id, on_hand) select id, ${stock}::int from item`.execute(db)
    return id
  }
  // Several, as in a shop: charges for one item wait for its stock.
  const items = await Promise.all(Array.from({ length: 8 }, () => addItem()))
  let turn = 0
  const anyItem = () => items[turn++ % items.length] ?? ''

  /** A stored method, as the first payment left it. */
  const addMethod = async (
    ownerId: string,
    by: ProviderName = 'kakaopay',
  ): Promise<{ methodId: string; token: string }> => {
    const methodId = newId()
    const attemptId = newId()
    // As long as KakaoPay's.
    const token = `S${methodId.replaceAll('-', '').slice(-19)}`
    const at = DUE_AT.subtract({ hours: 24 * 30 })
    await sql`
      insert into payments.attempt (id, order_id, owner_id, provider, origin, mode, state, total, vat, item_name, quantity,
        buyer_ref, return_key, provider_ref, paid_at, created_at, updated_at)
      values (${attemptId}, ${newId()}, ${ownerId}, ${by}, 'checkout', 'pay_and_issue_token', 'succeeded', 10000, 909,
        '상품', 1, ${ownerId}, 'key', ${`T-${attemptId}`}, ${at}, ${at}, ${at})`.execute(db)
    await sql`
      insert into payments.method (id, owner_id, provider, buyer_ref, token, display, state, issued_by, last_charged_at,
        created_at, updated_at)
      values (${methodId}, ${ownerId}, ${by}, ${ownerId}, ${cipher.encrypt(token, methodId)}, '카카오페이', 'active',
        ${attemptId}, ${at}, ${at}, ${at})`.execute(db)
    return { methodId, token }
  }

  const subscribe = async (wish: Wish = {}): Promise<Sub> => {
    const {
      answers,
      provider: by = 'kakaopay',
      itemId = anyItem(),
      quantity = 1,
      unitPrice = 10_000,
      anchor = ANCHOR,
      days = 30,
    } = wish
    const customerId = newId()
    const { methodId, token } = await addMethod(customerId, by)
    if (answers) (by === 'toss' ? toss : bank).scripts.set(token, [...answers])
    const firstPaidAt = anchor.toZonedDateTime({ timeZone: 'Asia/Seoul', plainTime: '10:00' }).toInstant()
    const at = { now: firstPaidAt, policy: deps.settings.calendar }
    const begun = newSubscription(
      {
        id: newId(),
        customerId,
        itemId,
        methodId: wish.withoutMethod ? null : methodId,
        quantity,
        period: { unit: 'days', count: days },
        unitPrice: won(unitPrice),
        receiver: {
          name: '김하늘',
          phone: '01012345678',
          city: '서울특별시 종로구 세종대로 1',
          addressDetail: '101동 202호',
          postalCode: '03045',
          deliveryNote: '',
        },
        firstPaidAt,
      },
      at,
    )
    if (begun.kind === 'refused') throw new Error(begun.code)
    const { subscription, events } = begun
    const firstOrderId = newId()
    const first: CycleRecord = {
      no: 1,
      due: anchor,
      cycle: { state: 'paid', orderId: firstOrderId, attemptId: newId(), paidAt: firstPaidAt },
      history: noAttempts,
      methodId,
      amount: null,
      runId: null,
    }
    const consent = { version: '2027-01', at: firstPaidAt }
    await transact(db, (tx) =>
      insertSubscription(
        tx,
        { subscription, firstOrderId, consent, provider: wish.withoutMethod ? '' : by },
        first,
        events,
        firstPaidAt,
      ),
    )
    return { id: subscription.id, customerId, methodId, token, itemId }
  }

  const paidCharges = async (): Promise<string[]> => {
    const { rows } = await sql<{ attempt_id: string; total: number }>`
      select a.id as attempt_id, o.total from subscriptions.cycle c
      join orders."order" o on o.id = c.order_id and o.state = 'paid' and o.paid_attempt_id = c.attempt_id
      join payments.attempt a on a.id = c.attempt_id and a.state = 'succeeded' and a.total = o.total
      where c.state = 'paid' and c.cycle_no > 1`.execute(db)
    return rows.map((row) => `${row.attempt_id} ${row.total}`).sort()
  }
  return {
    database,
    db,
    clock,
    deps,
    billing,
    payments,
    orders,
    bank,
    /** The other provider's. */
    toss,
    addItem,
    addMethod,
    subscribe,
    subscribeMany: async (count: number, wish: Wish = {}): Promise<Sub[]> => {
      const made: Sub[] = []
      // As many as have a connection each: who waits for one may wait in vain on a busy machine.
      while (made.length < count) {
        const some = Math.min(CONNECTIONS, count - made.length)
        made.push(...(await Promise.all(Array.from({ length: some }, () => subscribe(wish)))))
      }
      return made
    },
    /** Starts (or joins) the run of a day and works on it. */
    run: async (
      date = clock.today(),
      options: Parameters<Billing['work']>[1] = {},
      by: BillingDeps = deps,
    ) => {
      const own = by === deps ? billing : createBilling(by)
      const opened = await own.start({ date, kind: 'manual' })
      if (opened.kind === 'refused') throw new Error(opened.code)
      return own.work(opened.run, options)
    },
    stored: async (id: string): Promise<Stored> => {
      const found = await findSubscription(db, id)
      if (!found) throw new Error('no such subscription')
      return found
    },
    cycles: async (id: string): Promise<CycleRecord[]> => (await latestCycles(db, id, 20)).toReversed(),
    /** The states of its cycles after the first, oldest first. */
    statesOf: async ({ id }: Sub) =>
      (await latestCycles(db, id, 20))
        .toReversed()
        .slice(1)
        .map(({ cycle }) => cycle.state),
    /** What the bank took with the token of one subscription. */
    takenFrom: ({ token }: Sub) => [...bank.taken, ...toss.taken].filter((charge) => charge.token === token),
    /** The charges of paid cycles with a paid order, one line each. */
    paidCharges,
    /** Every won the bank took is one paid cycle with one paid order, and the other way round. @throws otherwise */
    provenEqual: async (): Promise<void> => {
      const theirs = [...bank.taken, ...toss.taken]
        .map((charge) => `${charge.merchantRef} ${charge.total}`)
        .sort()
      deepStrictEqual(await paidCharges(), theirs)
    },
    /** Lets a subscription of another customer be charged by the method of the first one's customer. */
    shareMethod: async (owner: Sub, other: Sub) => {
      await sql`
        update subscriptions.subscription set method_id = ${owner.methodId}, customer_id = ${owner.customerId}
        where id = ${other.id}`.execute(db)
    },
    /** The customer leaves the agreement. */
    cancel: (sub: Sub) => cancelOwnSubscription(deps, asked(sub)),
    /** Hours pass in which unknown payments are looked up. */
    lookUp: async (hours: number) => {
      for (let passed = 0; passed < hours; passed += 1) {
        clock.advance({ hours: 1 })
        for (const sweep of payments.module.sweeps ?? []) await sweep.run()
      }
    },
    /** As if the time of all claims were over. */
    freeClaims: async () => {
      await sql`update subscriptions.subscription set claimed_by = null, claimed_until = null`.execute(db)
    },
    /** A checksum of every row of every table of the shop. */
    checksum: async (): Promise<Record<string, string>> => {
      const { rows: tables } = await sql<{ name: string }>`
        select format('%I.%I', table_schema, table_name) as name from information_schema.tables
        where table_schema in ('subscriptions', 'orders', 'payments', 'catalog', 'platform') and table_type = 'BASE TABLE'
        order by 1`.execute(db)
      const sums: Record<string, string> = {}
      for (const { name } of tables) {
        const { rows } = await sql<{ sum: string }>`
          select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as sum from ${sql.raw(name)} t`.execute(
          db,
        )
        sums[name] = rows[0]?.sum ?? ''
      }
      return sums
    },
    stock: async (itemId: string) => {
      const { rows } = await sql<{ on_hand: number; held: number }>`
        select on_hand, held from catalog.stock where item_id = ${itemId}`.execute(db)
      return rows[0]
    },
    /** Events of one subscription, without their common prefix. */
    events: async (id: string) => {
      const { rows } = await sql<{ type: string; data: Record<string, unknown> }>`
        select type, data from platform.outbox where subject = ${id} order by subject_version`.execute(db)
      return rows.map(({ type, data }) => ({ type: type.replace('shop.subscription.', ''), ...data }))
    },
    /** As new, for the next test. */
    reset: async () => {
      await sql`truncate subscriptions.subscription, subscriptions.billing_run, subscriptions.withdrawn_customer,
        orders."order", platform.outbox cascade`.execute(db)
      await sql`update catalog.stock set held = 0`.execute(db)
      await sql`delete from catalog.stock_hold`.execute(db)
      for (const { scripts, taken, state } of [bank, toss]) {
        scripts.clear()
        taken.length = 0
        Object.assign(state, { breaker: 'closed', asked: 0, before: async () => {} })
      }
      clock.set(DUE_AT)
    },
    drop: () => database.drop(),
  }
}
