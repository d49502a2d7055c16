import { type App, actorOf, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import type { MoveOrderDeps } from '../move-order.ts'
import { OrderSchema, orderView } from '../order-view.ts'
import { orderProblems } from '../problems.ts'
import { confirmArrival } from '../shipping/confirm-arrival.ts'

const { not_found } = platformProblems
const { order_not_paid } = orderProblems

/** A customer says that a parcel is there. */
export function arrivalRoute(deps: MoveOrderDeps): (app: App) => void {
  return (app) =>
    app.route({
      method: 'POST',
      url: '/api/orders/:id/shipments/:shipmentId/received',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'confirmArrival',
        tags: ['orders: delivery'],
        summary: 'Say that a parcel of one’s own order has arrived',
        description:
          'Also of one that only counted as arrived (`arrival: counted`): then the time to send it back is counted from now. Changes nothing after `correctableUntil`.',
        params: Strict({ id: Uuid, shipmentId: Uuid }),
        response: {
          200: OrderSchema,
          ...refusalsOf<typeof confirmArrival>({ not_found, order_not_paid }, 401),
        },
      },
      handler: async (request, reply) => {
        const { id: orderId, shipmentId } = request.params
        const result = await confirmArrival(deps, { actor: actorOf(request), orderId, shipmentId })
        return result.kind === 'refused' ? reply.refuse(result) : orderView(result.order)
      },
    })
}
