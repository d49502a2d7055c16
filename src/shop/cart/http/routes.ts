import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  problems,
  refusalsOf,
  Strict,
  Uuid,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { PeriodSchema } from '../../../platform/http/schemas.ts'
import { newId } from '../../../platform/ids.ts'
import { ConsentBody, CouponId, OrderSchema, orderProblems, ReceiverBody } from '../../orders/index.ts'
import { addToCart } from '../changes/add-to-cart.ts'
import { changeQuantity, removeFromCart } from '../changes/change-cart.ts'
import { mergeVisitorCart } from '../changes/merge-carts.ts'
import { type OrderCartDeps, orderCart } from '../changes/order-cart.ts'
import { cartProblems } from '../problems.ts'
import { MOST_LINES, MOST_PIECES } from '../rules/cart.ts'
import type { CartOwner } from '../store/cart-store.ts'
import { viewCart } from '../view-cart.ts'
import type { CartCookies } from './cart-cookie.ts'
import { CartSchema, cartJson } from './cart-json.ts'

const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems
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
  order_total_too_large,
  out_of_stock,
  period_malformed,
  period_not_offered,
  too_many_open_orders,
  too_many_unpaid_pieces,
  total_changed,
} = orderProblems
const { cart_changed, cart_full, cart_quantity_too_large } = cartProblems

const tags = ['cart']
const LineId = Type.Object({ id: Uuid })
const Quantity = Type.Integer({ minimum: 1, maximum: MOST_PIECES })
const OF_VISITORS =
  'Of the customer whose token is sent; without a token of the visitor, whose cart is kept by a signed cookie'

export type CartRouteDeps = OrderCartDeps & { cookies: CartCookies }

/** The cart over HTTP. */
export function cartRoutes(deps: CartRouteDeps): (app: App) => void {
  return (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
    viewRoute(app, deps)
    addRoute(app, deps)
    lineRoutes(app, deps)
    mergeRoute(app, deps)
    orderRoute(app, deps)
  }
}

/**
 * Whose cart the request is about. A visitor gets the cookie with the first look at the empty cart, so that two tabs
 * that both add something first add it to the same cart; nothing is stored for a look.
 */
function ownerOf({ cookies }: CartRouteDeps, request: FastifyRequest, reply: FastifyReply): CartOwner {
  if (request.actor) return { kind: 'customer', id: request.actor.userId }
  const id = cookies.read(request.headers.cookie) ?? newId()
  reply.header('set-cookie', cookies.keep(id))
  return { kind: 'visitor', id }
}

function viewRoute(app: App, deps: CartRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/api/cart',
    config: { audience: 'visitor' },
    schema: {
      operationId: 'getCart',
      tags,
      summary: 'One’s cart, with the prices, stock and status of this moment',
      description: OF_VISITORS,
      querystring: Strict({
        line: Type.Optional(
          Type.Array(Uuid, {
            maxItems: 2 * MOST_LINES,
            description: 'Only these lines count in the amounts; default: all that can be ordered',
          }),
        ),
      }),
      response: { 200: CartSchema, ...problems(401) },
    },
    handler: async (request, reply) => {
      const owner = ownerOf(deps, request, reply)
      return cartJson(await viewCart(deps, owner, request.query.line))
    },
  })
}

function addRoute(app: App, deps: CartRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/api/cart/lines',
    config: { audience: 'visitor' },
    schema: {
      operationId: 'addToCart',
      tags,
      summary: 'Put pieces of an item into the cart; the same item in the same period adds up',
      description: OF_VISITORS,
      headers: IdempotencyHeaders,
      body: Strict({ itemId: Uuid, quantity: Quantity, subscription: Type.Optional(PeriodSchema) }),
      response: {
        200: CartSchema,
        ...refusalsOf<typeof addToCart>(
          {
            idempotency_key_reused,
            request_in_progress,
            out_of_stock,
            period_malformed,
            period_not_offered,
            item_not_found,
            item_not_on_sale,
            cart_full,
            cart_quantity_too_large,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const owner = ownerOf(deps, request, reply)
      const added = await addToCart(deps, owner, {
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      return added.kind === 'refused' ? reply.refuse(added) : cartJson(await viewCart(deps, owner))
    },
  })
}

function lineRoutes(app: App, deps: CartRouteDeps): void {
  app.route({
    method: 'PATCH',
    url: '/api/cart/lines/:id',
    config: { audience: 'visitor' },
    schema: {
      operationId: 'changeCartLine',
      tags,
      summary: 'Set how many pieces a line of the cart has',
      description: OF_VISITORS,
      params: LineId,
      body: Strict({ quantity: Quantity }),
      response: { 200: CartSchema, ...refusalsOf<typeof changeQuantity>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const owner = ownerOf(deps, request, reply)
      const change = { lineId: request.params.id, quantity: request.body.quantity }
      const changed = await changeQuantity(deps, owner, change)
      return changed.kind === 'refused' ? reply.refuse(changed) : cartJson(await viewCart(deps, owner))
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/cart/lines/:id',
    config: { audience: 'visitor' },
    schema: {
      operationId: 'removeFromCart',
      tags,
      summary: 'Take a line out of the cart; one that is not there is out of it already',
      description: OF_VISITORS,
      params: LineId,
      response: { 200: CartSchema, ...problems(401, 404) },
    },
    handler: async (request, reply) => {
      const owner = ownerOf(deps, request, reply)
      await removeFromCart(deps, owner, [request.params.id])
      return cartJson(await viewCart(deps, owner))
    },
  })
}

function mergeRoute(app: App, deps: CartRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/api/cart/merge',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'mergeVisitorCart',
      tags,
      summary: 'After signing in: bring over what the visitor’s cookie names',
      description:
        'The same item in the same period adds up, to 99 pieces at most. Needs no Idempotency-Key: the visitor’s cart is gone afterwards, and a repeat adds nothing.',
      response: {
        200: Type.Object({
          cart: CartSchema,
          left: Type.Integer({
            minimum: 0,
            description: 'Lines for which the cart had no place; they stay in the visitor’s cart',
          }),
        }),
        ...problems(401),
      },
    },
    handler: async (request, reply) => {
      const customerId = actorOf(request).userId
      const visitorCartId = deps.cookies.read(request.headers.cookie)
      const { left } =
        visitorCartId === undefined
          ? { left: 0 }
          : await mergeVisitorCart(deps, { customerId, visitorCartId })
      if (visitorCartId !== undefined && left === 0) reply.header('set-cookie', deps.cookies.forget())
      return { cart: cartJson(await viewCart(deps, { kind: 'customer', id: customerId })), left }
    },
  })
}

const OrderCartBody = Strict({
  lines: Type.Array(Strict({ id: Uuid, quantity: Quantity }), {
    minItems: 1,
    maxItems: MOST_LINES,
    description: 'The lines to order, with the quantities shown; a cart that differs is refused',
  }),
  receiver: ReceiverBody,
  consent: Type.Optional(ConsentBody),
  couponId: Type.Optional(CouponId),
  expectedTotal: Type.Integer({
    minimum: 0,
    description: 'The total shown to the customer; another one is refused and told',
  }),
})

function orderRoute(app: App, deps: CartRouteDeps): void {
  app.route({
    method: 'POST',
    url: '/api/cart/orders',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'orderCart',
      tags,
      summary: 'Order lines of the cart; they leave it when the order is paid',
      description:
        'Lines bought once and recurring ones go into one order, which is paid at once and leaves a stored method behind. An item that is in the cart both once and recurring, or in two periods, needs an order for each.',
      headers: IdempotencyHeaders,
      body: OrderCartBody,
      response: {
        201: OrderSchema,
        ...refusalsOf<typeof orderCart>(
          {
            invalid_request,
            idempotency_key_reused,
            request_in_progress,
            out_of_stock,
            period_malformed,
            period_not_offered,
            consent_required,
            coupon_bought_before_only,
            coupon_first_order_only,
            coupon_minimum,
            coupon_not_for_these,
            coupon_not_valid,
            coupon_used,
            item_not_found,
            item_not_on_sale,
            order_total_too_large,
            total_changed,
            too_many_open_orders,
            too_many_unpaid_pieces,
            cart_changed,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await orderCart(deps, {
        customerId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      if (result.kind === 'refused') return reply.refuse(result)
      return reply.code(201).header('location', `/api/orders/${result.body.id}`).send(result.body)
    },
  })
}
