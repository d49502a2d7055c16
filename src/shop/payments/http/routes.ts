import Type from 'typebox'
import { type Actor, owned } from '../../../platform/http/actor.ts'
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
import { orNull } from '../../../platform/http/schemas.ts'
import { refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { beginCheckout } from '../flows/begin-checkout.ts'
import { returnedFromCheckout } from '../flows/checkout-visit.ts'
import { refundPayment } from '../flows/refund-payment.ts'
import { payableProblems, paymentProblems } from '../problems.ts'
import { lookUpOpenAttempt } from '../recovery/look-up.ts'
import { readAttempt } from '../store/attempt-store.ts'
import { detailOf, listPayments, paymentDetail } from '../store/queries.ts'
import { readReceipt } from '../store/receipt-store.ts'
import { asksForPage, plainResult, returnProblemPage, returnSchema } from './plain-page.ts'
import { ReceiptWishBody } from './receipt-view.ts'
import { customerState, PaymentView, paymentView } from './view.ts'
import { turnAwayStrangers } from './whose-browser.ts'

const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems
const { order_already_paid, order_closed, order_not_refundable, out_of_stock, payment_in_progress } =
  payableProblems
const {
  amount_below_minimum,
  payment_not_refundable,
  payment_not_started,
  proposal_ended,
  proposal_outdated,
  provider_not_offered,
  provider_unavailable,
  refund_beyond_one_person,
  refund_exceeds_payment,
  refund_in_progress,
  registration_not_started,
  second_person_required,
} = paymentProblems

/** The customer's side of payments, and the addresses the provider sends browsers back to. */
export function paymentRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'POST',
      url: '/api/payments',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'beginPayment',
        tags: ['payments'],
        summary: "Start paying an own order: answers the provider's page to send the browser to",
        headers: IdempotencyHeaders,
        body: Strict({
          orderId: Uuid,
          provider: Type.Enum([...deps.providers.keys()]),
          device: Type.Optional(Type.Enum(['pc', 'mobile', 'app'], { default: 'pc' })),
          cashReceipt: Type.Optional(ReceiptWishBody),
        }),
        response: {
          201: PaymentView,
          ...refusalsOf<typeof beginCheckout>(
            {
              not_found,
              idempotency_key_reused,
              invalid_request,
              request_in_progress,
              out_of_stock,
              order_already_paid,
              order_closed,
              amount_below_minimum,
              payment_in_progress,
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
        const { orderId, provider, device = 'pc', cashReceipt } = request.body
        const idempotencyKey = request.headers['idempotency-key']
        const result = await beginCheckout(deps, {
          actor: actorOf(request),
          orderId,
          provider,
          device,
          idempotencyKey,
          cashReceipt,
        })
        if ('kind' in result) return reply.refuse(result)
        const receipt = await readReceipt(deps.db, result.id)
        return reply
          .code(201)
          .header('location', `/api/payments/${result.id}`)
          .send(paymentView({ attempt: result, refunds: [], receipt }))
      },
    })

    app.route({
      method: 'GET',
      url: '/api/payments',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'listOwnPayments',
        tags: ['payments'],
        summary: "One's own payments, newest first; of one order when it is named",
        querystring: Type.Object({
          orderId: Type.Optional(Uuid),
          after: Type.Optional(
            Type.String({ format: 'uuid', description: 'Id of the last payment of the page before' }),
          ),
          size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        }),
        response: {
          200: Type.Object({
            data: Type.Array(PaymentView),
            page: Type.Object({ size: Type.Integer(), next: orNull(Type.String()) }),
          }),
          ...problems(401),
        },
      },
      handler: async (request) => {
        const { size = 20, ...filter } = request.query
        const ownerId = actorOf(request).userId
        const rows = await listPayments(deps.db, { ...filter, ownerId, limit: size })
        const last = rows.length === size ? rows.at(-1)?.attempt.id : undefined
        return { data: rows.map(paymentView), page: { size, next: last ?? null } }
      },
    })

    app.route({
      method: 'GET',
      url: '/api/payments/:id',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'getPayment',
        tags: ['payments'],
        summary: 'One own payment with its refunds; an unknown outcome is looked up first when it is due',
        params: Type.Object({ id: Uuid }),
        response: { 200: PaymentView, ...refusalsOf<typeof ownPayment>({ not_found }, 401) },
      },
      handler: async (request, reply) => {
        const found = await ownPayment(deps, actorOf(request), request.params.id)
        return 'kind' in found ? reply.refuse(found) : paymentView(found)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/payments/:id/refunds',
      config: { audience: 'signed-in' },
      schema: {
        operationId: 'requestRefund',
        tags: ['payments'],
        summary: 'Ask for everything back that is still paid, before shipping',
        headers: IdempotencyHeaders,
        params: Type.Object({ id: Uuid }),
        body: Strict({ reason: Words(200) }),
        response: {
          202: PaymentView,
          ...refusalsOf<typeof refundPayment>(
            {
              payment_not_refundable,
              refund_in_progress,
              refund_exceeds_payment,
              not_found,
              proposal_ended,
              proposal_outdated,
              refund_beyond_one_person,
              order_not_refundable,
              idempotency_key_reused,
              request_in_progress,
              second_person_required,
            },
            401,
          ),
        },
      },
      handler: async (request, reply) => {
        const result = await refundPayment(deps, {
          actor: actorOf(request),
          paymentId: request.params.id,
          reason: request.body.reason,
          idempotencyKey: request.headers['idempotency-key'],
        })
        if ('kind' in result) return reply.refuse(result)
        return reply.code(202).send(paymentView(result))
      },
    })

    app.route({
      method: 'GET',
      url: '/api/payments/return/:id/:returnKey/:target',
      config: { audience: 'visitor', lane: 'money', problemPage: returnProblemPage },
      schema: {
        operationId: 'returnFromProvider',
        tags: ['payments'],
        ...returnSchema('payment', PaymentView),
      },
      handler: async (request, reply) => {
        const { id, returnKey, target } = request.params
        const returned = { id, returnKey, target, query: request.query }
        const isBrowser = asksForPage(request, reply)
        if (isBrowser && target === 'success') {
          const seen = await readAttempt(deps.db, id)
          const isWaiting = seen?.return_key === returnKey && seen.state === 'awaiting_customer'
          const bringsMethod = isWaiting && seen.mode === 'pay_and_issue_token'
          const other = await turnAwayStrangers(deps, request, bringsMethod ? seen : undefined)
          if (other?.kind === 'refused') return reply.refuse(other)
          if (other) return reply.redirect(other.address, 303)
        }
        const attempt = await returnedFromCheckout(deps, returned)
        const found = attempt && (await detailOf(deps.db, attempt))
        if (!found) return reply.refuse(refused('not_found'))
        if (isBrowser)
          return deps.resultPages
            ? reply.redirect(deps.resultPages.payment(request, { id, returnKey }), 303)
            : reply.send(plainResult(request, reply, { of: 'payment', state: customerState(found.attempt) }))
        return reply.send(paymentView(found))
      },
    })
  }
}

async function ownPayment(deps: PaymentsDeps, actor: Actor, id: string) {
  const found = owned(actor, await paymentDetail(deps.db, id))
  if ('kind' in found || found.attempt.state !== 'unknown') return found
  await lookUpOpenAttempt(deps, found.attempt.order_id)
  return owned(actor, await paymentDetail(deps.db, id))
}
