import Type from 'typebox'
import { owned } from '../../../platform/http/actor.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  refusalsOf,
  Strict,
  Uuid,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { beginRegistration } from '../flows/begin-registration.ts'
import { returnedFromRegistration } from '../flows/registration-visit.ts'
import { paymentProblems } from '../problems.ts'
import { readRegistration } from '../store/registration-store.ts'
import { asksForPage, plainResult, returnProblemPage, returnSchema } from './plain-page.ts'
import { RegistrationView, registrationView } from './registration-view.ts'
import { turnAwayStrangers } from './whose-browser.ts'

const {
  payment_not_started,
  provider_not_offered,
  provider_unavailable,
  registration_in_progress,
  registration_not_started,
  too_many_payment_methods,
  too_many_registrations,
} = paymentProblems
const { idempotency_key_reused, not_found, request_in_progress } = platformProblems

const tags = ['payments']

/** Registering a payment method without paying, and the addresses the provider sends browsers back to. */
export function registrationRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'POST',
      url: '/api/payment-methods/registrations',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'beginPaymentMethodRegistration',
        tags,
        summary: "Start registering a payment method without paying: answers the provider's page",
        description:
          'Nothing is charged. Subscriptions that wait for a new method are charged with it as soon as it is registered; for others it is chosen afterwards.',
        headers: IdempotencyHeaders,
        body: Strict({
          provider: Type.Enum([...deps.providers.keys()]),
          device: Type.Optional(Type.Enum(['pc', 'mobile', 'app'], { default: 'pc' })),
        }),
        response: {
          201: RegistrationView,
          ...refusalsOf<typeof beginRegistration>(
            {
              registration_in_progress,
              too_many_payment_methods,
              too_many_registrations,
              idempotency_key_reused,
              request_in_progress,
              provider_not_offered,
              provider_unavailable,
              payment_not_started,
              registration_not_started,
            },
            401,
          ),
        },
      },
      handler: async (request, reply) => {
        const { provider, device = 'pc' } = request.body
        const result = await beginRegistration(deps, {
          customerId: actorOf(request).userId,
          provider,
          device,
          idempotencyKey: request.headers['idempotency-key'],
        })
        if ('kind' in result) return reply.refuse(result)
        return reply
          .code(201)
          .header('location', `/api/payment-methods/registrations/${result.id}`)
          .send(registrationView(result))
      },
    })

    app.route({
      method: 'GET',
      url: '/api/payment-methods/registrations/:id',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'getPaymentMethodRegistration',
        tags,
        summary: 'How far the registration of a payment method of one’s own is',
        params: Type.Object({ id: Uuid }),
        response: { 200: RegistrationView, ...refusalsOf<typeof owned>({ not_found }, 401) },
      },
      handler: async (request, reply) => {
        const registration = await readRegistration(deps.db, request.params.id)
        const found = owned(
          actorOf(request),
          registration && { registration, ownerId: registration.owner_id },
        )
        return 'kind' in found ? reply.refuse(found) : registrationView(found.registration)
      },
    })

    app.route({
      method: 'GET',
      url: '/api/payment-methods/return/:id/:returnKey/:target',
      config: { audience: 'visitor', lane: 'money', problemPage: returnProblemPage },
      schema: {
        operationId: 'returnFromRegistration',
        tags,
        ...returnSchema('registration', RegistrationView),
      },
      handler: async (request, reply) => {
        const { id, returnKey, target } = request.params
        const returned = { id, returnKey, target, query: request.query }
        const isBrowser = asksForPage(request, reply)
        if (isBrowser && target === 'success') {
          const seen = await readRegistration(deps.db, id)
          const isWaiting = seen?.return_key === returnKey && seen.state === 'awaiting_customer'
          const other = await turnAwayStrangers(deps, request, isWaiting ? seen : undefined)
          if (other?.kind === 'refused') return reply.refuse(other)
          if (other) return reply.redirect(other.address, 303)
        }
        const registration = await returnedFromRegistration(deps, returned)
        if (!registration) return reply.refuse(refused('not_found'))
        if (isBrowser)
          return deps.resultPages
            ? reply.redirect(deps.resultPages.registration(request, { id, returnKey }), 303)
            : reply.send(
                plainResult(request, reply, {
                  of: 'registration',
                  state: registrationView(registration).state,
                }),
              )
        return reply.send(registrationView(registration))
      },
    })
  }
}
