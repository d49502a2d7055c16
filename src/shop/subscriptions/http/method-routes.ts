import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { removeMethod } from '../changes/remove-method.ts'
import { setMethodForAll } from '../changes/use-method.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { subscriptionProblems } from '../problems.ts'
import { methodsOf } from '../store/queries.ts'
import { changedView, SubscriptionId as MethodId, tags } from './routes.ts'
import { ChangedSchema } from './view.ts'

const { payment_method_gone, payment_method_in_use, subscription_cancelled } = subscriptionProblems
const { not_found } = platformProblems

/** A customer's stored payment methods, and what they are used for. */
export function methodRoutes(deps: SubscriptionDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/payment-methods',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'listPaymentMethods',
        tags,
        summary: 'One’s own stored payment methods, newest first; never the token itself',
        description: 'Those that were removed are left out unless all are asked for.',
        querystring: Strict({
          all: Type.Boolean({ default: false, description: 'Removed ones (`revoked`) too' }),
        }),
        response: {
          200: Type.Object({
            data: Type.Array(
              Type.Object({
                id: Type.String({ format: 'uuid' }),
                provider: Type.String(),
                display: Type.String({ description: 'For people, e.g. the last digits of a card' }),
                state: Type.Unsafe<'active' | 'revoked' | 'dead'>({
                  type: 'string',
                  enum: ['active', 'revoked', 'dead'],
                }),
                subscriptions: Type.Integer({ description: 'How many living subscriptions use it' }),
                createdAt: Type.String({ format: 'date-time' }),
              }),
            ),
          }),
          ...problems(401),
        },
      },
      handler: async (request) => {
        const found = await methodsOf(deps, actorOf(request).userId)
        return { data: request.query.all ? found : found.filter(({ state }) => state !== 'revoked') }
      },
    })

    app.route({
      method: 'POST',
      url: '/api/payment-methods/:id/use',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'usePaymentMethod',
        tags,
        summary: 'Charge all one’s subscriptions with this method; overdue charges are tried again at once',
        params: MethodId,
        response: {
          200: Type.Object({ data: Type.Array(ChangedSchema) }),
          ...refusalsOf<typeof setMethodForAll>(
            { subscription_cancelled, not_found, payment_method_gone },
            401,
          ),
        },
      },
      handler: async (request, reply) => {
        const result = await setMethodForAll(deps, actorOf(request), request.params.id.toLowerCase())
        if (result.kind === 'refused') return reply.refuse(result)
        return { data: await Promise.all(result.all.map((changed) => changedView(deps, changed))) }
      },
    })

    app.route({
      method: 'DELETE',
      url: '/api/payment-methods/:id',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'removePaymentMethod',
        tags,
        summary: 'Remove a stored payment method that no subscription uses',
        params: MethodId,
        response: {
          204: Type.Null(),
          ...refusalsOf<typeof removeMethod>({ not_found, payment_method_in_use }, 401),
        },
      },
      handler: async (request, reply) => {
        const result = await removeMethod(deps, actorOf(request), request.params.id.toLowerCase())
        return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
      },
    })
  }
}
