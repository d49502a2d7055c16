import { newId } from '../../../platform/ids.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { createLanes } from './pool.ts'
import type { Run, StopReason } from './run.ts'
import { findRun, openRun, readRun } from './run-store.ts'
import { workOnRun } from './run-worker.ts'
import { runsToJoin, thisProcess } from './workers.ts'

/** The hour of the daily run in Seoul; the schedule below says the same. */
export const RUN_HOUR = 2
export const RUN_CRON = '0 2 * * *'

/** How many charges a sweep has on their way at once: few come due at the same minute. */
const SWEEP_CONCURRENCY = 20

/**
 * What comes due between two runs, at its hour: tries after a refusal, deadlines for a new method, ends of pauses, and
 * charges a dead process left behind. Opens no new cycle; that is the run's. Waits for no provider: what is due to one
 * whose breaker is open is left for the next sweep.
 */
export async function sweepFollowUps(deps: BillingDeps, signal?: AbortSignal): Promise<void> {
  const lanes = createLanes(deps, {
    workerId: newId(),
    runId: null,
    concurrency: Math.min(SWEEP_CONCURRENCY, deps.billing.concurrency, deps.billing.mostConcurrency),
  })
  await lanes.drain({ kind: 'follow_up', now: deps.clock.now() }, async () =>
    signal?.aborted === true ? 'interrupted' : null,
  )
}

/** So long a run that stopped before its end is left alone, for a provider or a server to come back. */
const TAKE_UP_AFTER = { minutes: 10 } as const
/** Ends that leave something due which only needs another try. A paused run waits for its operator. */
const UNFINISHED: readonly (StopReason | null)[] = [
  'interrupted',
  'provider_unavailable',
  'some_left',
  'some_in_flight',
]

/**
 * Goes on with runs that nobody works on (their workers died, or an operator started or resumed them), helps with the
 * scheduled one that other servers work on, and begins today's when its hour has passed and there is none: a server that was down at the hour bills when it is back.
 */
export async function sweepRuns(
  deps: BillingDeps,
  signal?: AbortSignal,
  me: string = thisProcess(),
): Promise<void> {
  await beginMissedRun(deps)
  for (const id of await runsToJoin(deps.db, me)) {
    if (signal?.aborted === true) return
    const run = await readRun(deps.db, id)
    if (run) await workOnRun(deps, run, { signal, process: me })
  }
}

async function beginMissedRun(deps: BillingDeps): Promise<void> {
  const now = deps.clock.now()
  const today = deps.clock.today()
  const hour = now.toZonedDateTimeISO(deps.settings.calendar.timeZone).hour
  if (hour < RUN_HOUR) return
  const known = await findRun(deps.db, today)
  if (known && !isUnfinished(known, now)) return
  await openRun(deps.db, { date: today, kind: 'scheduled', now })
}

/** Stopped with something left, and long enough ago. */
function isUnfinished({ state, stopReason, finishedAt }: Run, now: Temporal.Instant): boolean {
  if (state !== 'stopped' || !finishedAt || !UNFINISHED.includes(stopReason)) return false
  return Temporal.Instant.compare(now, finishedAt.add(TAKE_UP_AFTER)) >= 0
}

/** The daily run, as the schedule starts it: the sweep of any server works on it. */
export async function openDailyRun(deps: Pick<BillingDeps, 'db' | 'clock'>): Promise<void> {
  await openRun(deps.db, { date: deps.clock.today(), kind: 'scheduled', now: deps.clock.now() })
}
