import { isDatabaseUnavailable } from '../../../platform/database/database.ts'
import { createGate, type Gate } from '../charging/gate.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { type Worked, workOnSubscription } from '../charging/work-on-subscription.ts'
import {
  claimDue,
  type Due,
  extendClaims,
  type Payer,
  releaseClaims,
  releaseSettled,
  restSubscription,
  setSubscriptionAside,
} from './claims.ts'
import { type Counts, nameOf, noCounts } from './counts.ts'
import type { StopReason } from './run.ts'
import { createSlots } from './slots.ts'

export interface Lanes {
  readonly workerId: string
  readonly counts: Counts
  /** Subscriptions begun so far. */
  begun(): number
  running(): number
  /**
   * Works on what is due until nothing is left that could be claimed ('empty'; 'held_back' when that may be because
   * breakers of providers are open), or `stop` names a reason to end; begun subscriptions are always finished. Each
   * provider has lanes of its own, so that one that is slow or away keeps nobody from charging with another.
   */
  drain(due: Due, stop: () => Promise<StopReason | null>): Promise<StopReason | 'held_back' | 'empty'>
  /** Tells the others that this worker lives. */
  keepClaims(): Promise<void>
  /** Calls allowed at once now, over all providers. */
  pace(): number
  /** The providers whose breaker is open: nothing of theirs is begun. */
  heldBack(): readonly string[]
  /**
   * Since when no provider of these has answered, by `performance.now()`: the latest of them counts. Trouble begins when
   * it is first asked about, and only an answer of the bank ends it.
   */
  troubleSince(providers: readonly string[]): number
}

/** The subscriptions of one payer that are claimed and not begun, and how many are being worked on. */
interface Lane {
  readonly payer: Payer
  ahead: string[]
  running: number
  /** Nothing more could be claimed in this drain. */
  isEmpty: boolean
}

/** Claimed ahead of being worked on: as many as are soon begun, never in proportion to what is due. */
const MOST_AHEAD = 100
/** Away from a subscription that could not be handled, when no run keeps a list of them. */
const REST_AFTER_ERROR_MS = 300_000
const REST_AFTER_NOTHING_MS = 60_000
const REST_WHEN_BUSY_MS = 30_000

/** One worker: for each provider as many charges as its pace allows, each of one subscription at a time. */
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
  const place = { gate, preparing: createSlots(deps.billing.preparing) }
  const counts = noCounts()
  const held = new Set<string>()
  const lanes: readonly Lane[] = [
    ...deps.providers.map((provider) => ({ provider })),
    { noneOf: deps.providers },
  ].map((payer) => ({ payer, ahead: [], running: 0, isEmpty: false }))
  let finished: string[] = []
  let begun = 0
  let broken: unknown
  const trouble = new Map<string, number>()
  let someoneFinished = Promise.withResolvers<void>()

  const pace = () => [...gates.values()].reduce((sum, { pace: now }) => sum + now().limit, 0)
  const running = () => lanes.reduce((sum, lane) => sum + lane.running, 0)
  // A few more than calls are allowed: while they are away, the next ones are prepared.
  const widthOf = ({ payer }: Lane) => {
    const allowed = 'provider' in payer ? gate(payer.provider).pace().limit : concurrency
    return Math.min(concurrency, Math.max(8, allowed * 2)) + deps.billing.preparing
  }
  const isHeldBack = ({ payer }: Lane) =>
    'provider' in payer && deps.payments.breakerOpen(payer.provider).open

  async function giveBack(): Promise<void> {
    const ids = finished
    finished = []
    finished.push(...(await releaseClaims(deps.db, { ids, workerId })))
  }

  async function refill(lane: Lane, due: Due): Promise<void> {
    await giveBack()
    const claimed = lanes.reduce((sum, { ahead }) => sum + ahead.length, begun)
    const left = options.limit === undefined ? Number.POSITIVE_INFINITY : options.limit - claimed
    // Not one whenever one has finished: claiming and giving back are statements in line for all lanes.
    const width = widthOf(lane)
    const limit = Math.min(MOST_AHEAD, left, Math.max(Math.ceil(width / 2), width - lane.running))
    const { payer } = lane
    lane.ahead = limit > 0 ? await claimDue(deps.db, { due, payer, runId, workerId, limit, leaseMs }) : []
    lane.isEmpty = lane.ahead.length === 0
    for (const id of lane.ahead) {
      held.add(id)
      await deps.at('claimed', id)
    }
  }

  async function begin(lane: Lane, id: string, due: Due): Promise<void> {
    lane.running += 1
    begun += 1
    try {
      const date = due.kind === 'charge' ? due.date : null
      const worked = await workOnSubscription(deps, place, id, { date, runId, forced: false })
      counts[nameOf(worked)] += 1
      if (worked.kind === 'charged' && (worked.result === 'paid' || worked.result === 'declined'))
        trouble.delete(worked.provider)
      if (await leave(id, due, worked)) finished.push(id)
    } catch (error) {
      await failed(id, error)
    } finally {
      held.delete(id)
      lane.running -= 1
      someoneFinished.resolve()
      someoneFinished = Promise.withResolvers<void>()
    }
  }

  /** @returns false when the claim is kept, so that nobody looks again for a while */
  async function leave(id: string, due: Due, worked: Worked): Promise<boolean> {
    if (worked.kind === 'busy') {
      // A method stays busy for as long as an unknown charge of it: between runs it is not asked every few seconds.
      const ms = runId === null ? Math.max(worked.retryAfterMs, REST_WHEN_BUSY_MS) : worked.retryAfterMs
      await restSubscription(deps.db, { subscriptionId: id, workerId, ms })
      return false
    }
    if (worked.kind === 'charged' || (worked.kind === 'done' && due.kind === 'charge')) return true
    if (worked.kind === 'done') {
      await releaseSettled(deps.db, { subscriptionId: id, workerId, now: deps.clock.now() })
      return false
    }
    if (runId === null) {
      await restSubscription(deps.db, { subscriptionId: id, workerId, ms: REST_AFTER_NOTHING_MS })
      return false
    }
    const at = deps.clock.now()
    await setSubscriptionAside(deps.db, {
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
        await restSubscription(deps.db, { subscriptionId: id, workerId, ms: REST_AFTER_ERROR_MS })
        return
      }
      const detail = error instanceof Error ? error.message : String(error)
      await setSubscriptionAside(deps.db, {
        runId,
        subscriptionId: id,
        reason: 'error',
        detail,
        at: deps.clock.now(),
      })
      finished.push(id)
    } catch (second) {
      broken ??= second
    }
  }

  async function allFinished(): Promise<void> {
    while (running() > 0) await someoneFinished.promise
  }

  /** Whose turn it is: the lane with the least to do for its width, of those that may begin something. */
  function nextLane(): Lane | undefined {
    const open = lanes.filter(
      (lane) => (lane.ahead.length > 0 || !lane.isEmpty) && lane.running < widthOf(lane) && !isHeldBack(lane),
    )
    return open.toSorted((a, b) => a.running / widthOf(a) - b.running / widthOf(b))[0]
  }

  return {
    workerId,
    counts,
    begun: () => begun,
    running,
    pace,
    heldBack: () => deps.providers.filter((provider) => deps.payments.breakerOpen(provider).open),
    troubleSince: (providers) => {
      for (const provider of providers) if (!trouble.has(provider)) trouble.set(provider, performance.now())
      return Math.max(...providers.map((provider) => trouble.get(provider) ?? 0))
    },
    keepClaims: () => extendClaims(deps.db, { ids: [...held], workerId, leaseMs }),
    drain: async (due, stop) => {
      const end = async <R>(reason: R): Promise<R> => {
        await allFinished()
        for (const lane of lanes) {
          finished.push(...lane.ahead)
          for (const id of lane.ahead) held.delete(id)
          lane.ahead = []
        }
        if (broken !== undefined) throw broken
        await giveBack()
        return reason
      }
      for (const lane of lanes) lane.isEmpty = false
      for (;;) {
        // Which throws what broke.
        if (broken !== undefined) return end('interrupted')
        const reason = await stop()
        if (reason !== null) return end(reason)
        if (options.limit !== undefined && begun >= options.limit) return end('limit_reached')
        const lane = nextLane()
        if (!lane) {
          if (running() === 0) return end(lanes.some(isHeldBack) ? 'held_back' : 'empty')
          await someoneFinished.promise
          continue
        }
        if (lane.ahead.length === 0) await refill(lane, due)
        const next = lane.ahead.shift()
        if (next !== undefined) void begin(lane, next, due)
      }
    },
  }
}

/** Thrown where a test lets a worker die: nothing of it is tidied up. */
export class WorkerLost extends Error {}
