import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { type MoveOrderDeps, moveOrder } from '../move-order.ts'
import { OrderSchema, orderView } from '../order-view.ts'
import { orderProblems } from '../problems.ts'
import { CARRIERS } from '../rules/delivery.ts'
import { MAX_LINES, MAX_QUANTITY } from '../rules/order-total.ts'

const { not_found } = platformProblems
const { order_line_not_found, order_line_not_movable, order_not_paid, order_refund_requested } = orderProblems

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['orders: delivery']
const params = Strict({ id: Uuid })
const response = {
  200: OrderSchema,
  ...refusalsOf<typeof moveOrder>(
    { not_found, order_not_paid, order_refund_requested, order_line_not_found, order_line_not_movable },
    401,
    403,
  ),
}

const LineNo = Type.Integer({ minimum: 1, maximum: MAX_LINES })
const lines = Type.Optional(
  Type.Array(LineNo, {
    minItems: 1,
    maxItems: MAX_LINES,
    description: 'Numbers of the lines; without it, all that can take the step',
  }),
)
const whole = (lineNos: readonly number[] | undefined) => lineNos?.map((lineNo) => ({ lineNo }))
const ShipBody = Strict({
  carrier: Type.Enum([...CARRIERS]),
  trackingNumber: Type.String({ pattern: '^[0-9A-Za-z-]{6,30}$', maxLength: 30 }),
  lines,
  pieces: Type.Optional(
    Type.Array(Strict({ lineNo: LineNo, quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }) }), {
      minItems: 1,
      maxItems: MAX_LINES,
      description: 'Instead of lines: so many pieces of each, where a line leaves in several parcels',
    }),
  ),
})

/** What the merchant does with a paid order, line by line where it leaves in several parcels. */
export function deliveryRoutes(deps: MoveOrderDeps): (app: App) => void {
  return (app) => {
    for (const [step, summary] of [
      ['prepare', 'Note that an order, or some of its lines, are being packed'],
      ['deliver', 'Note that what was sent has arrived'],
    ] as const)
      app.route({
        method: 'POST',
        url: `/api/admin/orders/:id/${step}`,
        config,
        schema: {
          operationId: `${step}Order`,
          tags,
          summary,
          params,
          body: Strict({ lines }),
          response,
        },
        handler: async (request, reply) => {
          const result = await moveOrder(deps, {
            actorId: actorOf(request).userId,
            orderId: request.params.id,
            wanted: whole(request.body.lines),
            step: { step },
          })
          return result.kind === 'refused' ? reply.refuse(result) : orderView(result.order)
        },
      })

    app.route({
      method: 'POST',
      url: '/api/admin/orders/:id/ship',
      config,
      schema: {
        operationId: 'shipOrder',
        tags,
        summary: 'Send an order, or some of its pieces, as one parcel; they cannot be cancelled any more',
        params,
        body: ShipBody,
        response,
      },
      handler: async (request, reply) => {
        const { carrier, trackingNumber, lines: lineNos, pieces } = request.body
        const step = { step: 'ship', parcel: { carrier, trackingNumber } } as const
        const wanted = [...(whole(lineNos) ?? []), ...(pieces ?? [])]
        const result = await moveOrder(deps, {
          actorId: actorOf(request).userId,
          orderId: request.params.id,
          wanted: wanted.length > 0 ? wanted : undefined,
          step,
        })
        return result.kind === 'refused' ? reply.refuse(result) : orderView(result.order)
      },
    })
  }
}
