import type { Db, Tx } from '../../platform/database/database.ts'
import { type Answer, type KeyRefusal, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, type RefusedBy, refused } from '../../platform/refusal.ts'
import { businessDate, type Clock } from '../../platform/time/clock.ts'
import type { Period } from '../../platform/time/period.ts'
import type { CatalogPort, ItemForSale } from './catalog-port.ts'
import type { CouponPort, CouponRefusal } from './coupon-port.ts'
import { type OrderView, orderView } from './order-view.ts'
import { checkConsent, consentTo, type RecurringTerms } from './rules/consent.ts'
import type { CouponTerms } from './rules/coupon.ts'
import type { AwaitingPayment, RecurringConsent } from './rules/order.ts'
import { orderNumber } from './rules/order-number.ts'
import { type AskedLine, type MergedLine, mergeLines, priceLines } from './rules/order-total.ts'
import { checkReceiver, type Receiver, type TypedReceiver } from './rules/receiver.ts'
import { keepConsentText } from './store/consent-store.ts'
import { insertWithFreeNumber } from './store/free-number.ts'
import { countOpenOrders, hasOrdered, hasPaidBefore } from './store/order-store.ts'
import { piecesOf, publishPlaced } from './store/publish.ts'
import { priceTermsOf, type SellingTerms } from './terms/selling-terms.ts'
import type { TermsBook } from './terms/terms-book.ts'

export interface PlaceOrderDeps {
  db: Db
  clock: Clock
  catalog: Pick<CatalogPort, 'itemsForSale' | 'holdStock'>
  settings: {
    paymentWindow: Temporal.Duration
    openOrdersPerCustomer: number
    unpaidPiecesPerCustomer: number
    recurring: RecurringTerms
  }
  /** What is charged beside the goods. */
  terms: Pick<TermsBook, 'at' | 'now'>
  periods: PeriodPort
  coupons: CouponPort
  /** Random integer for the order number, 0 ≤ n < ORDER_NUMBER_DRAWS. */
  draw(): number
}

/** Which periods the merchant offers for recurring lines. */
export interface PeriodPort {
  check(period: Period): Refused<'period_malformed' | 'period_not_offered'> | { kind: 'period' }
}

export interface PlaceOrder {
  customerId: string
  idempotencyKey: string
  /** What the client asked for, as it came. */
  asked: {
    lines: readonly AskedLine[]
    receiver: TypedReceiver
    /** Which text about recurring payment the customer agreed to; needed for recurring lines. */
    consent?: { version: string } | undefined
    /** A coupon to use for it. */
    couponId?: string | undefined
    /** The total the client showed, in won. */
    expectedTotal?: number | undefined
  }
}

/**
 * Places an order: computes every amount from the prices of this moment, puts the stock aside until the payment
 * window ends, and answers the order. One key makes one order, however often it is sent.
 * Refusals: those of {@link placeWithin}, idempotency_key_reused, request_in_progress.
 */
export async function placeOrder(
  deps: PlaceOrderDeps,
  { customerId, idempotencyKey, asked }: PlaceOrder,
): Promise<Answer<OrderView> | RefusedBy<typeof place> | Refused<'invalid_request' | KeyRefusal>> {
  const read = readAsked(asked)
  if (read.kind === 'refused') return read
  const items = await deps.catalog.itemsForSale(deps.db, itemIdsOf(read))
  const now = placingTime(deps.clock)
  const key = { scope: answersScope(customerId), key: idempotencyKey, body: asked }
  // Prices and consent are judged inside: a repeat gets its kept answer even when they have changed since.
  return once(deps.db, key, now, async (tx) => {
    const placed = await place(deps, tx, { customerId, asked, read, items, now })
    return placed.kind === 'refused' ? placed : { kind: 'answered', status: 201, body: placed.order }
  })
}

/**
 * The same in the caller's transaction, which is rolled back on a refusal; repeated requests are the caller's to know.
 */
export async function placeWithin(
  deps: PlaceOrderDeps,
  tx: Tx,
  { customerId, asked }: Omit<PlaceOrder, 'idempotencyKey'>,
): Promise<Placed | RefusedBy<typeof place> | Refused<'invalid_request'>> {
  const read = readAsked(asked)
  if (read.kind === 'refused') return read
  const items = await deps.catalog.itemsForSale(tx, itemIdsOf(read))
  return place(deps, tx, { customerId, asked, read, items, now: placingTime(deps.clock) })
}

export interface Placed {
  kind: 'placed'
  order: OrderView
}

/** What was asked for, as far as it can be judged without looking anything up. */
interface ReadOrder {
  kind: 'read'
  lines: readonly MergedLine[]
  receiver: Receiver
}

function readAsked(asked: PlaceOrder['asked']): ReadOrder | Refused<'invalid_request'> {
  const merged = mergeLines(asked.lines)
  if (merged.kind === 'refused') return merged
  const checked = checkReceiver(asked.receiver)
  if (checked.kind === 'refused') return checked
  return { kind: 'read', lines: merged.lines, receiver: checked.receiver }
}

const itemIdsOf = ({ lines }: ReadOrder) => lines.map((line) => line.itemId)

const placingTime = (clock: Clock) =>
  clock.now().round({ smallestUnit: 'millisecond', roundingMode: 'floor' })

interface Placing {
  customerId: string
  asked: PlaceOrder['asked']
  read: ReadOrder
  items: readonly ItemForSale[]
  now: Temporal.Instant
}

async function place(
  deps: PlaceOrderDeps,
  tx: Tx,
  { customerId, asked, read: { lines, receiver }, items, now }: Placing,
): Promise<
  | Placed
  | RefusedBy<typeof checkRecurring>
  | RefusedBy<typeof newOrder>
  | Refused<'too_many_open_orders' | 'too_many_unpaid_pieces' | CouponRefusal>
> {
  const terms = await deps.terms.at(now, tx)
  const agreed = checkRecurring(deps, terms, lines, asked.consent, now)
  if (agreed.kind === 'refused') return agreed
  if (agreed.consent) await keepConsentText(tx, consentTo(recurringOf(deps, terms)), now)
  const wish = { customerId, lines, receiver, consent: agreed.consent }
  // Nobody else counts for this customer from here on: what is for a first order is judged behind the same lock.
  const open = await countOpenOrders(tx, customerId)
  const coupon = await couponFor(deps, tx, { customerId, couponId: asked.couponId, now })
  if (coupon?.kind === 'refused') return coupon
  const order = newOrder(deps, terms, { ...wish, coupon: coupon?.terms }, items, asked.expectedTotal, now)
  if ('kind' in order) return order
  const { openOrdersPerCustomer, unpaidPiecesPerCustomer } = deps.settings
  if (open.orders >= openOrdersPerCustomer) {
    return refused('too_many_open_orders', { facts: { limit: openOrdersPerCustomer } })
  }
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  if (open.pieces + pieces > unpaidPiecesPerCustomer) {
    return refused('too_many_unpaid_pieces', { facts: { limit: unpaidPiecesPerCustomer } })
  }
  const placed = await insertWithFreeNumber(deps, tx, order)
  await publishPlaced(tx, placed)
  if (placed.coupon) {
    const { id: couponId, discount } = placed.coupon
    const use = { couponId, customerId, orderId: placed.id, discount, now }
    const redeemed = await deps.coupons.redeem(tx, use)
    if (redeemed.kind === 'refused') return redeemed
  }
  // Stock last: its rows are what other customers wait for.
  const held = await deps.catalog.holdStock(tx, { orderId: placed.id, lines: piecesOf(placed), now })
  return held.kind === 'refused' ? held : { kind: 'placed', order: orderView(placed) }
}

/**
 * The terms of the coupon somebody wants to use; undefined without one. An order that waits for its payment is a first
 * one, too: else several are placed at once, and each of them is the first.
 * Refusals: those of `CouponPort.termsFor`.
 */
export async function couponFor(
  { coupons }: { coupons: CouponPort },
  db: Db | Tx,
  { customerId, couponId, now }: { customerId: string; couponId: string | undefined; now: Temporal.Instant },
) {
  if (couponId === undefined) return undefined
  const hasBought = await hasOrdered(db, customerId)
  const hasPaid = hasBought && (await hasPaidBefore(db, customerId))
  return coupons.termsFor(db, { couponId, customerId, hasBought, hasPaid, now })
}

/** Where the answers to a customer's orders are kept for repeated requests. */
export function answersScope(customerId: string): string {
  return `orders:${customerId}`
}

function checkRecurring(
  deps: PlaceOrderDeps,
  terms: SellingTerms,
  lines: readonly MergedLine[],
  given: PlaceOrder['asked']['consent'],
  now: Temporal.Instant,
) {
  const asked = lines.flatMap(({ subscription }) => subscription ?? [])
  for (const period of asked) {
    const offered = deps.periods.check(period)
    if (offered.kind === 'refused') return offered
  }
  return checkConsent(recurringOf(deps, terms), asked.length > 0, given, now)
}

/** What is promised about recurring payments under terms of selling. */
const recurringOf = (
  { settings }: PlaceOrderDeps,
  { recurringDiscount: discountPercent }: SellingTerms,
): RecurringTerms => ({ ...settings.recurring, discountPercent })

function newOrder(
  deps: PlaceOrderDeps,
  terms: SellingTerms,
  wish: {
    customerId: string
    lines: readonly MergedLine[]
    receiver: Receiver
    consent: RecurringConsent | null
    coupon: CouponTerms | undefined
  },
  items: readonly ItemForSale[],
  expectedTotal: number | undefined,
  now: Temporal.Instant,
): AwaitingPayment | RefusedBy<typeof priceLines> {
  const { customerId, receiver, consent } = wish
  const priced = priceLines(wish.lines, items, priceTermsOf(terms), expectedTotal, wish.coupon)
  if (priced.kind === 'refused') return priced
  const { lines, originTotal, discountTotal, deliveryFee, total, itemCount, coupon } = priced
  return {
    id: newId(),
    orderNumber: orderNumber(businessDate(now), deps.draw()),
    customerId,
    state: 'awaiting_payment',
    version: 1,
    lines,
    originTotal,
    discountTotal,
    deliveryFee,
    total,
    itemCount,
    receiver,
    placedAt: now,
    expiresAt: now.add(deps.settings.paymentWindow),
    consent,
    cycle: null,
    coupon,
  }
}
