import type { Module } from '../../platform/module.ts'
import type { Refused } from '../../platform/refusal.ts'
import { BUSINESS_TIME_ZONE } from '../../platform/time/clock.ts'
import { billingProblems } from './billing-problems.ts'
import type { BillingDeps, BillingSettings } from './charging/ports.ts'
import { billingRoutes } from './http/billing-routes.ts'
import { countDue } from './run/claims.ts'
import { type DryRun, dryRun } from './run/dry-run.ts'
import { type Progress, progressOf } from './run/progress.ts'
import type { Run, RunKind, RunReport } from './run/run.ts'
import { reportOf } from './run/run-report.ts'
import { findRun, moveRun, type Opened } from './run/run-store.ts'
import { type WorkEnd, type WorkOptions, workOnRun } from './run/run-worker.ts'
import { startOrJoinRun } from './run/start-run.ts'
import { openDailyRun, RUN_CRON, sweepFollowUps, sweepRuns } from './run/sweep.ts'

export { type BillingDeps, type BillingSettings, DEFAULT_BILLING_SETTINGS } from './charging/ports.ts'
export type { DryRun } from './run/dry-run.ts'
export type { DeclinedFor, Run as BillingRun, RunReport as BillingReport, Tally } from './run/run.ts'

/** Recurring charges: the daily run, what comes due between runs, and what operators and the terminal may do. */
export interface Billing {
  module: Module
  settings: BillingSettings
  start(input: { date: Temporal.PlainDate; kind: RunKind }): Promise<({ kind: 'opened' } & Opened) | Refused>
  work(run: Run, options?: WorkOptions): Promise<WorkEnd>
  /** What a run of a date would do, now or on a day to come. Writes nothing. */
  dryRun(date: Temporal.PlainDate): Promise<DryRun>
  /** The run of a date, or the latest one. */
  find(date?: Temporal.PlainDate): Promise<Run | undefined>
  progress(runId: string): Promise<Progress | undefined>
  /** What the cycles of a run have come to by now. */
  report(run: Run): Promise<RunReport>
  pause(run: Run): Promise<Run | undefined>
  resume(run: Run): Promise<Run | undefined>
  followUps(): Promise<void>
}

/** Recurring payment of one process: its runs, its sweeps, and what operators ask of it. */
export function createBilling(deps: BillingDeps): Billing {
  return {
    settings: deps.billing,
    module: {
      name: 'billing',
      problems: billingProblems,
      routes: billingRoutes(deps),
      sweeps: [
        { name: 'billing.runs', everyMs: 2_000, run: (signal) => sweepRuns(deps, signal) },
        { name: 'billing.follow-ups', everyMs: 5_000, run: (signal) => sweepFollowUps(deps, signal) },
      ],
      schedules: [{ name: 'billing.daily', cron: RUN_CRON, run: () => openDailyRun(deps) }],
      metrics: (metrics) => {
        metrics.observe(
          'billing_overdue',
          'Subscriptions due before today that no run has handled',
          async () => {
            const yesterday = deps.clock.today().subtract({ days: 1 })
            return (await countDue(deps.db, { kind: 'charge', date: yesterday }, null)).due
          },
        )
        metrics.observe(
          'billing_run_date_seconds',
          'Midnight in Seoul of the latest billing run’s date, as Unix time; 0 before the first',
          async () => {
            const run = await findRun(deps.db, undefined)
            return run === undefined ? 0 : beginningOf(run.date)
          },
        )
        metrics.observe(
          'billing_run_under_way',
          '1 while the latest billing run works or is paused',
          async () => {
            const state = (await findRun(deps.db, undefined))?.state
            return state === 'running' || state === 'paused' ? 1 : 0
          },
        )
        metrics.observe(
          'billing_run_incomplete',
          '1 when the latest billing run stopped early or failed',
          async () => {
            const state = (await findRun(deps.db, undefined))?.state
            return state === 'stopped' || state === 'failed' ? 1 : 0
          },
        )
      },
    },
    start: (input) => startOrJoinRun(deps, input),
    work: (run, options) => workOnRun(deps, run, options),
    dryRun: (date) => dryRun(deps, date),
    find: (date) => findRun(deps.db, date),
    progress: (runId) => progressOf(deps.db, runId),
    report: (run) => reportOf(deps.db, run),
    pause: (run) => moveRun(deps.db, run.id, 'running', 'paused', deps.clock.now()),
    resume: (run) => moveRun(deps.db, run.id, 'paused', 'running', deps.clock.now()),
    followUps: () => sweepFollowUps(deps),
  }
}

/** Unix time in seconds at which a business date begins. */
function beginningOf(date: Temporal.PlainDate): number {
  return date.toZonedDateTime(BUSINESS_TIME_ZONE).epochMilliseconds / 1000
}
