import Type, { type Static } from 'typebox'
import { lookOfOthers } from '../../../platform/audit/audit.ts'
import { type Actor, owned, type Role } from '../../../platform/http/actor.ts'
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
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { type Changed, OPERATORS } from '../changes/change-agreement.ts'
import { atNow, type SubscriptionDeps } from '../deps.ts'
import { latestCycles } from '../store/cycle-store.ts'
import { listSubscriptions } from '../store/queries.ts'
import { findSubscription, type Stored } from '../store/subscription-store.ts'
import {
  type KnownItems,
  StateSchema,
  SubscriptionDetailSchema,
  type SubscriptionDetailView,
  SubscriptionSchema,
  subscriptionDetail,
  subscriptionView,
} from './view.ts'

const { not_found } = platformProblems

export const tags = ['subscriptions']
export const SubscriptionId = Type.Object({ id: Uuid })
export const Price = Type.Integer({ minimum: 1, maximum: 100_000_000, description: 'Won per piece' })

export const ListQuery = {
  state: Type.Optional(StateSchema),
  ...pagingTo(100_000),
}
export const ListSchema = Type.Object({ data: Type.Array(SubscriptionSchema), page: PageSchema })

/** The latest deliveries a customer sees with a subscription. */
const CYCLES_SHOWN = 24

/** Reading one’s own subscriptions over HTTP. */
export function subscriptionRoutes(deps: SubscriptionDeps): (app: App) => void {
  return (app) => readRoutes(app, deps)
}

function readRoutes(app: App, deps: SubscriptionDeps): void {
  app.route({
    method: 'GET',
    url: '/api/subscriptions',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listSubscriptions',
      tags,
      summary: 'One’s own subscriptions, newest first',
      querystring: Strict(ListQuery),
      response: { 200: ListSchema, ...problems(401) },
    },
    handler: (request) => listed(deps, { customerId: actorOf(request).userId, ...request.query }),
  })
  app.route({
    method: 'GET',
    url: '/api/subscriptions/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'getSubscription',
      tags,
      summary:
        'One subscription of one’s own with its next and latest deliveries; merchants may see every one',
      params: SubscriptionId,
      response: { 200: SubscriptionDetailSchema, ...refusalsOf<typeof seenBy>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const found = await seenBy(deps, actorOf(request), request.params.id, OPERATORS)
      return 'kind' in found ? reply.refuse(found) : found
    },
  })
}

/**
 * One subscription with its next and latest deliveries, for its customer or somebody with one of the roles, whose look is written
 * down.
 * Refusals: not_found, also for somebody else's.
 */
export async function seenBy(
  deps: SubscriptionDeps,
  actor: Actor,
  id: string,
  orRoles: readonly Role[] = [],
): Promise<SubscriptionDetailView | Refused<'not_found'>> {
  const stored = await findSubscription(deps.db, id)
  const found = owned(actor, stored && { stored, ownerId: stored.subscription.customerId }, orRoles)
  if ('kind' in found) return found
  await lookOfOthers(
    deps.db,
    deps.clock.now(),
    { actorId: actor.userId, ownerId: found.ownerId },
    { action: 'subscription.read', subject: { type: 'subscription', id } },
  )
  const [cycles, items] = await Promise.all([
    latestCycles(deps.db, id, CYCLES_SHOWN),
    itemsOf(deps, [found.stored]),
  ])
  return subscriptionDetail(found.stored, cycles, items, atNow(deps))
}

/** A page of subscriptions. */
export async function listed(
  deps: SubscriptionDeps,
  query: {
    customerId?: string
    state?: Static<typeof StateSchema>
    itemId?: string
    isLiving?: boolean
    page: number
    size: number
  },
) {
  const { page, size } = query
  const { subscriptions, totalElements } = await listSubscriptions(deps.db, query, { page, size })
  const items = await itemsOf(deps, subscriptions)
  return {
    data: subscriptions.map((stored) => subscriptionView(stored, items)),
    page: pageOf({ page, size }, totalElements),
  }
}

/** The answer to a change. */
export async function changedView(deps: SubscriptionDeps, { stored, takesEffect }: Changed) {
  return {
    ...subscriptionView(stored, await itemsOf(deps, [stored])),
    takesEffect: takesEffect && { cycleNo: takesEffect.no, due: takesEffect.due.toString() },
  }
}

async function itemsOf(deps: SubscriptionDeps, stored: readonly Stored[]): Promise<KnownItems> {
  const ids = new Set(stored.map(({ subscription }) => subscription.itemId))
  const items = await deps.catalog.itemsForSale(deps.db, [...ids])
  return new Map(items.map((item) => [item.id, item]))
}
