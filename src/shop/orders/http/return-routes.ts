import Type from 'typebox'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  problems,
  refusalsOf,
  Strict,
  Uuid,
  Words,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { WonAmount } from '../../../platform/http/schemas.ts'
import { refused } from '../../../platform/refusal.ts'
import { orderProblems, returnProblems } from '../problems.ts'
import { askReturn, cancelOwnReturn, type ReturnDeps } from '../returning/ask-return.ts'
import { MAX_LINES, MAX_QUANTITY } from '../rules/order-total.ts'
import { RETURN_KINDS, RETURN_REASONS } from '../rules/return-policy.ts'
import { returnsOfOrder } from '../store/return-store.ts'
import { ReturnSchema, returnView } from './return-json.ts'
import { orderSeenBy } from './seen-by.ts'

const OPERATORS = ['merchant', 'admin'] as const
const tags = ['orders: returns']
const ById = Type.Object({ id: Uuid })

const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems
const { order_line_not_found, order_line_not_returnable, order_not_refundable, order_refund_requested } =
  orderProblems
const { return_not_in_state, return_too_late, return_worth_nothing, too_many_returns } = returnProblems

/** What customers ask back. */
export function returnRoutes(deps: ReturnDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/return-terms',
      config: { audience: 'anyone' },
      schema: {
        operationId: 'getReturnTerms',
        tags,
        summary: 'What sending something back costs the customer who changed their mind',
        description:
          'Of what is ordered now; what was ordered earlier goes by the terms of that day. Seven days from delivery without a reason, three months when something is wrong; then the merchant pays the parcels.',
        response: {
          200: Type.Object({
            returnFee: WonAmount('Kept of the refund'),
            exchangeFee: WonAmount('For both parcels of an exchange'),
          }),
          ...problems(),
        },
      },
      handler: async () => ({ ...(await deps.terms.now()).returns }),
    })

    app.route({
      method: 'POST',
      url: '/api/orders/:id/returns',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'askReturn',
        tags,
        summary: 'Ask to send back pieces that arrived, for the money or for another piece',
        description:
          '`changed_mind` within seven days of delivery (the last day passes on to a working day), at the customer’s cost; the other reasons within three months, at the merchant’s.',
        headers: IdempotencyHeaders,
        params: ById,
        body: Strict({
          kind: Type.Enum([...RETURN_KINDS]),
          reason: Type.Enum([...RETURN_REASONS]),
          note: Type.Optional(Words(500, 'What the merchant should know')),
          lines: Type.Array(
            Strict({
              lineNo: Type.Integer({ minimum: 1, maximum: MAX_LINES }),
              quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }),
            }),
            { minItems: 1, maxItems: MAX_LINES },
          ),
        }),
        response: {
          201: ReturnSchema,
          ...refusalsOf<typeof askReturn>(
            {
              not_found,
              invalid_request,
              order_line_not_found,
              order_line_not_returnable,
              order_not_refundable,
              order_refund_requested,
              return_too_late,
              return_worth_nothing,
              too_many_returns,
              idempotency_key_reused,
              request_in_progress,
            },
            401,
          ),
        },
      },
      handler: async (request, reply) => {
        const { kind, reason, note = null, lines } = request.body
        const result = await askReturn(deps, {
          actor: actorOf(request),
          orderId: request.params.id,
          wish: { kind, reason, note, lines },
          idempotencyKey: request.headers['idempotency-key'],
        })
        return result.kind === 'refused'
          ? reply.refuse(result)
          : reply.code(201).send(returnView(result.request))
      },
    })

    app.route({
      method: 'GET',
      url: '/api/orders/:id/returns',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'listOrderReturns',
        tags,
        summary: 'What was asked back of one’s own order; merchants may see every order’s',
        params: ById,
        response: { 200: Type.Object({ data: Type.Array(ReturnSchema) }), ...problems(401, 404) },
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const order = await orderSeenBy(deps, actorOf(request), id, OPERATORS)
        if ('kind' in order && order.kind === 'refused') return reply.refuse(refused('not_found'))
        return { data: (await returnsOfOrder(deps.db, id)).map(returnView) }
      },
    })

    app.route({
      method: 'POST',
      url: '/api/returns/:id/cancel',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'cancelReturn',
        tags,
        summary: 'Keep it after all, until it has been received',
        params: ById,
        response: {
          200: ReturnSchema,
          ...refusalsOf<typeof cancelOwnReturn>({ not_found, return_not_in_state }, 401),
        },
      },
      handler: async (request, reply) => {
        const wish = { actor: actorOf(request), returnId: request.params.id }
        const result = await cancelOwnReturn(deps, wish)
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })
  }
}
