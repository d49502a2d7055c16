import type { FastifyRequest } from 'fastify'
import Type, { type TProperties } from 'typebox'
import { type App, actorOf, type problems, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { PeriodSchema } from '../../../platform/http/schemas.ts'
import { won } from '../../../platform/money.ts'
import { orderProblems, ReceiverBody } from '../../orders/index.ts'
import {
  agreeToPrice,
  pauseAgreement,
  resumeAgreement,
  setPeriod,
  setQuantity,
  setReceiver,
  skipAgreedDelivery,
  unskipAgreedDelivery,
} from '../changes/agreement-commands.ts'
import { cancelOwnSubscription } from '../changes/cancel-subscription.ts'
import type { Asked } from '../changes/change-agreement.ts'
import { setMethod } from '../changes/change-method.ts'
import type { SubscriptionDeps } from '../deps.ts'
import { subscriptionProblems } from '../problems.ts'
import { quantityRange } from '../rules/subscription.ts'
import { changedView, Price, SubscriptionId, tags } from './routes.ts'
import { ChangedSchema } from './view.ts'

const { invalid_request, not_found, request_in_progress } = platformProblems
const {
  after_cut_off,
  not_a_due_date,
  pause_ends_before_it_starts,
  payment_method_gone,
  payment_overdue,
  price_not_proposed,
  quantity_out_of_range,
  subscription_cancelled,
  subscription_paused,
} = subscriptionProblems
const { period_malformed, period_not_offered } = orderProblems

const Day = Type.String({ format: 'date', pattern: '^20', description: 'A day in Seoul' })

/** What customers may ask of their own subscriptions. Every change is idempotent: asking again changes nothing. */
export function changeRoutes(deps: SubscriptionDeps): (app: App) => void {
  return (app) => {
    termsRoutes(app, deps)
    pauseRoutes(app, deps)
  }
}

/** `POST /api/subscriptions/{id}/{name}` without its handler, and how its use case refuses. */
function change<P extends TProperties>(
  name: string,
  operationId: string,
  summary: string,
  body: P,
  refusals: ReturnType<typeof problems>,
) {
  return {
    method: 'POST' as const,
    url: `/api/subscriptions/:id/${name}`,
    config: { audience: 'signed-in' as const },
    schema: {
      operationId,
      tags,
      summary,
      params: SubscriptionId,
      body: Strict(body),
      response: { 200: ChangedSchema, ...refusals },
    },
  }
}

function termsRoutes(app: App, deps: SubscriptionDeps): void {
  app.route({
    ...change(
      'quantity',
      'changeSubscriptionQuantity',
      'Change how many pieces each delivery has',
      {
        quantity: Type.Integer({ minimum: quantityRange.least, maximum: quantityRange.most }),
      },
      refusalsOf<typeof setQuantity>({ not_found, subscription_cancelled, quantity_out_of_range }, 401),
    ),
    handler: async (request, reply) => {
      const result = await setQuantity(deps, askedOf(request), request.body.quantity)
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'period',
      'changeSubscriptionPeriod',
      'Change how often it is delivered; counted from the first payment',
      { period: PeriodSchema },
      refusalsOf<typeof setPeriod>(
        { not_found, period_malformed, period_not_offered, subscription_cancelled },
        401,
      ),
    ),
    handler: async (request, reply) => {
      const result = await setPeriod(deps, askedOf(request), request.body.period)
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'receiver',
      'changeSubscriptionReceiver',
      'Change where the parcels go',
      {
        receiver: ReceiverBody,
      },
      refusalsOf<typeof setReceiver>({ not_found, invalid_request, subscription_cancelled }, 401),
    ),
    handler: async (request, reply) => {
      const result = await setReceiver(deps, askedOf(request), request.body.receiver)
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'method',
      'changeSubscriptionMethod',
      'Charge another stored payment method; an overdue charge is tried again at once',
      { paymentMethodId: Uuid },
      refusalsOf<typeof setMethod>({ not_found, payment_method_gone, subscription_cancelled }, 401),
    ),
    handler: async (request, reply) => {
      const result = await setMethod(deps, askedOf(request), request.body.paymentMethodId.toLowerCase())
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'accept-price',
      'acceptSubscriptionPrice',
      'Accept a proposed price, naming the amount seen',
      {
        unitPrice: Price,
      },
      refusalsOf<typeof agreeToPrice>({ not_found, subscription_cancelled, price_not_proposed }, 401),
    ),
    handler: async (request, reply) => {
      const result = await agreeToPrice(deps, askedOf(request), won(request.body.unitPrice))
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
}

function pauseRoutes(app: App, deps: SubscriptionDeps): void {
  app.route({
    ...change(
      'skip',
      'skipDelivery',
      'Leave out one delivery: the one due on a day, or the next that can still be changed',
      { due: Type.Optional(Day) },
      refusalsOf<typeof skipAgreedDelivery>(
        { not_found, subscription_cancelled, not_a_due_date, after_cut_off, subscription_paused },
        401,
      ),
    ),
    handler: async (request, reply) => {
      const result = await skipAgreedDelivery(deps, askedOf(request), dayOf(request.body.due))
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'unskip',
      'unskipDelivery',
      'Have a skipped delivery after all',
      { due: Day },
      refusalsOf<typeof unskipAgreedDelivery>(
        { not_found, subscription_cancelled, not_a_due_date, after_cut_off },
        401,
      ),
    ),
    handler: async (request, reply) => {
      const result = await unskipAgreedDelivery(
        deps,
        askedOf(request),
        Temporal.PlainDate.from(request.body.due),
      )
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'pause',
      'pauseSubscription',
      'Pause from the next charge that can still be changed, until a day or until resumed',
      { until: Type.Optional(Day) },
      refusalsOf<typeof pauseAgreement>(
        { not_found, subscription_cancelled, payment_overdue, pause_ends_before_it_starts },
        401,
      ),
    ),
    handler: async (request, reply) => {
      const result = await pauseAgreement(deps, askedOf(request), dayOf(request.body.until) ?? null)
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'resume',
      'resumeSubscription',
      'End a pause; deliveries go on on the days they always had',
      {},
      refusalsOf<typeof resumeAgreement>({ not_found, subscription_cancelled, payment_overdue }, 401),
    ),
    handler: async (request, reply) => {
      const result = await resumeAgreement(deps, askedOf(request))
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
  app.route({
    ...change(
      'cancel',
      'cancelSubscription',
      'End it at once',
      {},
      refusalsOf<typeof cancelOwnSubscription>({ not_found, request_in_progress }, 401),
    ),
    handler: async (request, reply) => {
      const result = await cancelOwnSubscription(deps, askedOf(request))
      return result.kind === 'refused' ? reply.refuse(result) : changedView(deps, result)
    },
  })
}

function askedOf(request: FastifyRequest<{ Params: { id: string } }>): Asked {
  return { subscriptionId: request.params.id, actor: actorOf(request) }
}

function dayOf(text: string | undefined): Temporal.PlainDate | undefined {
  return text === undefined ? undefined : Temporal.PlainDate.from(text)
}
