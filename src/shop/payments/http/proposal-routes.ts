import Type, { type Static } from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import type { PaymentsDeps } from '../deps.ts'
import { confirmProposal, rejectProposal } from '../flows/settle-proposal.ts'
import { payableProblems, paymentProblems } from '../problems.ts'
import { handedBack } from '../store/deed-store.ts'
import { openProposals, type ProposalRow } from '../store/proposal-store.ts'

const { idempotency_key_reused, not_found, request_in_progress } = platformProblems
const {
  decision_too_early,
  payment_not_refundable,
  payment_settled,
  proposal_ended,
  proposal_outdated,
  provider_contradicts,
  provider_ref_mismatch,
  provider_ref_required,
  refund_beyond_one_person,
  refund_exceeds_payment,
  refund_in_progress,
  refund_settled,
  second_person_is_customer,
  second_person_is_first,
  second_person_required,
} = paymentProblems
const { order_not_refundable } = payableProblems

const config = { audience: ['merchant', 'admin'] as const }
const Instant = Type.String({ format: 'date-time' })
const orNull = Type.Union([Type.String(), Type.Null()])

const ProposalView = Type.Object(
  {
    id: Type.String(),
    kind: Type.Enum(['decide_payment', 'decide_refund', 'refund']),
    subjectId: Type.String({ description: 'The payment, or the refund for `decide_refund`' }),
    amount: Type.Integer(),
    terms: Type.Unknown({ description: 'What is to be done' }),
    providerSaid: Type.Union([Type.Enum(['yes', 'no', 'silent']), Type.Null()], {
      description: 'When it was proposed',
    }),
    proposedBy: Type.String(),
    proposedAt: Instant,
    expiresAt: Instant,
    state: Type.Enum(['open', 'confirmed', 'rejected', 'expired']),
    endedBy: orNull,
    handedBack: Type.Union([Type.String(), Type.Null()], {
      description:
        'Why it was not done although it was confirmed: the code of a refusal, `failed`, or `not_recorded` (an earlier version did not write down what became of it). Whoever confirmed it was not told, because a server was stopped in between; it is proposed anew, or rejected as not wanted any more',
    }),
  },
  { $id: 'Proposal' },
)

function proposalView(row: ProposalRow, handedBack: string | null = null): Static<typeof ProposalView> {
  const { provider_said: said } = row
  return {
    id: row.id,
    kind: row.kind,
    subjectId: row.subject_id,
    amount: row.amount,
    terms: row.terms,
    providerSaid: said === 'yes' || said === 'no' || said === 'silent' ? said : null,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toString(),
    expiresAt: row.expires_at.toString(),
    state: row.state,
    endedBy: row.ended_by,
    handedBack,
  }
}

/** What waits for a second person. */
export function proposalRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/proposals',
      config,
      schema: {
        operationId: 'listProposals',
        tags: ['operators'],
        summary: 'Decisions about money that wait for a second person, oldest first',
        description:
          'Behind them, as many at most again, those of the last 30 days that were confirmed and could not be done afterwards (`handedBack`), until the same is proposed anew or they are rejected.',
        querystring: Strict({ size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })) }),
        response: { 200: Type.Object({ data: Type.Array(ProposalView) }), ...problems(401, 403) },
      },
      handler: async (request) => {
        const size = request.query.size ?? 50
        const open = await openProposals(deps.db, deps.clock.now(), size)
        const returned = await handedBack(deps.db, deps.clock.now(), size)
        return {
          data: [
            ...open.map((row) => proposalView(row)),
            ...returned.map((row) => proposalView(row, row.outcome)),
          ],
        }
      },
    })
    const ends = [
      {
        verb: 'confirm',
        summary: 'Confirm what another operator proposed; it is done',
        act: confirmProposal,
      },
      {
        verb: 'reject',
        summary: 'Say no to a proposal, or that one handed back is not wanted any more',
        act: rejectProposal,
      },
    ] as const
    for (const { verb, summary, act } of ends) {
      app.route({
        method: 'POST',
        url: `/api/admin/proposals/:id/${verb}`,
        config,
        schema: {
          operationId: `${verb}Proposal`,
          tags: ['operators'],
          summary,
          params: Type.Object({ id: Uuid }),
          response: {
            200: ProposalView,
            ...refusalsOf<typeof act>(
              {
                not_found,
                refund_settled,
                provider_ref_required,
                provider_contradicts,
                second_person_required,
                provider_ref_mismatch,
                payment_settled,
                decision_too_early,
                payment_not_refundable,
                refund_in_progress,
                refund_exceeds_payment,
                proposal_outdated,
                refund_beyond_one_person,
                order_not_refundable,
                idempotency_key_reused,
                request_in_progress,
                second_person_is_first,
                second_person_is_customer,
                proposal_ended,
              },
              401,
              403,
            ),
          },
        },
        handler: async (request, reply) => {
          const asked = { proposalId: request.params.id, operatorId: actorOf(request).userId }
          const result = await act(deps, asked)
          return result.kind === 'refused' ? reply.refuse(result) : proposalView(result.proposal)
        },
      })
    }
  }
}
