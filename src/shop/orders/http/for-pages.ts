import type { Db } from '../../../platform/database/database.ts'
import type { Actor } from '../../../platform/http/actor.ts'
import type { Answer } from '../../../platform/http/idempotency.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { type CancelOrderDeps, cancelOrder } from '../cancel-order.ts'
import { type OrderView, orderView } from '../order-view.ts'
import { couponFor, type PlaceOrder, type PlaceOrderDeps, placeOrder } from '../place-order.ts'
import { type CancelLine, cancelLine } from '../refunding/cancel-line.ts'
import { type AskReturn, askReturn, cancelOwnReturn, type ReturnDeps } from '../returning/ask-return.ts'
import type { ArrivalPolicy } from '../rules/arrival.ts'
import { type ConsentText, consentTo } from '../rules/consent.ts'
import { type AskedLine, mergeLines, type PricedOrder, priceLines } from '../rules/order-total.ts'
import type { ReturnPolicy } from '../rules/return-policy.ts'
import { confirmArrival } from '../shipping/confirm-arrival.ts'
import { findConsentText } from '../store/consent-store.ts'
import { listOrders } from '../store/queries.ts'
import { returnsOfOrder } from '../store/return-store.ts'
import { priceTermsOf, type SellingTerms } from '../terms/selling-terms.ts'
import { type ReturnView, returnView } from './return-json.ts'
import { orderSeenBy } from './seen-by.ts'

/** What customers do with their orders in a browser: the use cases of the API. */
export interface OrdersForPages {
  /** What the lines would cost in one order now, delivery included. Refusals: those of pricing in `placeOrder`. */
  quote(
    lines: readonly AskedLine[],
    coupon?: { customerId: string; couponId: string },
  ): Promise<PricedOrder | Refused>
  /** What is charged beside the goods now; another `version`, other terms. */
  terms(): Promise<SellingTerms & { version: number }>
  /** Refusals: those of `placeOrder`. */
  place(wish: PlaceOrder): Promise<Answer<OrderView> | Refused>
  /** Refusals: those of `cancelOrder`. */
  cancel(wish: { orderId: string; actor: Actor }): Promise<OrderView | Refused>
  /** Refusals: those of `cancelLine`. */
  cancelLine(wish: CancelLine): Promise<OrderView | Refused>
  /** A parcel is there, and whether that was news. Refusals: those of `confirmArrival`. */
  confirmArrival(wish: {
    actor: Actor
    orderId: string
    shipmentId: string
  }): Promise<{ kind: 'there'; changed: boolean } | Refused>
  /** When a parcel counts as arrived of which nobody says so. */
  arrivalTerms: ArrivalPolicy
  /** Refusal: not_found, also for somebody else's. */
  get(actor: Actor, orderId: string): Promise<OrderView | Refused>
  /** One's own orders, newest first. */
  list(
    actor: Actor,
    page: { page: number; size: number },
  ): Promise<{ orders: OrderView[]; totalElements: number }>
  /** What was asked back of an order; refusal: not_found, also for somebody else's. */
  returnsOf(actor: Actor, orderId: string): Promise<readonly ReturnView[] | Refused>
  /** Refusals: those of `askReturn`. */
  askReturn(wish: AskReturn): Promise<{ kind: 'asked' } | Refused>
  /** Gives the order it was for. Refusals: those of `cancelOwnReturn`. */
  cancelReturn(wish: {
    actor: Actor
    returnId: string
  }): Promise<{ kind: 'cancelled'; orderId: string } | Refused>
  /** What sending something back of an order costs: what was said when it was placed. */
  returnTerms(order: Pick<OrderView, 'placedAt'>): Promise<ReturnPolicy>
  /** What must be agreed to before ordering recurring lines. */
  recurringConsent(): Promise<ConsentText>
  /** What was agreed to earlier, word for word. */
  agreedConsent(version: string): Promise<ConsentText | undefined>
}

/** What the pages do with orders. */
export function ordersForPages(
  deps: { db: Db; arrival: ArrivalPolicy } & PlaceOrderDeps & CancelOrderDeps & ReturnDeps,
): OrdersForPages {
  return {
    quote: async (lines, coupon) => {
      const merged = mergeLines(lines)
      if (merged.kind === 'refused') return merged
      const ids = merged.lines.map(({ itemId }) => itemId)
      const items = await deps.catalog.itemsForSale(deps.db, ids)
      const asked = coupon && { ...coupon, now: deps.clock.now() }
      const found = asked && (await couponFor(deps, deps.db, asked))
      if (found?.kind === 'refused') return found
      const terms = priceTermsOf(await deps.terms.now())
      return priceLines(merged.lines, items, terms, undefined, found?.terms)
    },
    terms: () => deps.terms.now(),
    place: (wish) => placeOrder(deps, wish),
    cancel: async (wish) => {
      const result = await cancelOrder(deps, wish)
      return result.kind === 'refused' ? result : orderView(result.order)
    },
    cancelLine: async (wish) => {
      const result = await cancelLine(deps, wish)
      return result.kind === 'refused' ? result : result.order
    },
    confirmArrival: (wish) => confirmArrival(deps, wish),
    arrivalTerms: deps.arrival,
    returnsOf: async (actor, orderId) => {
      const order = await orderSeenBy(deps, actor, orderId)
      if ('code' in order) return order
      return (await returnsOfOrder(deps.db, orderId)).map(returnView)
    },
    askReturn: async (wish) => {
      const asked = await askReturn(deps, wish)
      return asked.kind === 'refused' ? asked : { kind: 'asked' }
    },
    cancelReturn: async (wish) => {
      const result = await cancelOwnReturn(deps, wish)
      return result.kind === 'refused' ? result : { kind: 'cancelled', orderId: result.request.orderId }
    },
    returnTerms: async ({ placedAt }) => (await deps.terms.at(Temporal.Instant.from(placedAt))).returns,
    get: (actor, orderId) => orderSeenBy(deps, actor, orderId),
    list: async (actor, page) => {
      const { orders, totalElements } = await listOrders(deps.db, { customerId: actor.userId }, page)
      return { orders: orders.map(orderView), totalElements }
    },
    recurringConsent: async () => {
      const { recurringDiscount: discountPercent } = await deps.terms.now()
      return consentTo({ ...deps.settings.recurring, discountPercent })
    },
    agreedConsent: (version) => findConsentText(deps.db, version),
  }
}
