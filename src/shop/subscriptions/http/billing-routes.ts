import Type from 'typebox'
import { type App, problems, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import { refused } from '../../../platform/refusal.ts'
import { billingProblems } from '../billing-problems.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { dryRun } from '../run/dry-run.ts'
import { replayCycle } from '../run/replay.ts'
import { errorsOf, reportOf } from '../run/run-report.ts'
import { listRuns, readRun, stepsOf } from '../run/run-store.ts'
import { startOrJoinRun } from '../run/start-run.ts'
import { turnRun } from '../run/turn-run.ts'
import { workOf } from '../run/workers.ts'
import { PlanView, RunDetail, RunView, runView, stepView } from './billing-view.ts'
import { progressRoute } from './progress-route.ts'

const { billing_run_ended } = billingProblems

const { billing_date_in_future, cycle_busy, cycle_frozen, cycle_needs_method, cycle_not_open } =
  billingProblems
const { not_found } = platformProblems

/** Of this century: others are slips of the keyboard, and some no database can store. */
const Day = (description: string) => Type.String({ format: 'date', pattern: '^20', description })
const Params = Type.Object({ id: Uuid })
const OPERATORS = ['merchant', 'admin'] as const
const SHOWN_ERRORS = 50
const PROGRESS_EVERY_MS = 1_000

/** The operators' side of billing: runs with live progress, and a single cycle tried again. */
export function billingRoutes(
  deps: BillingDeps,
  { progressEveryMs = PROGRESS_EVERY_MS } = {},
): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/billing-runs',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'listBillingRuns',
        tags: ['operators'],
        summary: 'Billing runs, latest date first',
        querystring: Strict({
          before: Type.Optional(Day('Only runs of earlier dates')),
          size: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        }),
        response: {
          200: Type.Object({
            data: Type.Array(RunView),
            page: Type.Object({ size: Type.Integer(), next: orNull(Type.String()) }),
          }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const { size = 20, before } = request.query
        const date = before === undefined ? undefined : Temporal.PlainDate.from(before)
        const runs = await listRuns(deps.db, { before: date, limit: size })
        const next = runs.length === size ? runs.at(-1)?.date.toString() : undefined
        return { data: runs.map(runView), page: { size, next: next ?? null } }
      },
    })

    app.route({
      method: 'GET',
      url: '/api/admin/billing-runs/:id',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'getBillingRun',
        tags: ['operators'],
        summary: 'One billing run: its steps, its report, and what its cycles have come to by now',
        params: Params,
        response: { 200: RunDetail, ...problems(401, 403, 404) },
      },
      handler: async (request, reply) => {
        const run = await readRun(deps.db, request.params.id)
        if (!run) return reply.refuse(refused('not_found'))
        const { workers, counts } = await workOf(deps.db, run.id)
        const errors = await errorsOf(deps.db, run.id, SHOWN_ERRORS)
        return {
          run: runView(run),
          now: await reportOf(deps.db, run),
          steps: (await stepsOf(deps.db, run.id)).map(stepView),
          workers,
          counts,
          errors: errors.map((error) => ({ ...error, at: error.at.toString() })),
        }
      },
    })

    app.route({
      method: 'GET',
      url: '/api/admin/billing-plan',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'planBillingRun',
        tags: ['operators'],
        summary: 'What a billing run of a date would do; nothing is written',
        querystring: Strict({ date: Type.Optional(Day('Default: today in Seoul')) }),
        response: { 200: PlanView, ...problems(401, 403) },
      },
      handler: (request) => {
        const { date } = request.query
        return dryRun(deps, date === undefined ? deps.clock.today() : Temporal.PlainDate.from(date))
      },
    })

    app.route({
      method: 'POST',
      url: '/api/admin/billing-runs',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'startBillingRun',
        tags: ['operators'],
        summary:
          'Start the billing run of a date, or join or take up the one there is; a worker goes on with it',
        body: Strict({
          date: Type.Optional(Day('Default: today in Seoul')),
        }),
        response: {
          202: RunView,
          ...refusalsOf<typeof startOrJoinRun>({ billing_date_in_future }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const { date } = request.body
        const day = date === undefined ? deps.clock.today() : Temporal.PlainDate.from(date)
        const result = await startOrJoinRun(deps, { date: day, kind: 'manual' })
        return result.kind === 'refused' ? reply.refuse(result) : reply.status(202).send(runView(result.run))
      },
    })

    for (const [verb, from, to] of [
      ['pause', 'running', 'paused'],
      ['resume', 'paused', 'running'],
    ] as const) {
      app.route({
        method: 'POST',
        url: `/api/admin/billing-runs/:id/${verb}`,
        config: { audience: OPERATORS },
        schema: {
          operationId: `${verb}BillingRun`,
          tags: ['operators'],
          summary:
            verb === 'pause'
              ? 'Begin nothing more; charges on their way are finished'
              : 'Go on with a paused run; a worker takes it up',
          params: Params,
          response: {
            200: RunView,
            ...refusalsOf<typeof turnRun>({ not_found, billing_run_ended }, 401, 403),
          },
        },
        handler: async (request, reply) => {
          const turned = await turnRun(deps, { runId: request.params.id, from, to })
          return turned.kind === 'refused' ? reply.refuse(turned) : runView(turned.run)
        },
      })
    }

    app.route({
      method: 'POST',
      url: '/api/admin/billing-cycles/:subscriptionId/:cycleNo/replay',
      config: { audience: OPERATORS },
      schema: {
        operationId: 'replayBillingCycle',
        tags: ['operators'],
        summary: 'Try one open cycle now, without waiting for its hour',
        params: Type.Object({ subscriptionId: Uuid, cycleNo: Type.Integer({ minimum: 1 }) }),
        response: {
          200: Type.Object({
            outcome: Type.String({ description: 'The answer of the bank, or what was decided' }),
          }),
          ...refusalsOf<typeof replayCycle>(
            { not_found, cycle_not_open, cycle_frozen, cycle_needs_method, cycle_busy },
            401,
            403,
          ),
        },
      },
      handler: async (request, reply) => {
        const result = await replayCycle(deps, request.params)
        return result.kind === 'refused' ? reply.refuse(result) : { outcome: result.outcome }
      },
    })

    progressRoute(deps, app, OPERATORS, progressEveryMs)
  }
}
