import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid, Words } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import type { PaymentsDeps } from '../deps.ts'
import { paymentProblems } from '../problems.ts'
import { giveUpReceipt, sendReceiptAgain } from '../recovery/decide-cash-receipt.ts'
import { decideRefund, lookUpRefundNow } from '../recovery/decide-refund.ts'
import { decideUnknown, lookUpAttemptNow } from '../recovery/decide-unknown.ts'
import { namePayment } from '../recovery/name-payment.ts'
import { ATTEMPT_STATES } from '../rules/attempt.ts'
import {
  historyOf,
  ledgerBalances,
  listPayments,
  type PaymentDetail,
  paymentDetail,
} from '../store/queries.ts'
import type { ReceiptRow } from '../store/receipt-store.ts'
import { HISTORY_STEPS } from '../store/tables.ts'
import { OperatorPaymentView, OperatorRefundView, operatorRefundView, operatorView } from './operator-view.ts'
import { ReceiptWishBody } from './receipt-view.ts'

const { decision_too_early, lookup_failed, payment_not_refundable, payment_settled, provider_ref_mismatch } =
  paymentProblems

const { invalid_request, not_found } = platformProblems
const {
  cash_receipt_not_refused,
  cash_receipt_number_fixed,
  provider_contradicts,
  provider_ref_required,
  refund_settled,
  second_person_required,
} = paymentProblems

const OPERATORS = ['merchant', 'admin'] as const
const Evidence = Type.String({ ...Words(2_000, 'What was seen, for the books'), minLength: 5 })
const ProviderId = Words(200)

/** The operators' side: unknown payments with their evidence, and the ledger. */
export function operatorPaymentRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/payments',
      config: { audience: OPERATORS, personal: true },
      schema: {
        operationId: 'listPayments',
        tags: ['operators'],
        summary: 'Payments, newest first, by state',
        querystring: Type.Object({
          state: Type.Optional(Type.Enum([...ATTEMPT_STATES])),
          needsReview: Type.Optional(Type.Boolean()),
          orderId: Type.Optional(Uuid),
          after: Type.Optional(
            Type.String({ format: 'uuid', description: 'Id of the last payment of the page before' }),
          ),
          size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        }),
        response: {
          200: Type.Object({
            data: Type.Array(OperatorPaymentView),
            page: Type.Object({ size: Type.Integer(), next: orNull(Type.String()) }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const { size = 20, ...filter } = request.query
        const rows = await listPayments(deps.db, { ...filter, limit: size })
        const last = rows.length === size ? rows.at(-1)?.attempt.id : undefined
        return { data: rows.map(operatorView), page: { size, next: last ?? null } }
      },
    })

    app.route({
      method: 'GET',
      url: '/api/admin/payments/:id',
      config: { audience: OPERATORS, personal: true },
      schema: {
        operationId: 'inspectPayment',
        tags: ['operators'],
        summary: 'One payment with everything that is known about it',
        params: Type.Object({ id: Uuid }),
        response: {
          200: Type.Object({
            payment: OperatorPaymentView,
            history: Type.Array(
              Type.Object({ at: Type.String(), step: Type.Enum([...HISTORY_STEPS]), note: Type.Unknown() }),
            ),
          }),
          ...problems(401, 403, 404),
        },
      },
      handler: async (request, reply) => {
        const found = await paymentDetail(deps.db, request.params.id)
        if (!found) return reply.refuse(refused('not_found'))
        const history = await historyOf(deps.db, request.params.id)
        return {
          payment: operatorView(found),
          history: history.map(({ at, step, note }) => ({ at: at.toString(), step, note })),
        }
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/payments/:id/lookup',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'lookUpPayment',
        tags: ['operators'],
        summary: 'Ask the provider about an unknown payment now',
        params: Type.Object({ id: Uuid }),
        response: {
          200: OperatorPaymentView,
          ...refusalsOf<typeof lookUpAttemptNow>({ not_found }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const found = await detailAfter(deps, await lookUpAttemptNow(deps, request.params.id))
        return 'kind' in found ? reply.refuse(found) : operatorView(found)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/payments/:id/decision',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'decidePayment',
        tags: ['operators'],
        summary: "Settle an unknown payment from evidence in the provider's own console",
        params: Type.Object({ id: Uuid }),
        body: Strict({
          outcome: Type.Enum(['charged', 'not_charged']),
          evidence: Evidence,
          providerRef: Type.Optional(ProviderId),
        }),
        response: {
          200: OperatorPaymentView,
          ...refusalsOf<typeof decideUnknown>(
            {
              not_found,
              payment_settled,
              provider_ref_required,
              provider_ref_mismatch,
              decision_too_early,
              provider_contradicts,
              second_person_required,
            },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const decision = { ...request.body, attemptId: id, operatorId: actorOf(request).userId }
        const found = await detailAfter(deps, await decideUnknown(deps, decision))
        return 'kind' in found ? reply.refuse(found) : operatorView(found)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/payments/:id/provider-ref',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'namePayment',
        tags: ['operators'],
        summary:
          "Give the provider's id of a charge that is known only from evidence, so that it can be refunded",
        params: Type.Object({ id: Uuid }),
        body: Strict({ providerRef: ProviderId, evidence: Evidence }),
        response: {
          200: OperatorPaymentView,
          ...refusalsOf<typeof namePayment>(
            { not_found, payment_not_refundable, provider_ref_mismatch, lookup_failed },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const naming = {
          ...request.body,
          paymentId: request.params.id,
          operatorId: actorOf(request).userId,
        }
        const found = await detailAfter(deps, await namePayment(deps, naming))
        return 'kind' in found ? reply.refuse(found) : operatorView(found)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/payments/:id/cash-receipt/again',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'sendCashReceiptAgain',
        tags: ['operators'],
        summary: 'Let a cash receipt go on that waits for a person, on wish to a corrected number',
        params: Type.Object({ id: Uuid }),
        body: Strict({ reason: Evidence, cashReceipt: Type.Optional(ReceiptWishBody) }),
        response: {
          200: OperatorPaymentView,
          ...refusalsOf<typeof sendReceiptAgain>(
            { not_found, cash_receipt_not_refused, cash_receipt_number_fixed, invalid_request },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const decision = {
          ...request.body,
          paymentId: request.params.id,
          operatorId: actorOf(request).userId,
        }
        const found = await detailAfter(deps, ofPayment(await sendReceiptAgain(deps, decision)))
        return 'kind' in found ? reply.refuse(found) : operatorView(found)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/payments/:id/cash-receipt/give-up',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'giveUpCashReceipt',
        tags: ['operators'],
        summary: 'End a cash receipt that waits for a person: the shop sends no more of it',
        params: Type.Object({ id: Uuid }),
        body: Strict({ reason: Evidence }),
        response: {
          200: OperatorPaymentView,
          ...refusalsOf<typeof giveUpReceipt>({ not_found, cash_receipt_not_refused }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const decision = {
          ...request.body,
          paymentId: request.params.id,
          operatorId: actorOf(request).userId,
        }
        const found = await detailAfter(deps, ofPayment(await giveUpReceipt(deps, decision)))
        return 'kind' in found ? reply.refuse(found) : operatorView(found)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/refunds/:id/lookup',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'lookUpRefund',
        tags: ['operators'],
        summary: 'Ask the provider about an unknown refund now',
        params: Type.Object({ id: Uuid }),
        response: { 200: OperatorRefundView, ...refusalsOf<typeof lookUpRefundNow>({ not_found }, 401, 403) },
      },
      handler: async (request, reply) => {
        const result = await lookUpRefundNow(deps, request.params.id)
        return 'kind' in result ? reply.refuse(result) : operatorRefundView(result)
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/refunds/:id/decision',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'decideRefund',
        tags: ['operators'],
        summary: "Settle an unknown refund from evidence in the provider's own console",
        params: Type.Object({ id: Uuid }),
        body: Strict({
          outcome: Type.Enum(['given', 'not_given']),
          evidence: Evidence,
          providerRefundId: Type.Optional(ProviderId),
        }),
        response: {
          200: OperatorRefundView,
          ...refusalsOf<typeof decideRefund>(
            {
              not_found,
              refund_settled,
              provider_ref_required,
              provider_contradicts,
              second_person_required,
            },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const decision = { ...request.body, refundId: id, operatorId: actorOf(request).userId }
        const result = await decideRefund(deps, decision)
        return 'kind' in result ? reply.refuse(result) : operatorRefundView(result)
      },
    })

    app.route({
      method: 'GET',
      url: '/api/admin/ledger',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'getLedgerBalances',
        tags: ['operators'],
        summary: 'Balance of every ledger account in won; debits positive, the sum is zero',
        response: {
          200: Type.Object({
            data: Type.Array(Type.Object({ account: Type.String(), balance: Type.Integer() })),
          }),
          ...problems(401, 403),
        },
      },
      handler: async () => ({ data: await ledgerBalances(deps.db) }),
    })
  }
}

const ofPayment = <No extends Refused>(result: ReceiptRow | No): { id: string } | No =>
  'kind' in result ? result : { id: result.attempt_id }

async function detailAfter<Code extends string>(
  deps: PaymentsDeps,
  result: { id: string } | Refused<Code>,
): Promise<PaymentDetail | Refused<Code | 'not_found'>> {
  if ('kind' in result) return result
  return (await paymentDetail(deps.db, result.id)) ?? refused('not_found')
}
