import Type from 'typebox'
import { type App, actorOf, problems, refusalsOf, Strict, Uuid, Words } from '../../../platform/http/app.ts'
import type { PaymentsDeps } from '../deps.ts'
import { paymentProblems } from '../problems.ts'
import { decideFinding } from '../reconciling/decide-finding.ts'
import { listsNotHad, missingTables } from '../reconciling/missing-tables.ts'
import { reconcileDayOf } from '../reconciling/reconcile-day.ts'
import { DECISIONS, type Finding, findFindings, findReconciliations } from '../store/reconciliation-store.ts'
import { CountSchema, DaySchema, DifferenceSchema, ProviderSchema } from './reconciliation-json.ts'

const { finding_settled, provider_not_offered, reconciliation_too_early, settlement_not_listed } =
  paymentProblems

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['operators']
const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const FindingSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  ...DifferenceSchema.properties,
  provider: ProviderSchema,
  day: Type.String(),
  firstSeenAt: Type.String(),
  goneAt: orNull('Since when it is not found any more'),
  decision: Type.Union([Type.Enum([...DECISIONS]), Type.Null()]),
  reason: orNull('Why it was decided so'),
})

function findingView(finding: Finding) {
  const { id, provider, day, kind, movement, key, here, there, decision, reason } = finding
  return {
    id,
    provider,
    day,
    kind,
    movement,
    key,
    providerRef: finding.provider_ref,
    merchantRef: finding.merchant_ref,
    paymentId: finding.attempt_id,
    here,
    there,
    firstSeenAt: finding.first_seen_at.toString(),
    goneAt: finding.gone_at?.toString() ?? null,
    decision,
    reason,
  }
}

const ComparedSchema = Type.Object({
  provider: ProviderSchema,
  day: Type.String(),
  matched: CountSchema,
  late: Type.Integer({ description: 'Here and there, but on different days' }),
  listedTotal: Type.Integer({ description: 'Charges less refunds by the provider’s list, in won' }),
  open: Type.Integer({ description: 'Differences nobody has decided' }),
  reconciledAt: Type.String(),
})

const NotHadSchema = Type.Object({
  provider: ProviderSchema,
  day: Type.String(),
  why: Type.Union([Type.Enum(['no_answer', 'not_allowed', 'unreadable']), Type.Null()], {
    description:
      'What came of the last try: no answer, our key refused, or an answer that is no list; null: nobody has tried',
  }),
  tries: CountSchema,
  lastTriedAt: orNull('When it was tried last'),
})

/** Our books against the providers' lists, day by day. */
export function reconciliationRoutes(deps: PaymentsDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/reconciliations',
      config,
      schema: {
        operationId: 'listReconciliations',
        tags,
        summary: 'Days held against the providers’ lists, the latest first',
        querystring: Strict({ size: Type.Integer({ minimum: 1, maximum: 100, default: 31 }) }),
        response: {
          200: Type.Object({
            data: Type.Array(ComparedSchema),
            missing: Type.Array(Type.Object({ provider: ProviderSchema, day: Type.String() }), {
              description:
                'Days whose table of the provider should have been brought by now, the first one first',
            }),
            notHad: Type.Array(NotHadSchema, {
              description: 'Days whose list of the provider was not to be had in time, the first one first',
            }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const [days, missing, notHad] = await Promise.all([
          findReconciliations(deps.db, request.query.size),
          missingTables(deps),
          listsNotHad(deps),
        ])
        return {
          data: days.map((day) => ({ ...day, reconciledAt: day.reconciledAt.toString() })),
          missing,
          notHad: notHad.map(({ provider, day, inVain }) => ({
            provider,
            day,
            why: inVain?.why ?? null,
            tries: inVain?.tries ?? 0,
            lastTriedAt: inVain?.lastAt.toString() ?? null,
          })),
        }
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/reconciliations',
      config,
      schema: {
        operationId: 'reconcile',
        tags,
        summary:
          'Hold our books of a day against a provider’s list now; doing it again keeps what is so then',
        body: Strict({ provider: ProviderSchema, day: DaySchema }),
        response: {
          200: Type.Object({ matched: CountSchema, late: CountSchema, differences: CountSchema }),
          ...refusalsOf<typeof reconcileDayOf>(
            { provider_not_offered, reconciliation_too_early, settlement_not_listed },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const { provider, day } = request.body
        const result = await reconcileDayOf(deps, { provider, day: Temporal.PlainDate.from(day) })
        if (result.kind === 'refused') return reply.refuse(result)
        const { matched, late, differences } = result
        return { matched, late, differences: differences.length }
      },
    })

    app.route({
      method: 'GET',
      url: '/api/admin/reconciliation-findings',
      config,
      schema: {
        operationId: 'listReconciliationFindings',
        tags,
        summary: 'Differences between our books and the providers’, the latest day first',
        querystring: Strict({
          open: Type.Boolean({ default: true, description: 'Only what nobody has decided' }),
          day: Type.Optional(DaySchema),
          size: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
        }),
        response: { 200: Type.Object({ data: Type.Array(FindingSchema) }), ...problems(401, 403) },
      },
      handler: async (request) => {
        const { open, day, size } = request.query
        const found = await findFindings(deps.db, {
          open,
          day: day === undefined ? undefined : Temporal.PlainDate.from(day),
          limit: size,
        })
        return { data: found.map(findingView) }
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/reconciliation-findings/:id/decision',
      config,
      schema: {
        operationId: 'decideReconciliationFinding',
        tags,
        summary: 'Say what became of a difference; it stays said',
        params: Type.Object({ id: Uuid }),
        body: Strict({ decision: Type.Enum([...DECISIONS]), reason: Words(2_000) }),
        response: {
          204: Type.Null({ description: 'Written down' }),
          ...refusalsOf<typeof decideFinding>({ finding_settled }, 401, 403, 404),
        },
      },
      handler: async (request, reply) => {
        const { decision, reason } = request.body
        const operatorId = actorOf(request).userId
        const result = await decideFinding(deps, {
          findingId: request.params.id,
          decision,
          reason,
          operatorId,
        })
        return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
      },
    })
  }
}
