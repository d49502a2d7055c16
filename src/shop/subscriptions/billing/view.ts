import Type, { type Static } from 'typebox'
import type { Progress } from './progress.ts'
import { RUN_STATES, type Run } from './run.ts'
import type { Step } from './run-store.ts'

const Instant = Type.String({ format: 'date-time' })
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Union([schema, Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const TallyView = Type.Object({
  count: Count,
  amount: Type.Integer({ minimum: 0, description: 'Won' }),
})
const ByReason = Type.Record(Type.String(), Count)

const ReportView = Type.Object({
  handled: TallyView,
  charged: TallyView,
  declined: Type.Object({ retry: TallyView, newMethod: TallyView }),
  frozen: Type.Object({ unknownOutcome: TallyView, invalidRequest: TallyView }),
  inFlight: TallyView,
  postponed: TallyView,
  skipped: ByReason,
  failed: Type.Record(Type.String(), TallyView),
  left: Count,
  waiting: Count,
  errors: Count,
})

export const RunView = Type.Object({
  id: Type.String({ format: 'uuid' }),
  date: Type.String({ format: 'date', description: 'Business date in Seoul' }),
  kind: Type.Enum(['scheduled', 'manual']),
  state: Type.Enum([...RUN_STATES]),
  stopReason: orNull(Type.String()),
  starts: Type.Integer({ minimum: 1 }),
  startedAt: Instant,
  finishedAt: orNull(Instant),
  planned: orNull(Count),
  report: orNull(ReportView),
})

export function runView(run: Run): Static<typeof RunView> {
  return {
    id: run.id,
    date: run.date.toString(),
    kind: run.kind,
    state: run.state,
    stopReason: run.stopReason,
    starts: run.starts,
    startedAt: run.startedAt.toString(),
    finishedAt: run.finishedAt?.toString() ?? null,
    planned: run.planned,
    report: run.report,
  }
}

export const RunDetail = Type.Object({
  run: RunView,
  /** What the run's cycles have come to by now; the run's own report is of its end. */
  now: ReportView,
  steps: Type.Array(
    Type.Object({
      name: Type.String(),
      state: Type.Enum(['running', 'done']),
      startedAt: Instant,
      finishedAt: orNull(Instant),
    }),
  ),
  workers: Count,
  counts: ByReason,
  errors: Type.Array(
    Type.Object({ subscriptionId: Type.String({ format: 'uuid' }), detail: Type.String(), at: Instant }),
  ),
})

export function stepView(step: Step): Static<typeof RunDetail>['steps'][number] {
  return {
    name: step.name,
    state: step.state,
    startedAt: step.startedAt.toString(),
    finishedAt: step.finishedAt?.toString() ?? null,
  }
}

/** One message of the live progress. */
export function progressView({ run, step, workers, counts, done }: Progress) {
  return {
    id: run.id,
    state: run.state,
    step,
    planned: run.planned,
    done,
    workers,
    counts,
    stopReason: run.stopReason,
  }
}
