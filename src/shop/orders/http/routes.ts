import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { PeriodSchema } from '../../../platform/http/schemas.ts'
import { refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { paymentProblems } from '../../payments/index.ts'
import { type CancelOrderDeps, cancelOrder } from '../cancel-order.ts'
import { OrderSchema, OrderStateSchema, orderView } from '../order-view.ts'
import { type PlaceOrderDeps, placeOrder } from '../place-order.ts'
import { orderProblems } from '../problems.ts'
import { consentTo } from '../rules/consent.ts'
import { MAX_LINES, MAX_QUANTITY } from '../rules/order-total.ts'
import { findConsentText } from '../store/consent-store.ts'
import { listOrders } from '../store/queries.ts'
import { orderSeenBy } from './seen-by.ts'

const {
  consent_required,
  coupon_bought_before_only,
  coupon_first_order_only,
  coupon_minimum,
  coupon_not_for_these,
  coupon_not_valid,
  coupon_used,
  item_not_found,
  item_not_on_sale,
  order_closed,
  order_not_cancellable,
  order_of_subscription,
  order_total_too_large,
  out_of_stock,
  payment_in_progress,
  period_malformed,
  period_not_offered,
  too_many_open_orders,
  too_many_unpaid_pieces,
  total_changed,
} = orderProblems
const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems
const { payment_not_refundable, refund_beyond_one_person, refund_exceeds_payment, refund_in_progress } =
  paymentProblems

const tags = ['orders']
const OrderId = Type.Object({ id: Uuid })
// The exact rules give their own messages; these bounds only keep nonsense out.
const Line = Type.String({ maxLength: 500 })

/** Who gets the parcel, as typed. */
export const ReceiverBody = Strict({
  name: Line,
  phone: Line,
  address: Strict({ city: Line, detail: Line, postalCode: Line }),
  deliveryNote: Type.Optional(Line),
})

/** The agreement to recurring payment. */
export const ConsentBody = Strict({
  version: Type.String({
    maxLength: 50,
    description:
      'Version of the accepted text of /api/consents/recurring-payment; needed for recurring lines',
  }),
})

/** A coupon to use, of `/api/coupons`. */
export const CouponId = Type.String({
  format: 'uuid',
  description: 'Of /api/coupons; for lines that are bought once',
})

const PlaceOrderBody = Strict({
  lines: Type.Array(
    Strict({
      itemId: Uuid,
      quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }),
      subscription: Type.Optional(PeriodSchema),
    }),
    { minItems: 1, maxItems: MAX_LINES, description: 'Lines with the same item are added up' },
  ),
  receiver: ReceiverBody,
  consent: Type.Optional(ConsentBody),
  couponId: Type.Optional(CouponId),
  expectedTotal: Type.Optional(
    Type.Integer({ minimum: 0, description: 'The total shown to the customer; another one is refused' }),
  ),
})

const Day = Type.String({
  format: 'date',
  pattern: '^20',
  description: 'Day of placing in Seoul, included',
})

const ListQuery = Strict({
  state: Type.Optional(OrderStateSchema),
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  ...pagingTo(100_000),
})

/** Orders over HTTP, for those who place them. */
export function orderRoutes(deps: PlaceOrderDeps & CancelOrderDeps): (app: App) => void {
  return (app) => {
    placeRoute(app, deps)
    consentRoutes(app, deps)
    deliveryRoute(app, deps)
    readRoutes(app, deps)
    cancelRoute(app, deps)
  }
}

function placeRoute(app: App, deps: PlaceOrderDeps): void {
  app.route({
    method: 'POST',
    url: '/api/orders',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'placeOrder',
      tags,
      summary: 'Order items; their stock is kept until the payment window ends',
      headers: IdempotencyHeaders,
      body: PlaceOrderBody,
      response: {
        201: OrderSchema,
        ...refusalsOf<typeof placeOrder>(
          {
            period_malformed,
            period_not_offered,
            consent_required,
            coupon_bought_before_only,
            coupon_first_order_only,
            coupon_minimum,
            coupon_not_for_these,
            coupon_not_valid,
            coupon_used,
            out_of_stock,
            item_not_found,
            item_not_on_sale,
            order_total_too_large,
            total_changed,
            too_many_open_orders,
            too_many_unpaid_pieces,
            invalid_request,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await placeOrder(deps, {
        customerId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).header('location', `/api/orders/${result.body.id}`).send(result.body)
    },
  })
}

const Consent = Type.Object({
  version: Type.String(),
  text: Type.Object({ ko: Type.String(), en: Type.String() }),
})
const KEPT_FOR_EVER = 'public, max-age=31536000, immutable'
const ConsentVersion = Type.Object({ version: Type.String({ pattern: '^[0-9a-z.-]{1,50}$' }) })

function consentRoutes(app: App, { db, terms, settings: { recurring } }: PlaceOrderDeps): void {
  app.route({
    method: 'GET',
    url: '/api/consents/recurring-payment',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'getRecurringPaymentConsent',
      tags,
      summary: 'What a customer agrees to when ordering recurring lines',
      response: { 200: Consent },
    },
    handler: async (_request, reply) => {
      const { recurringDiscount: discountPercent } = await terms.now()
      reply.header('cache-control', 'public, max-age=60')
      return consentTo({ ...recurring, discountPercent })
    },
  })
  app.route({
    method: 'GET',
    url: '/api/consents/recurring-payment/:version',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'getAgreedConsent',
      tags,
      summary:
        'What customers agreed to earlier, word for word, by the version their order or subscription names',
      params: ConsentVersion,
      response: { 200: Consent, ...problems(404) },
    },
    handler: async (request, reply) => {
      const kept = await findConsentText(db, request.params.version)
      if (!kept) return reply.refuse(refused('not_found'))
      return reply.header('cache-control', KEPT_FOR_EVER).send(kept)
    },
  })
}

function deliveryRoute(app: App, { terms }: PlaceOrderDeps): void {
  const Amount = (description: string) => Type.Integer({ minimum: 0, description: `${description}, in won` })
  app.route({
    method: 'GET',
    url: '/api/delivery-terms',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'getDeliveryTerms',
      tags,
      summary: 'What sending an order costs',
      description: 'An order with a recurring line, and every later delivery of it, is sent free.',
      response: {
        200: Type.Object({
          fee: Amount('For one order'),
          freeFrom: Amount('Orders of at least so much, after discounts, are sent free'),
        }),
      },
    },
    handler: async (_request, reply) => {
      const { delivery } = await terms.now()
      reply.header('cache-control', 'public, max-age=60')
      return delivery
    },
  })
}

function readRoutes(app: App, deps: { db: Db; clock: Clock }): void {
  const { db } = deps
  app.route({
    method: 'GET',
    url: '/api/orders',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listOrders',
      tags,
      summary: 'One’s own orders, newest first',
      querystring: ListQuery,
      response: { 200: Type.Object({ data: Type.Array(OrderSchema), page: PageSchema }), ...problems(401) },
    },
    handler: async (request) => {
      const { state, from, to, page, size } = request.query
      const filter = {
        customerId: actorOf(request).userId,
        state,
        from: from === undefined ? undefined : Temporal.PlainDate.from(from),
        to: to === undefined ? undefined : Temporal.PlainDate.from(to),
      }
      const { orders, totalElements } = await listOrders(db, filter, { page, size })
      return {
        data: orders.map(orderView),
        page: pageOf({ page, size }, totalElements),
      }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/orders/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'getOrder',
      tags,
      summary: 'One order of one’s own; merchants may see every order',
      params: OrderId,
      response: { 200: OrderSchema, ...refusalsOf<typeof orderSeenBy>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const order = await orderSeenBy(deps, actorOf(request), request.params.id, ['merchant', 'admin'])
      return order.kind === 'refused' ? reply.refuse(order) : order
    },
  })
}

function cancelRoute(app: App, deps: CancelOrderDeps): void {
  app.route({
    method: 'POST',
    url: '/api/orders/:id/cancel',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'cancelOrder',
      tags,
      summary: 'Cancel one’s own order before it is shipped; a paid one is refunded',
      params: OrderId,
      response: {
        200: OrderSchema,
        ...refusalsOf<typeof cancelOrder>(
          {
            order_closed,
            order_of_subscription,
            order_not_cancellable,
            not_found,
            payment_not_refundable,
            refund_in_progress,
            refund_exceeds_payment,
            refund_beyond_one_person,
            payment_in_progress,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await cancelOrder(deps, { orderId: request.params.id, actor: actorOf(request) })
      return result.kind === 'refused' ? reply.refuse(result) : orderView(result.order)
    },
  })
}
