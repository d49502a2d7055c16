import Type from 'typebox'
import { type App, problems } from '../http/app.ts'
import { languageOf } from '../http/problem.ts'
import { Instant, orNull } from '../http/schemas.ts'
import type { Schedule } from '../jobs/commands.ts'
import type { Module } from '../module.ts'
import type { Logger } from '../telemetry/log.ts'
import { BUSINESS_TIME_ZONE, type Clock } from '../time/clock.ts'
import { keptFrom, type RetentionRule } from './rule.ts'
import { countDue, lastRuns, type RetentionDeps, runRetention } from './run-retention.ts'

/** When old records are cleared, in Seoul: after the nightly charges, before people come. */
const NIGHTLY = { hour: 4, minute: 30 } as const

/** The nightly clearing of one service's records. */
export function retentionSchedule(
  service: string,
  deps: RetentionDeps & { log: Logger },
  rules: readonly RetentionRule[],
): Schedule {
  return {
    name: `${service}.retention`,
    cron: `${NIGHTLY.minute} ${NIGHTLY.hour} * * *`,
    run: async () => {
      const cleared = await runRetention(deps, rules)
      deps.log.info({ service, cleared }, 'records over their term were cleared')
    },
  }
}

/** Rules with the database of the service whose records they are about. */
export interface Kept {
  deps: RetentionDeps
  rules: readonly RetentionRule[]
}

const Kind = Type.Object({
  kind: Type.String({ description: '`context.records`' }),
  term: Type.String({ description: 'How long records are kept after their end, ISO 8601, e.g. P5Y' }),
  basis: Type.String({ description: 'Law, or promise of our own' }),
  removes: Type.String({ description: 'What is deleted or emptied then' }),
  keeps: Type.String({ description: 'What stays' }),
  endedBefore: Instant('What ended before is cleared by a run today'),
  lastRun: orNull(
    Type.Object({
      startedAt: Instant('When it began'),
      finishedAt: orNull(Instant('Null while it is under way, or was broken off')),
      removed: Type.Integer({ minimum: 0 }),
    }),
  ),
})

const Counted = Type.Object({
  kind: Type.String(),
  count: Type.Integer({ minimum: 0 }),
  more: Type.Boolean({ description: 'There are more than were counted' }),
})

/** What operators see of the terms records are kept for. */
export function retentionModule(clock: Clock, kept: readonly Kept[]): Module {
  return {
    name: 'retention',
    routes: (app: App) => {
      app.route({
        method: 'GET',
        url: '/api/admin/retention',
        config: { audience: ['admin'] },
        schema: {
          operationId: 'getRetention',
          tags: ['operators'],
          summary: 'For how long records are kept, what was cleared last, and when it is done next',
          response: {
            200: Type.Object({ data: Type.Array(Kind), nextRunAt: Instant('The next nightly run') }),
            ...problems(401, 403),
          },
        },
        handler: async (request) => {
          const language = languageOf(request)
          const shown = await Promise.all(
            kept.map(async ({ deps, rules }) => {
              const runs = await lastRuns(deps.db)
              return rules.map(({ kind, term, basis, removes, keeps }) => {
                const run = runs.get(kind)
                return {
                  kind,
                  term: term.toString(),
                  basis: basis[language],
                  removes: removes[language],
                  keeps: keeps[language],
                  endedBefore: keptFrom(term, deps.clock.today()).toString(),
                  lastRun: run
                    ? {
                        startedAt: run.startedAt.toString(),
                        finishedAt: run.finishedAt?.toString() ?? null,
                        removed: run.removed,
                      }
                    : null,
                }
              })
            }),
          )
          return { data: shown.flat(), nextRunAt: nextRun(clock.now()).toString() }
        },
      })
      app.route({
        method: 'GET',
        url: '/api/admin/retention/due',
        config: { audience: ['admin'] },
        schema: {
          operationId: 'countDueRecords',
          tags: ['operators'],
          summary: 'How many records a run would clear now; changes nothing',
          response: { 200: Type.Object({ data: Type.Array(Counted) }), ...problems(401, 403) },
        },
        handler: async () => {
          const counts = await Promise.all(kept.map(({ deps, rules }) => countDue(deps, rules)))
          return { data: counts.flat() }
        },
      })
    },
  }
}

function nextRun(now: Temporal.Instant): Temporal.Instant {
  const here = now.toZonedDateTimeISO(BUSINESS_TIME_ZONE)
  const today = here.toPlainDate().toZonedDateTime({ timeZone: BUSINESS_TIME_ZONE, plainTime: NIGHTLY })
  const isOver = Temporal.ZonedDateTime.compare(today, here) <= 0
  return (isOver ? today.add({ days: 1 }) : today).toInstant()
}
