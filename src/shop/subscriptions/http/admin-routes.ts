import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { won } from '../../../platform/money.ts'
import { askForPrice } from '../changes/agreement-commands.ts'
import { cancelSubscriptionByMerchant } from '../changes/cancel-subscription.ts'
import { OPERATORS } from '../changes/change-agreement.ts'
import { retryFrozenCycle } from '../changes/retry-frozen.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { subscriptionProblems } from '../problems.ts'
import { changedView, ListQuery, ListSchema, listed, Price, SubscriptionId } from './routes.ts'
import { ChangedSchema } from './view.ts'

const { not_found, request_in_progress } = platformProblems
const { nothing_to_retry, subscription_cancelled } = subscriptionProblems

const tags = ['subscriptions (operator)']
const config = { audience: OPERATORS }

/** What merchants and administrators may do with anybody's subscriptions. */
export function adminSubscriptionRoutes(deps: SubscriptionDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/subscriptions',
      config: { ...config, personal: true },
      schema: {
        operationId: 'listAllSubscriptions',
        tags,
        summary: 'Everybody’s subscriptions, newest first',
        querystring: Strict({
          ...ListQuery,
          customerId: Type.Optional(Uuid),
          itemId: Type.Optional(Uuid),
          isLiving: Type.Optional(Type.Boolean({ description: 'Only those that have not ended' })),
        }),
        response: { 200: ListSchema, ...problems(401, 403) },
      },
      handler: (request) => listed(deps, request.query),
    })
    app.route({
      method: 'POST',
      url: '/api/admin/subscriptions/:id/cancel',
      config,
      schema: {
        operationId: 'cancelSubscriptionForCustomer',
        tags,
        summary: 'End a subscription at once; the customer is told the reason',
        params: SubscriptionId,
        body: Strict({
          reason: Type.Unsafe<'merchant_decision' | 'item_discontinued'>({
            type: 'string',
            enum: ['merchant_decision', 'item_discontinued'],
          }),
        }),
        response: {
          200: ChangedSchema,
          ...refusalsOf<typeof cancelSubscriptionByMerchant>({ not_found, request_in_progress }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const asked = { subscriptionId: request.params.id, actor: actorOf(request) }
        const result = await cancelSubscriptionByMerchant(deps, asked, request.body.reason)
        return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
      },
    })
    app.route({
      method: 'POST',
      url: '/api/admin/subscriptions/:id/price',
      config,
      schema: {
        operationId: 'proposeSubscriptionPrice',
        tags,
        summary: 'Ask the customer to accept a new unit price; the agreed one takes an open proposal back',
        params: SubscriptionId,
        body: Strict({ unitPrice: Price }),
        response: {
          200: ChangedSchema,
          ...refusalsOf<typeof askForPrice>({ not_found, subscription_cancelled }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const asked = { subscriptionId: request.params.id, actor: actorOf(request) }
        const result = await askForPrice(deps, asked, won(request.body.unitPrice))
        return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
      },
    })
    app.route({
      method: 'POST',
      url: '/api/admin/subscriptions/:id/retry',
      config,
      schema: {
        operationId: 'retryRefusedRequest',
        tags,
        summary: 'Try a charge again that the provider called wrong, after finding out why',
        params: SubscriptionId,
        body: Strict({}),
        response: {
          200: ChangedSchema,
          ...refusalsOf<typeof retryFrozenCycle>({ not_found, nothing_to_retry }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const asked = { subscriptionId: request.params.id, actor: actorOf(request) }
        const result = await retryFrozenCycle(deps, asked)
        return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
      },
    })
  }
}
