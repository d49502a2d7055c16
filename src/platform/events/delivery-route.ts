import Type from 'typebox'
import { type App, problems } from '../http/app.ts'
import type { Lag } from './lag.ts'

const Count = Type.Integer({ minimum: 0 })
const Seconds = Type.Number({ minimum: 0 })

/** How far events are behind, for those who wonder why something has not happened yet. */
export function deliveryRoute(app: App, lag: () => Promise<Lag>): void {
  app.route({
    method: 'GET',
    url: '/api/admin/delivery',
    config: { audience: ['merchant', 'admin'] },
    schema: {
      operationId: 'getDelivery',
      tags: ['operators'],
      summary: 'How far the delivery of events is behind, in all and for each subscriber',
      response: {
        200: Type.Object({
          pending: Count,
          oldestSeconds: Seconds,
          dead: Type.Integer({ minimum: 0, description: 'Only a person can settle them' }),
          newer: Type.Integer({ minimum: 0, description: 'They wait for a process of a newer version' }),
          subscribers: Type.Array(
            Type.Object({
              name: Type.String(),
              pending: Count,
              oldestSeconds: Seconds,
              parked: Type.Integer({
                minimum: 0,
                description: 'It could not take them; they are tried again, or wait behind one that is',
              }),
              parkedSeconds: Seconds,
            }),
          ),
        }),
        ...problems(401, 403),
      },
    },
    handler: () => lag(),
  })
}
