import Type, { type Static } from 'typebox'
import { Instant, orNull } from '../../../platform/http/schemas.ts'
import type { Progress } from '../run/progress.ts'
import { DECLINE_REASONS, RUN_STATES, type Run, STEP_NAMES, STOP_REASONS } from '../run/run.ts'
import type { Step } from '../run/run-store.ts'

const Count = Type.Integer({ minimum: 0 })
const amounts = { count: Count, amount: Type.Integer({ minimum: 0, description: 'Won' }) }
const TallyView = Type.Object(amounts)
const ByReason = Type.Record(Type.String(), Count)

const DeclinedFor = Type.Object({
  class: Type.Enum([...DECLINE_REASONS]),
  code: orNull(Type.String({ description: 'The provider’s own code' })),
  ...amounts,
})
const RefusedFor = Type.Object({
  class: Type.Enum(['retryable', 'final', 'token_dead']),
  code: Type.String({ description: 'The provider’s own code' }),
  ...amounts,
  paidAfterAll: Type.Integer({ minimum: 0, description: 'How many of these cycles were paid afterwards' }),
})

const ReportView = Type.Object({
  due: Count,
  handled: TallyView,
  charged: TallyView,
  declined: Type.Object({
    retry: TallyView,
    newMethod: TallyView,
    byReason: Type.Array(DeclinedFor, { description: 'The same cycles, by the last refusal' }),
  }),
  refusals: Type.Array(RefusedFor, {
    description: 'Every attempt the bank refused; a cycle refused twice counts twice',
  }),
  frozen: Type.Object({ unknownOutcome: TallyView, invalidRequest: TallyView }),
  inFlight: TallyView,
  postponed: TallyView,
  methodBusy: TallyView,
  skipped: ByReason,
  failed: Type.Record(Type.String(), TallyView),
  left: Count,
  waiting: Count,
  errors: Count,
})

const Sometimes = Type.Optional(Count)

/** What a run would do. */
export const PlanView = Type.Object({
  date: Type.String({ format: 'date', description: 'Business date in Seoul' }),
  due: Type.Integer({ minimum: 0, description: 'Subscriptions with something due' }),
  toCharge: TallyView,
  withoutMethod: Type.Integer({
    minimum: 0,
    description: 'Not charged: their customers are asked for a payment method',
  }),
  toSkip: Type.Object(
    {
      customer: Sometimes,
      paused: Sometimes,
      missed: Sometimes,
      not_sold: Sometimes,
      out_of_stock: Sometimes,
    },
    { description: 'Deliveries that are left out, by reason' },
  ),
  toEnd: Type.Object(
    { account_withdrawn: Sometimes, item_discontinued: Sometimes },
    { description: 'Subscriptions that end, by reason' },
  ),
  toPutOff: Type.Integer({ minimum: 0, description: 'Told too late: put off, and told now' }),
  waiting: Type.Integer({
    minimum: 0,
    description: 'Charged today already, told of for a later day, or behind a charge that is not settled',
  }),
  followUps: Type.Integer({ minimum: 0, description: 'Tries, deadlines and ends of pauses due now' }),
})

export const RunView = Type.Object({
  id: Type.String({ format: 'uuid' }),
  date: Type.String({ format: 'date', description: 'Business date in Seoul' }),
  kind: Type.Enum(['scheduled', 'manual']),
  state: Type.Enum([...RUN_STATES]),
  stopReason: orNull(Type.Enum([...STOP_REASONS])),
  starts: Type.Integer({ minimum: 1 }),
  startedAt: Instant(),
  finishedAt: orNull(Instant()),
  planned: orNull(Count),
  report: orNull(ReportView),
})

/** A run as operators see it. */
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
      name: Type.Enum([...STEP_NAMES]),
      state: Type.Enum(['running', 'done']),
      startedAt: Instant(),
      finishedAt: orNull(Instant()),
    }),
  ),
  workers: Count,
  counts: ByReason,
  errors: Type.Array(
    Type.Object({ subscriptionId: Type.String({ format: 'uuid' }), detail: Type.String(), at: Instant() }),
  ),
})

/** A step of a run as operators see it. */
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
