import Type from 'typebox'
import {
  type App,
  actorOf,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
  Words,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { won } from '../../../platform/money.ts'
import { paymentProblems } from '../../payments/index.ts'
import { orderProblems, returnProblems } from '../problems.ts'
import {
  decideReturn,
  type HandleReturnDeps,
  receiveReturn,
  refundReturn,
  sendExchange,
} from '../returning/handle-return.ts'
import { listReturns } from '../returning/list-returns.ts'
import { CARRIERS } from '../rules/delivery.ts'
import { MAX_TOTAL } from '../rules/order-total.ts'
import { RETURN_KINDS, RETURN_REASONS } from '../rules/return-policy.ts'
import { RETURN_STATES } from '../rules/return-request.ts'
import { ReturnSchema, returnView } from './return-json.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['orders: returns']
const ById = Type.Object({ id: Uuid })
const { invalid_request, not_found } = platformProblems
const {
  order_line_not_cancellable,
  order_line_not_found,
  order_line_not_restockable,
  order_line_not_returnable,
  order_not_refundable,
  order_refund_requested,
  out_of_stock,
  own_order,
  refund_exceeds_line,
  refund_of_nothing,
} = orderProblems
const { payment_not_refundable, refund_beyond_one_person, refund_exceeds_payment, refund_in_progress } =
  paymentProblems
const { exchange_fee_apart, exchange_fee_owed, return_fee_too_high, return_not_in_state } = returnProblems
/** What both routes refuse that ask for the money of what came back. */
const refundOfReturn = {
  invalid_request,
  not_found,
  order_line_not_cancellable,
  order_line_not_found,
  order_line_not_restockable,
  order_line_not_returnable,
  order_not_refundable,
  order_refund_requested,
  own_order,
  payment_not_refundable,
  refund_beyond_one_person,
  refund_exceeds_line,
  refund_exceeds_payment,
  refund_in_progress,
  refund_of_nothing,
  return_not_in_state,
}

const Day = Type.String({ format: 'date', pattern: '^20', description: 'Day of asking in Seoul, included' })
const ListQuery = Strict({
  state: Type.Optional(Type.Enum([...RETURN_STATES])),
  kind: Type.Optional(Type.Enum([...RETURN_KINDS])),
  reason: Type.Optional(Type.Enum([...RETURN_REASONS])),
  number: Type.Optional(
    Type.String({ pattern: '^[0-9A-Za-z-]{1,15}$', description: 'Number of the order, or its beginning' }),
  ),
  from: Type.Optional(Day),
  to: Type.Optional(Day),
  sort: Type.Enum(['newest', 'oldest'], { default: 'newest' }),
  ...pagingTo(10_000),
})

/** What the merchant does with what customers ask back. */
export function returnDeskRoutes(deps: HandleReturnDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/returns',
      config: { ...config, personal: true },
      schema: {
        operationId: 'listReturns',
        tags,
        summary: 'What customers ask back',
        querystring: ListQuery,
        response: {
          200: Type.Object({
            data: Type.Array(
              Type.Object({
                ...ReturnSchema.properties,
                orderNumber: Type.String(),
                customerId: Uuid,
                receiverName: Type.String({ description: 'Empty once the customer has left' }),
              }),
            ),
            page: PageSchema,
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const { page, size, from, to, ...wanted } = request.query
        const filter = {
          ...wanted,
          ...(from === undefined ? {} : { from: Temporal.PlainDate.from(from) }),
          ...(to === undefined ? {} : { to: Temporal.PlainDate.from(to) }),
        }
        const { returns, totalElements } = await listReturns(deps.db, filter, { page, size })
        return {
          data: returns.map(({ request: one, ...more }) => ({ ...returnView(one), ...more })),
          page: pageOf({ page, size }, totalElements),
        }
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/returns/:id/approve',
      config,
      schema: {
        operationId: 'approveReturn',
        tags,
        summary: 'Let the customer send it back',
        params: ById,
        body: Strict({}),
        response: {
          200: ReturnSchema,
          ...refusalsOf<typeof decideReturn>({ not_found, own_order, return_not_in_state }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const step = { actor: actorOf(request), returnId: request.params.id, refuseFor: null }
        const result = await decideReturn(deps, step)
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/returns/:id/refuse',
      config,
      schema: {
        operationId: 'refuseReturn',
        tags,
        summary: 'Refuse it, also one that was approved and never came',
        params: ById,
        body: Strict({ reason: Words(300, 'The customer reads it') }),
        response: {
          200: ReturnSchema,
          ...refusalsOf<typeof decideReturn>({ not_found, own_order, return_not_in_state }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const step = {
          actor: actorOf(request),
          returnId: request.params.id,
          refuseFor: request.body.reason,
        }
        const result = await decideReturn(deps, step)
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/returns/:id/receive',
      config,
      schema: {
        operationId: 'receiveReturn',
        tags,
        summary: 'It came back: of a return the money is asked for at once',
        params: ById,
        body: Strict({
          restock: Type.Boolean({ description: 'The pieces can be sold again' }),
          parcelFee: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: MAX_TOTAL,
              description: 'Won to keep for the parcel; never more than was said',
            }),
          ),
        }),
        response: {
          200: ReturnSchema,
          ...refusalsOf<typeof receiveReturn>(
            { ...refundOfReturn, exchange_fee_apart, return_fee_too_high },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { restock, parcelFee } = request.body
        const result = await receiveReturn(deps, {
          actor: actorOf(request),
          returnId: request.params.id,
          restock,
          parcelFee: parcelFee === undefined ? undefined : won(parcelFee),
        })
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/returns/:id/refund',
      config,
      schema: {
        operationId: 'refundReturn',
        tags,
        summary:
          'Ask for the money: again, after the provider had declined to move it, or in the place of an exchange that cannot be sent',
        params: ById,
        body: Strict({}),
        response: { 200: ReturnSchema, ...refusalsOf<typeof refundReturn>(refundOfReturn, 401, 403) },
      },
      handler: async (request, reply) => {
        const step = { actor: actorOf(request), returnId: request.params.id }
        const result = await refundReturn(deps, step)
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/returns/:id/send',
      config,
      schema: {
        operationId: 'sendExchange',
        tags,
        summary: 'Send the other piece of an exchange, out of the stock that is free',
        params: ById,
        body: Strict({
          carrier: Type.Enum([...CARRIERS]),
          trackingNumber: Type.String({ pattern: '^[0-9A-Za-z-]{6,30}$', maxLength: 30 }),
        }),
        response: {
          200: ReturnSchema,
          ...refusalsOf<typeof sendExchange>(
            {
              not_found,
              own_order,
              return_not_in_state,
              exchange_fee_owed,
              out_of_stock,
              order_not_refundable,
              order_refund_requested,
              order_line_not_returnable,
            },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const step = { actor: actorOf(request), returnId: request.params.id, parcel: request.body }
        const result = await sendExchange(deps, step)
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })
  }
}
