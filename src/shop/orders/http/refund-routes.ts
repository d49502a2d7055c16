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
import { refused } from '../../../platform/refusal.ts'
import { paymentProblems } from '../../payments/index.ts'
import { OrderSchema } from '../order-view.ts'
import { orderProblems } from '../problems.ts'
import { cancelLine, type RefundingDeps } from '../refunding/cancel-line.ts'
import { refundLines } from '../refunding/refund-lines.ts'
import { MAX_LINES, MAX_QUANTITY, MAX_TOTAL } from '../rules/order-total.ts'
import { type OrderRefund, refundsOfOrder } from '../store/refund-store.ts'
import { orderSeenBy } from './seen-by.ts'

const {
  order_closed,
  order_line_not_cancellable,
  order_line_not_found,
  order_line_not_restockable,
  order_line_not_returnable,
  order_not_cancellable,
  order_not_refundable,
  order_of_subscription,
  order_refund_requested,
  own_order,
  refund_exceeds_line,
  refund_of_nothing,
} = orderProblems
const { payment_not_refundable, refund_beyond_one_person, refund_exceeds_payment, refund_in_progress } =
  paymentProblems
const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems

const OPERATORS = ['merchant', 'admin'] as const
const tags = ['orders: refunds']
const LineNo = Type.Integer({ minimum: 1, maximum: MAX_LINES })
const Quantity = Type.Integer({ minimum: 1, maximum: MAX_QUANTITY })
const Won = (description: string) => Type.Integer({ minimum: 1, maximum: MAX_TOTAL, description })

const RefundSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  amount: Type.Integer({ description: 'Won' }),
  cause: Type.Enum(['cancelled', 'returned', 'merchant']),
  reason: Type.String(),
  restock: Type.Boolean({ description: 'Whether its pieces go back to stock with the money' }),
  state: Type.Enum(['requested', 'given', 'declined']),
  requestedAt: Type.String({ format: 'date-time' }),
  endedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  lines: Type.Array(
    Type.Object({
      lineNo: Type.Integer(),
      pieces: Type.Integer(),
      cancelled: Type.Integer({ description: 'Of these, pieces that are not sent any more' }),
      goods: Type.Integer({ description: 'Of the price of the line, in won' }),
      deliveryFee: Type.Integer({ description: 'Of its share of the delivery fee, in won' }),
    }),
  ),
})

function refundView({ parts, ...refund }: OrderRefund) {
  const { id, amount, cause, reason, restock, state } = refund
  return {
    id,
    amount,
    cause,
    reason,
    restock,
    state,
    requestedAt: refund.requestedAt.toString(),
    endedAt: refund.endedAt?.toString() ?? null,
    lines: parts.map(({ fee, ...part }) => ({ ...part, deliveryFee: fee })),
  }
}

const RefundBody = Strict({
  lines: Type.Optional(
    Type.Array(
      Strict({
        lineNo: LineNo,
        quantity: Type.Optional(Quantity),
        amount: Type.Optional(Won('Instead of the price of the pieces')),
      }),
      { minItems: 1, maxItems: MAX_LINES, description: 'What the money is for; either these or an amount' },
    ),
  ),
  amount: Type.Optional(Won('Over all lines, in proportion to what is left of them')),
  deliveryFee: Type.Boolean({
    default: false,
    description: 'Whether the pieces’ shares of the delivery fee go back with them',
  }),
  cancel: Type.Boolean({ default: false, description: 'The pieces are not to be sent any more' }),
  returned: Type.Boolean({ default: false, description: 'The pieces had arrived and came back' }),
  restock: Type.Boolean({
    default: false,
    description:
      'The pieces can be sold again. Those that have not left only together with `cancel`, those that left only once; else 409 order_line_not_restockable',
  }),
  reason: Words(200),
})

/** Parts of an order that are given back. */
export function refundRoutes(deps: RefundingDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'POST',
      url: '/api/orders/:id/lines/:lineNo/cancel',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'cancelOrderLine',
        tags,
        summary: 'Cancel pieces of one’s own order that are paid and have not left; their price goes back',
        headers: IdempotencyHeaders,
        params: Type.Object({ id: Uuid, lineNo: LineNo }),
        body: Strict({ quantity: Type.Optional(Quantity) }),
        response: {
          202: OrderSchema,
          ...refusalsOf<typeof cancelLine>(
            {
              order_closed,
              order_of_subscription,
              order_not_cancellable,
              payment_not_refundable,
              refund_in_progress,
              refund_exceeds_payment,
              refund_beyond_one_person,
              order_not_refundable,
              invalid_request,
              order_line_not_found,
              refund_exceeds_line,
              refund_of_nothing,
              order_refund_requested,
              order_line_not_cancellable,
              order_line_not_returnable,
              order_line_not_restockable,
              not_found,
              idempotency_key_reused,
              request_in_progress,
            },
            401,
          ),
        },
      },
      handler: async (request, reply) => {
        const { id: orderId, lineNo } = request.params
        const result = await cancelLine(deps, {
          actor: actorOf(request),
          orderId,
          lineNo,
          quantity: request.body.quantity,
          idempotencyKey: request.headers['idempotency-key'],
        })
        return result.kind === 'refused' ? reply.refuse(result) : reply.code(202).send(result.order)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/orders/:id/refunds',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'refundOrderLines',
        tags,
        summary:
          'Give back a part of what was paid: pieces, an amount of a line, or an amount over all lines',
        headers: IdempotencyHeaders,
        params: Type.Object({ id: Uuid }),
        body: RefundBody,
        response: {
          202: Type.Object({ refundId: Type.String({ format: 'uuid' }) }),
          ...refusalsOf<typeof refundLines>(
            {
              invalid_request,
              order_line_not_found,
              refund_exceeds_line,
              refund_exceeds_payment,
              refund_of_nothing,
              payment_not_refundable,
              refund_in_progress,
              refund_beyond_one_person,
              order_not_refundable,
              order_refund_requested,
              order_line_not_cancellable,
              order_line_not_returnable,
              order_line_not_restockable,
              not_found,
              idempotency_key_reused,
              request_in_progress,
              own_order,
            },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { lines, amount, deliveryFee, cancel, returned, restock, reason } = request.body
        const result = await refundLines(deps, {
          actor: actorOf(request),
          orderId: request.params.id,
          wish: { lines, amount, deliveryFee },
          reason,
          cancel,
          returned,
          restock,
          idempotencyKey: request.headers['idempotency-key'],
        })
        return result.kind === 'refused' ? reply.refuse(result) : reply.code(202).send(result.body)
      },
    })

    app.route({
      method: 'GET',
      url: '/api/orders/:id/refunds',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'listOrderRefunds',
        tags,
        summary: 'What was given back of one’s own order, part by part; merchants may see every order’s',
        description: 'A refund of everything that was left is none of these: the order tells of it.',
        params: Type.Object({ id: Uuid }),
        response: { 200: Type.Object({ data: Type.Array(RefundSchema) }), ...problems(401, 404) },
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const order = await orderSeenBy(deps, actorOf(request), id, OPERATORS)
        if (order.kind === 'refused') return reply.refuse(refused('not_found'))
        return { data: (await refundsOfOrder(deps.db, id)).map(refundView) }
      },
    })
  }
}
