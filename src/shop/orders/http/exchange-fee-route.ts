import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict, Uuid, Words } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orderProblems, returnProblems } from '../problems.ts'
import type { HandleReturnDeps } from '../returning/handle-return.ts'
import { settleExchangeFee } from '../returning/settle-exchange-fee.ts'
import { FEE_SETTLEMENTS } from '../rules/exchange-fee.ts'
import { ReturnSchema, returnView } from './return-json.ts'

const { invalid_request, not_found } = platformProblems
const { own_order } = orderProblems
const { exchange_fee_settled, return_not_in_state } = returnProblems

/** What customers pay for the parcels of an exchange. */
export function exchangeFeeRoute(deps: Pick<HandleReturnDeps, 'db' | 'clock'>): (app: App) => void {
  return (app) => {
    app.route({
      method: 'POST',
      url: '/api/admin/returns/:id/settle-fee',
      config: { audience: ['merchant', 'admin'] },
      schema: {
        operationId: 'settleExchangeFee',
        tags: ['orders: returns'],
        summary: 'Say once how the parcels of an exchange were settled; the other piece is sent only then',
        params: Type.Object({ id: Uuid }),
        body: Strict({
          settlement: Type.Enum([...FEE_SETTLEMENTS]),
          reason: Type.Optional(Words(300, 'Why it is waived; of nothing else')),
        }),
        response: {
          200: ReturnSchema,
          ...refusalsOf<typeof settleExchangeFee>(
            { not_found, own_order, invalid_request, return_not_in_state, exchange_fee_settled },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { settlement: how, reason: why } = request.body
        const step = { actor: actorOf(request), returnId: request.params.id, how, why }
        const result = await settleExchangeFee(deps, step)
        return result.kind === 'refused' ? reply.refuse(result) : returnView(result.request)
      },
    })
  }
}
