import type { App } from '../../../platform/http/app.ts'
import type { Schedule } from '../../../platform/jobs/commands.ts'
import type { Sweep } from '../../../platform/module.ts'
import type { ProblemCatalog, Refused } from '../../../platform/refusal.ts'
import { type DryRun, dryRun } from './dry-run.ts'
import type { BillingDeps } from './ports.ts'
import { billingProblems } from './problems.ts'
import { type Progress, progressOf } from './progress.ts'
import { reportOf } from './report.ts'
import { billingRoutes } from './routes.ts'
import type { Run, RunKind, RunReport } from './run.ts'
import { findRun, moveRun, type Opened } from './run-store.ts'
import { startOrJoinRun } from './start-run.ts'
import { openDailyRun, RUN_CRON, sweepFollowUps, sweepRuns } from './sweep.ts'
import { type WorkEnd, type WorkOptions, workOn } from './work.ts'

export type { DryRun } from './dry-run.ts'
export {
  type BillingDeps,
  type BillingSettings,
  DEFAULT_BILLING_SETTINGS,
  type TokenCharges,
} from './ports.ts'
export type { Progress } from './progress.ts'
export type { Run, RunReport, Tally } from './run.ts'
export type { WorkEnd } from './work.ts'

/** Recurring charges: the daily run, what comes due between runs, and what operators and the terminal may do. */
export interface Billing {
  routes: (app: App) => void
  problems: ProblemCatalog
  sweeps: readonly Sweep[]
  schedules: readonly Schedule[]
  start(input: { date: Temporal.PlainDate; kind: RunKind }): Promise<({ kind: 'opened' } & Opened) | Refused>
  work(run: Run, options?: WorkOptions): Promise<WorkEnd>
  dryRun(date: Temporal.PlainDate): Promise<({ kind: 'planned' } & DryRun) | Refused>
  /** The run of a date, or the latest one. */
  find(date?: Temporal.PlainDate): Promise<Run | undefined>
  progress(runId: string): Promise<Progress | undefined>
  /** What the cycles of a run have come to by now. */
  report(run: Run): Promise<RunReport>
  pause(run: Run): Promise<Run | undefined>
  resume(run: Run): Promise<Run | undefined>
  followUps(): Promise<void>
  /** Begins nothing more; what is on its way is finished. Called before the process ends. */
  stop(): void
}

export function createBilling(deps: BillingDeps): Billing {
  const stopping = new AbortController()
  return {
    routes: billingRoutes(deps),
    problems: billingProblems,
    sweeps: [
      { name: 'billing.runs', everyMs: 2_000, run: () => sweepRuns(deps, stopping.signal) },
      { name: 'billing.follow-ups', everyMs: 5_000, run: () => sweepFollowUps(deps, stopping.signal) },
    ],
    schedules: [{ name: 'billing.daily', cron: RUN_CRON, run: () => openDailyRun(deps) }],
    start: (input) => startOrJoinRun(deps, input),
    work: (run, options) => workOn(deps, run, options),
    dryRun: (date) => dryRun(deps, date),
    find: (date) => findRun(deps.db, date),
    progress: (runId) => progressOf(deps.db, runId),
    report: (run) => reportOf(deps.db, run),
    pause: (run) => moveRun(deps.db, run.id, 'running', 'paused', deps.clock.now()),
    resume: (run) => moveRun(deps.db, run.id, 'paused', 'running', deps.clock.now()),
    followUps: () => sweepFollowUps(deps),
    stop: () => stopping.abort(),
  }
}
