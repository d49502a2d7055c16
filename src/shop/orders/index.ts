import { randomInt } from 'node:crypto'
import { accountWithdrawn } from '../../contracts/account-events.ts'
import type { Db, Tx } from '../../platform/database/database.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import type { Module } from '../../platform/module.ts'
import type { RefusedBy } from '../../platform/refusal.ts'
import type { Logger } from '../../platform/telemetry/log.ts'
import type { Clock } from '../../platform/time/clock.ts'
import { cancelUnpaidOf } from './cancel-order.ts'
import type { CatalogPort, ItemForSale } from './catalog-port.ts'
import type { CouponPort } from './coupon-port.ts'
import type { CyclePort } from './cycle-port.ts'
import {
  type CycleEnd,
  type CycleHold,
  type CycleOrder,
  cancelCycleOrder,
  holdCycleStock,
  lockCycleOrder,
  placeCycleOrder,
  releaseCycleHold,
  type SubscriptionBasis,
  subscriptionBasis,
} from './cycles/cycle-orders.ts'
import { giveBackCycle } from './cycles/give-back-cycle.ts'
import { type Expired, expireOrders } from './expire-orders.ts'
import { customerLeft, forgetReceivers } from './forget-receivers.ts'
import { arrivalRoute } from './http/arrival-route.ts'
import { deliveryRoutes } from './http/delivery-routes.ts'
import { exchangeFeeRoute } from './http/exchange-fee-route.ts'
import { orderFiguresRoute } from './http/figures-route.ts'
import { type OrdersForPages, ordersForPages } from './http/for-pages.ts'
import { merchantOrderRoutes } from './http/merchant-routes.ts'
import { refundRoutes } from './http/refund-routes.ts'
import { returnDeskRoutes } from './http/return-desk-routes.ts'
import { returnRoutes } from './http/return-routes.ts'
import { orderRoutes } from './http/routes.ts'
import { sellingTermsRoutes } from './http/selling-terms-routes.ts'
import { createPayable, type RecurringPayable } from './paying/payable.ts'
import type { PaymentPort } from './payment-port.ts'
import { answersScope, type PeriodPort, type Placed, type PlaceOrder, placeWithin } from './place-order.ts'
import { orderProblems } from './problems.ts'
import { ordersRetention } from './retention.ts'
import { type ArrivalPolicy, DEFAULT_ARRIVAL } from './rules/arrival.ts'
import { consentTo, DEFAULT_RECURRING_TERMS, type RecurringTerms } from './rules/consent.ts'
import { type DeliveryPolicy, FREE_DELIVERY } from './rules/delivery-fee.ts'
import type { CycleCloseReason } from './rules/order.ts'
import { ORDER_NUMBER_DRAWS } from './rules/order-number.ts'
import { type AskedLine, type PricedOrder, priceLines, recurringOffer } from './rules/order-total.ts'
import { FREE_RETURNS, type ReturnPolicy } from './rules/return-policy.ts'
import { countArrivals } from './shipping/count-arrivals.ts'
import { type BoughtLine, findBoughtLine } from './store/bought-line.ts'
import { keepConsentText } from './store/consent-store.ts'
import { hasPaidBefore } from './store/order-store.ts'
import { priceTermsOf, type SellingTerms, termsState } from './terms/selling-terms.ts'
import { termsBook } from './terms/terms-book.ts'
import { readTerms } from './terms/terms-store.ts'

export type { CatalogPort, ItemForSale, Pieces } from './catalog-port.ts'
export type { CouponPort, CouponRefusal } from './coupon-port.ts'
export {
  type AttemptEnd,
  type CycleNews,
  type CycleOrderFate,
  type CyclePort,
  cyclesLater,
} from './cycle-port.ts'
export type { CycleEnd, CycleOrder, PlacedCycle, SubscriptionBasis } from './cycles/cycle-orders.ts'
export type { OrdersForPages } from './http/for-pages.ts'
export type { ReturnView } from './http/return-json.ts'
export { ConsentBody, CouponId, ReceiverBody } from './http/routes.ts'
export { OrderSchema, type OrderView } from './order-view.ts'
export { createPayable, type PayableDeps, type RecurringPayable } from './paying/payable.ts'
export type { PaymentPort, RefundRequest } from './payment-port.ts'
export type { PeriodPort, Placed, PlaceOrder } from './place-order.ts'
export { orderProblems } from './problems.ts'
export type { ConsentText, RecurringTerms } from './rules/consent.ts'
export type { CouponTerms } from './rules/coupon.ts'
export type { DeliveryPolicy } from './rules/delivery-fee.ts'
export type { CycleCloseReason, RecurringConsent } from './rules/order.ts'
export { type AskedLine, MAX_QUANTITY, type PricedOrder, recurringPriceOf } from './rules/order-total.ts'
export { checkReceiver, type Receiver, type TypedReceiver } from './rules/receiver.ts'
export type { ReturnPolicy } from './rules/return-policy.ts'
export { RETURN_REASONS, type ReturnReason } from './rules/return-policy.ts'
export type { SampleItem } from './samples/sample-order.ts'
export { type SeedOrders, type SeedOrdersDeps, seedOrders } from './samples/seed-orders.ts'
export type { BoughtLine } from './store/bought-line.ts'
export type { SellingTerms } from './terms/selling-terms.ts'

export const ordersSchema: SchemaMigrations = {
  schema: 'orders',
  folder: new URL('./migrations/', import.meta.url),
}

export interface OrdersSettings {
  /** How long an order waits for its payment and holds its stock; hours and smaller units. */
  paymentWindow: Temporal.Duration
  /** Unpaid orders a customer may have at one time: each of them holds stock. */
  openOrdersPerCustomer: number
  /** Pieces in all unpaid orders of one customer. */
  unpaidPiecesPerCustomer: number
  /** What the consent to recurring payment says; its discount until the merchant publishes terms. */
  recurring: RecurringTerms
  /** What sending an order costs the customer, until the merchant publishes terms. */
  delivery: DeliveryPolicy
  /** What sending something back costs the customer, until then. */
  returns: ReturnPolicy
  /** When a parcel counts as arrived of which nobody says so. */
  arrival: ArrivalPolicy
}

export const DEFAULT_ORDERS_SETTINGS: OrdersSettings = {
  paymentWindow: Temporal.Duration.from({ minutes: 30 }),
  openOrdersPerCustomer: 20,
  unpaidPiecesPerCustomer: 500,
  recurring: DEFAULT_RECURRING_TERMS,
  delivery: FREE_DELIVERY,
  returns: FREE_RETURNS,
  arrival: DEFAULT_ARRIVAL,
}

export interface OrdersDeps {
  db: Db
  clock: Clock
  log: Logger
  catalog: CatalogPort
  payments: PaymentPort
  coupons: CouponPort
  cycles: CyclePort
  periods: PeriodPort
  settings: OrdersSettings
}

export interface Orders {
  module: Module
  /** What customers do with their orders in a browser. */
  pages: OrdersForPages
  /** Orders as payments see them; also to be had alone, by `createPayable`. */
  payable: RecurringPayable
  /**
   * Places an order in the caller's transaction, which is to be rolled back on a refusal; see place-order.ts. The caller
   * keeps its answers to repeated requests under `answersScope`, where they are forgotten when the customer leaves.
   */
  placeWithin(
    tx: Tx,
    command: Omit<PlaceOrder, 'idempotencyKey'>,
  ): Promise<Placed | RefusedBy<typeof placeWithin>>
  answersScope(customerId: string): string
  /** What the lines would cost in one order now, delivery included; refusals as of placing it. See order-total.ts. */
  price(
    lines: readonly AskedLine[],
    items: readonly ItemForSale[],
    terms: SellingTerms,
  ): PricedOrder | RefusedBy<typeof priceLines>
  /** Whether a customer has ever paid for an order. */
  hasBought(customerId: string): Promise<boolean>
  /** An item at the price it is sold for once, or again and again. */
  offer(item: ItemForSale, recurring: boolean, terms: SellingTerms): ItemForSale
  /** What is charged beside the goods now. */
  terms(db?: Db | Tx): Promise<SellingTerms>
  /** A line of an order as a proof of purchase; see bought-line.ts. */
  boughtLine(db: Db | Tx, line: { orderId: string; lineNo: number }): Promise<BoughtLine | undefined>
  /** Ends orders that were not paid in time; the module does it every few seconds. */
  expireOrders(): Promise<Expired>
  /** Forgets receivers of customers who have left; the module does it every minute. Gives how many. */
  forgetReceivers(): Promise<number>
  /** The orders of cycles, for subscriptions; see cycle-orders.ts. All run in the caller's transaction. */
  placeCycleOrder(tx: Tx, wish: CycleOrder): ReturnType<typeof placeCycleOrder>
  lockCycleOrder(tx: Tx, orderId: string): Promise<void>
  holdCycleStock(tx: Tx, orderId: string): Promise<CycleHold>
  releaseCycleHold(tx: Tx, orderId: string): Promise<boolean>
  cancelCycleOrder(tx: Tx, orderId: string, reason: CycleCloseReason): Promise<CycleEnd>
  /** Asks back what was paid for a delivery; 'too_late' when it has left, or nothing is paid. */
  giveBackCycle(tx: Tx, orderId: string, reason: string): Promise<'asked' | 'too_late'>
  subscriptionBasis(tx: Tx, orderId: string): Promise<SubscriptionBasis | undefined>
}

const SWEEP_EVERY_MS = 5_000
const FORGET_EVERY_MS = 60_000
const COUNT_ARRIVALS_EVERY_MS = 600_000

/** Orders, one-time and recurring: placing, expiry, cancelling, reading, and what payments may do to them. */
export function createOrders(deps: OrdersDeps): Orders {
  const expire = () => expireOrders(deps)
  const forget = () => forgetReceivers(deps)
  const { delivery, returns, recurring } = deps.settings
  const first = { delivery, returns, recurringDiscount: recurring.discountPercent }
  const terms = termsBook(deps, first)
  const asked = { ...deps, terms }
  const drawing = { ...asked, draw: () => randomInt(ORDER_NUMBER_DRAWS) }
  return {
    pages: ordersForPages({ ...drawing, arrival: deps.settings.arrival }),
    payable: createPayable(deps),
    placeWithin: (tx, command) => placeWithin(drawing, tx, command),
    answersScope,
    price: (lines, items, of) => priceLines(lines, items, priceTermsOf(of), undefined),
    hasBought: (customerId) => hasPaidBefore(deps.db, customerId),
    offer: (item, isRecurring, of) => (isRecurring ? recurringOffer(item, of.recurringDiscount) : item),
    terms: (db) => terms.now(db),
    boughtLine: findBoughtLine,
    expireOrders: expire,
    forgetReceivers: forget,
    placeCycleOrder: (tx, wish) => placeCycleOrder(drawing, tx, wish),
    lockCycleOrder,
    holdCycleStock: (tx, orderId) => holdCycleStock(deps, tx, orderId),
    releaseCycleHold: (tx, orderId) => releaseCycleHold(deps, tx, orderId),
    cancelCycleOrder: (tx, orderId, reason) => cancelCycleOrder(drawing, tx, orderId, reason),
    giveBackCycle: (tx, orderId, reason) => giveBackCycle(deps, tx, orderId, reason),
    subscriptionBasis,
    module: {
      name: 'orders',
      schema: ordersSchema,
      prepare: async () => keepConsentTexts(deps, await terms.first()),
      problems: orderProblems,
      routes: (app) => {
        orderRoutes(drawing)(app)
        deliveryRoutes(deps)(app)
        arrivalRoute(deps)(app)
        merchantOrderRoutes(deps)(app)
        refundRoutes(deps)(app)
        returnRoutes(asked)(app)
        returnDeskRoutes(deps)(app)
        exchangeFeeRoute(deps)(app)
        sellingTermsRoutes(asked)(app)
        orderFiguresRoute(deps)(app)
      },
      retention: [ordersRetention(deps)],
      subscribers: [
        {
          name: 'orders',
          handlers: [
            on(accountWithdrawn, async (tx, { data }) => {
              await customerLeft(tx, data.accountId, deps.clock.now())
              await cancelUnpaidOf(deps, tx, data.accountId)
            }),
          ],
        },
      ],
      sweeps: [
        { name: 'orders.expire', everyMs: SWEEP_EVERY_MS, run: expire },
        { name: 'orders.forget-receivers', everyMs: FORGET_EVERY_MS, run: forget },
        { name: 'orders.count-arrivals', everyMs: COUNT_ARRIVALS_EVERY_MS, run: () => countArrivals(deps) },
      ],
    },
  }
}

/** Keeps every text that anybody can agree to from now on: under the terms in force, and under those to come. */
async function keepConsentTexts(
  { db, clock, settings }: Pick<OrdersDeps, 'db' | 'clock' | 'settings'>,
  first: SellingTerms,
): Promise<void> {
  const now = clock.now()
  const versions = await readTerms(db)
  const states = ['in_force', 'planned']
  const live = versions.filter((one) => states.includes(termsState(one, versions, now)))
  for (const { recurringDiscount: discountPercent } of [first, ...live.map(({ terms }) => terms)])
    await keepConsentText(db, consentTo({ ...settings.recurring, discountPercent }), now)
}
