import { setTimeout as pause } from 'node:timers/promises'
import { transact } from '../../../platform/database/database.ts'
import { newId } from '../../../platform/ids.ts'
import { every } from '../../../platform/resilience/loop.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { countDue, type Due } from './claims.ts'
import { createLanes, type Lanes } from './pool.ts'
import { type Run, runEndOf, type StepName, type StopReason } from './run.ts'
import { reportOf } from './run-report.ts'
import { beginRunStep, endRun, endRunStep, lockRun, notePlanned, readRun } from './run-store.ts'
import { countOtherWorkers, endWorker, joinRun, renewWorker, thisProcess } from './workers.ts'

export interface WorkOptions {
  concurrency?: number | undefined
  /** Begins at most so many subscriptions. */
  limit?: number | undefined
  /** The process that works, as `thisProcess` names it. */
  process?: string | undefined
  /** Ends cleanly: what is on its way is finished. */
  signal?: AbortSignal | undefined
}

/** How a worker's part ended. The run itself may go on in the hands of others, or be paused. */
export interface WorkEnd {
  run: Run
  /** Why this worker stopped before nothing was left; null when it did all it could. */
  stopped: StopReason | null
}

const LOOK_AGAIN_MS = 200
/** In tests that let leases be short, still often enough. */
const beatEveryMs = (leaseMs: number) => Math.min(1_000, leaseMs / 3)

/**
 * Works on a run until nothing due is left, together with any number of other workers in other processes. The last one
 * to leave writes the report.
 */
export async function workOnRun(deps: BillingDeps, run: Run, options: WorkOptions = {}): Promise<WorkEnd> {
  const workerId = newId()
  const { leaseMs, concurrency, mostConcurrency } = deps.billing
  const lanes = createLanes(deps, {
    workerId,
    runId: run.id,
    concurrency: Math.min(options.concurrency ?? concurrency, mostConcurrency),
    limit: options.limit,
  })
  let state = run.state
  const { process = thisProcess() } = options
  await joinRun(deps.db, { workerId, runId: run.id, process, leaseMs, now: deps.clock.now() })
  const heart = every({
    name: 'billing.heart',
    intervalMs: beatEveryMs(leaseMs),
    run: async () => {
      state = (await renewWorker(deps.db, { workerId, leaseMs, counts: lanes.counts })) ?? 'stopped'
      await lanes.keepClaims()
    },
    onError: (error) =>
      deps.log.warn({ err: error, runId: run.id }, 'a billing worker could not say that it lives'),
  })
  const stop = async (): Promise<StopReason | null> => {
    if (options.signal?.aborted === true) return 'interrupted'
    if (state === 'running') return null
    return state === 'paused' ? 'paused' : 'ended_elsewhere'
  }
  try {
    for (;;) {
      const stopped = await steps(deps, run, lanes, stop)
      const now = await leaveRun(deps, run, lanes, stopped)
      const ended =
        now.state !== 'running' || stopped !== null ? now : await othersEnd(deps, now, options.signal)
      if (ended) return { run: ended, stopped }
      await joinRun(deps.db, { workerId, runId: run.id, process, leaseMs, now: deps.clock.now() })
    }
  } finally {
    await heart.stop()
  }
}

async function steps(
  deps: BillingDeps,
  run: Run,
  lanes: Lanes,
  stop: () => Promise<StopReason | null>,
): Promise<StopReason | null> {
  const now = () => deps.clock.now()
  await inStep(deps, run, 'plan', async () => {
    await notePlanned(deps.db, run.id)
    return null
  })
  const charge = (): Due => ({ kind: 'charge', date: run.date })
  const charged = await inStep(deps, run, 'charge', () => drained(deps, run, lanes, charge, stop))
  if (charged !== null) return charged
  return inStep(deps, run, 'follow_up', async () => {
    // What was put off by a few seconds is waited for; what was put off by more comes at its time. As long as the bank
    // answers, patience begins anew: several charges of one method take turns, some seconds apart.
    let answers = answersOf(lanes)
    let lingerUntil = performance.now() + deps.billing.lingerMs
    for (;;) {
      const due = (): Due => ({ kind: 'follow_up', now: now() })
      const followed = await drained(deps, run, lanes, due, stop, lingerUntil)
      if (followed !== null) return followed
      if (answersOf(lanes) > answers) lingerUntil = performance.now() + deps.billing.lingerMs
      answers = answersOf(lanes)
      if (performance.now() >= lingerUntil) return null
      const soon = now().add({ milliseconds: deps.billing.lingerMs })
      const left = await countDue(deps.db, { kind: 'follow_up', now: soon }, run.id)
      if (left.due === 0) return null
      await pause(LOOK_AGAIN_MS)
    }
  })
}

/** How many charges the bank has settled for this worker; each ends an attempt, so there is an end of them. */
function answersOf({ counts }: Lanes): number {
  return counts.paid + counts.declined
}

/**
 * Works until nothing is due, and waits for what is claimed (its worker may die), not longer than `patience`. What is
 * due to a provider that cannot be reached is waited for when everything else is done.
 */
async function drained(
  deps: BillingDeps,
  run: Run,
  lanes: Lanes,
  due: () => Due,
  stop: () => Promise<StopReason | null>,
  patience = Number.POSITIVE_INFINITY,
): Promise<StopReason | null> {
  for (;;) {
    const reason = await lanes.drain(due(), stop)
    if (reason === 'held_back') {
      const waited = await whileHeldBack(deps, run, lanes, due(), stop)
      if (waited !== 'nothing_held_back') {
        if (waited !== null) return waited
        continue
      }
    } else if (reason !== 'empty') return reason
    const left = await countDue(deps.db, due(), run.id)
    if (left.due === 0 || performance.now() >= patience) return null
    if (left.held > 0) await pause(LOOK_AGAIN_MS)
  }
}

async function inStep(
  deps: BillingDeps,
  run: Run,
  name: StepName,
  work: () => Promise<StopReason | null>,
): Promise<StopReason | null> {
  await beginRunStep(deps.db, run.id, name, deps.clock.now())
  const stopped = await work()
  if (stopped === null) await endRunStep(deps.db, run.id, name, deps.clock.now())
  return stopped
}

/**
 * While breakers are open nothing of their providers is begun. They may be tried again in between; only an answer of the
 * bank counts as the end of the trouble. When it lasts too long the worker stops, and what is theirs stays due.
 * @returns why the worker stops; null to go on; 'nothing_held_back' when nothing that is due is theirs
 */
async function whileHeldBack(
  deps: BillingDeps,
  run: Run,
  lanes: Lanes,
  due: Due,
  stop: () => Promise<StopReason | null>,
): Promise<StopReason | 'nothing_held_back' | null> {
  for (;;) {
    const providers = lanes.heldBack()
    if (providers.length === 0) return null
    if ((await countDue(deps.db, due, run.id, providers)).due === 0) return 'nothing_held_back'
    if (performance.now() - lanes.troubleSince(providers) >= deps.billing.breakerPatienceMs)
      return 'provider_unavailable'
    const stopped = await stop()
    if (stopped !== null) return stopped
    const soonest = Math.min(...providers.map((name) => deps.payments.breakerOpen(name).retryAfterMs))
    await pause(Math.max(10, Math.min(soonest, LOOK_AGAIN_MS)))
  }
}

/** The last worker to leave writes the report and the end of the run; a paused run stays as it is. */
async function leaveRun(deps: BillingDeps, run: Run, lanes: Lanes, stopped: StopReason | null): Promise<Run> {
  const { workerId, counts } = lanes
  return transact<Run>(deps.db, async (tx) => {
    const now = deps.clock.now()
    const locked = await lockRun(tx, run.id)
    await endWorker(tx, { workerId, counts, now })
    if (locked.state !== 'running' || (await countOtherWorkers(tx, run.id, workerId)) > 0) return locked
    const report = await reportOf(tx, run)
    const everythingDone = stopped === 'limit_reached' && report.left === 0
    await endRunStep(tx, run.id, 'report', now)
    await endRun(tx, run.id, runEndOf(report, everythingDone ? null : stopped), report, now)
    return lockRun(tx, run.id)
  })
}

/**
 * Waits until the other workers have brought the run to its end. Undefined when they died before: then somebody has to
 * go on with what they left.
 */
async function othersEnd(
  deps: BillingDeps,
  from: Run,
  signal: AbortSignal | undefined,
): Promise<Run | undefined> {
  for (;;) {
    const run = (await readRun(deps.db, from.id)) ?? from
    if (run.state !== 'running' || signal?.aborted === true) return run
    if ((await countOtherWorkers(deps.db, run.id, null)) === 0) return undefined
    await pause(LOOK_AGAIN_MS)
  }
}
