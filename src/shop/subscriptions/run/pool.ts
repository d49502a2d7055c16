import { isDatabaseUnavailable } from '../../../platform/database/database.ts'
import { createGate, type Gate } from '../charging/gate.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { type Worked, workOne } from '../charging/work.ts'
import { claim, type Due, extendClaims, release, releaseSettled, restFor, setAside } from './claims.ts'
import { type Counts, nameOf, noCounts } from './counts.ts'
import { slots } from './slots.ts'

export interface Lanes {
  readonly workerId: string
  readonly counts: Counts
  /** Subscriptions begun so far. */
  begun(): number
  running(): number
  /**
   * Works on what is due until nothing is left that could be claimed ('empty') or `stop` names a reason to end; begun
   * subscriptions are always finished.
   */
  drain(due: Due, stop: () => Promise<string | null>): Promise<string>
  /** Tells the others that this worker lives. */
  keepClaims(): Promise<void>
  /** Calls allowed at once now, over all providers. */
  pace(): number
  /** Since when every answer has been trouble, by `performance.now()`; undefined after a good one. */
  troubleSince(): number | undefined
  noteTrouble(): void
}

/** Claimed ahead of being worked on: as many as are soon begun, never in proportion to what is due. */
const MOST_AHEAD = 100
/** Away from a subscription that could not be handled, when no run keeps a list of them. */
const REST_AFTER_ERROR_MS = 300_000
const REST_AFTER_NOTHING_MS = 60_000
const REST_WHEN_BUSY_MS = 30_000

/** One worker: as many lanes as the providers' pace allows, each with one subscription at a time. */
export function createLanes(
  deps: BillingDeps,
  options: { workerId: string; runId: string | null; concurrency: number; limit?: number | undefined },
): Lanes {
  const { workerId, runId, concurrency } = options
  const { leaseMs } = deps.billing
  const gates = new Map<string, Gate>()
  const gate = (provider: string): Gate => {
    const known = gates.get(provider) ?? createGate(concurrency, () => performance.now())
    gates.set(provider, known)
    return known
  }
  const place = { gate, preparing: slots(deps.billing.preparing) }
  const counts = noCounts()
  const held = new Set<string>()
  let ahead: string[] = []
  let finished: string[] = []
  let running = 0
  let begun = 0
  let broken: unknown
  let trouble: number | undefined
  let someoneFinished = Promise.withResolvers<void>()

  const pace = () => [...gates.values()].reduce((sum, { pace: now }) => sum + now().limit, 0)
  // A few more than calls are allowed: while they are away, the next ones are prepared.
  const lanes = () => Math.min(concurrency, Math.max(8, pace() * 2)) + deps.billing.preparing

  async function giveBack(): Promise<void> {
    const ids = finished
    finished = []
    finished.push(...(await release(deps.db, { ids, workerId })))
  }

  async function refill(due: Due): Promise<void> {
    await giveBack()
    const left = options.limit === undefined ? Number.POSITIVE_INFINITY : options.limit - begun
    // Not one whenever one has finished: claiming and giving back are statements in line for all lanes.
    const limit = Math.min(MOST_AHEAD, left, Math.max(Math.ceil(lanes() / 2), lanes() - running))
    ahead = limit > 0 ? await claim(deps.db, { due, runId, workerId, limit, leaseMs }) : []
    for (const id of ahead) {
      held.add(id)
      await deps.at?.('claimed', id)
    }
  }

  async function begin(id: string, due: Due): Promise<void> {
    running += 1
    begun += 1
    try {
      const date = due.kind === 'charge' ? due.date : null
      const worked = await workOne(deps, place, id, { date, runId, forced: false })
      counts[nameOf(worked)] += 1
      if (worked.kind === 'charged' && (worked.result === 'paid' || worked.result === 'declined'))
        trouble = undefined
      if (await leave(id, due, worked)) finished.push(id)
    } catch (error) {
      await failed(id, error)
    } finally {
      held.delete(id)
      running -= 1
      someoneFinished.resolve()
      someoneFinished = Promise.withResolvers<void>()
    }
  }

  /** @returns false when the claim is kept, so that nobody looks again for a while */
  async function leave(id: string, due: Due, worked: Worked): Promise<boolean> {
    if (worked.kind === 'busy') {
      // A method stays busy for as long as an unknown charge of it: between runs it is not asked every few seconds.
      const ms = runId === null ? Math.max(worked.retryAfterMs, REST_WHEN_BUSY_MS) : worked.retryAfterMs
      await restFor(deps.db, { subscriptionId: id, workerId, ms })
      return false
    }
    if (worked.kind === 'charged' || (worked.kind === 'done' && due.kind === 'charge')) return true
    if (worked.kind === 'done') {
      await releaseSettled(deps.db, { subscriptionId: id, workerId, now: deps.clock.now() })
      return false
    }
    if (runId === null) {
      await restFor(deps.db, { subscriptionId: id, workerId, ms: REST_AFTER_NOTHING_MS })
      return false
    }
    const at = deps.clock.now()
    await setAside(deps.db, {
      runId,
      subscriptionId: id,
      reason: 'waits',
      detail: `${due.kind}: ${worked.kind}`,
      at,
    })
    return true
  }

  /** One that cannot be handled is kept for a person to see; it does not stop the others. */
  async function failed(id: string, error: unknown): Promise<void> {
    // Nothing can be written now; the claim lapses, and whoever comes next goes on.
    if (isDatabaseUnavailable(error) || error instanceof WorkerLost) {
      broken ??= error
      return
    }
    counts.error += 1
    deps.log.error({ err: error, subscriptionId: id, runId }, 'a subscription could not be billed')
    try {
      if (runId === null) {
        await restFor(deps.db, { subscriptionId: id, workerId, ms: REST_AFTER_ERROR_MS })
        return
      }
      const detail = error instanceof Error ? error.message : String(error)
      await setAside(deps.db, { runId, subscriptionId: id, reason: 'error', detail, at: deps.clock.now() })
      finished.push(id)
    } catch (second) {
      broken ??= second
    }
  }

  async function allFinished(): Promise<void> {
    while (running > 0) await someoneFinished.promise
  }

  return {
    workerId,
    counts,
    begun: () => begun,
    running: () => running,
    pace,
    troubleSince: () => trouble,
    noteTrouble: () => {
      trouble ??= performance.now()
    },
    keepClaims: () => extendClaims(deps.db, { ids: [...held], workerId, leaseMs }),
    drain: async (due, stop) => {
      const end = async (reason: string) => {
        await allFinished()
        finished.push(...ahead)
        for (const id of ahead) held.delete(id)
        ahead = []
        if (broken !== undefined) throw broken
        await giveBack()
        return reason
      }
      for (;;) {
        if (broken !== undefined) return end('broken')
        const reason = await stop()
        if (reason !== null) return end(reason)
        if (options.limit !== undefined && begun >= options.limit && ahead.length === 0)
          return end('limit_reached')
        if (running >= lanes()) {
          await someoneFinished.promise
          continue
        }
        if (ahead.length === 0) await refill(due)
        const next = ahead.shift()
        if (next !== undefined) void begin(next, due)
        else if (running > 0) await someoneFinished.promise
        else return end('empty')
      }
    },
  }
}

/** Thrown where a test lets a worker die: nothing of it is tidied up. */
export class WorkerLost extends Error {}
