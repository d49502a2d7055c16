import { newId } from '../../../platform/ids.ts'
import { type Refused, refused } from '../../../platform/refusal.ts'
import { createGate } from '../charging/gate.ts'
import type { BillingDeps } from '../charging/ports.ts'
import { type Worked, workOnSubscription } from '../charging/work-on-subscription.ts'
import { latestCycles } from '../store/cycle-store.ts'
import { findSubscription } from '../store/subscription-store.ts'
import { claimSubscription, releaseClaims } from './claims.ts'

export interface Replayed {
  kind: 'replayed'
  /** What came of it: the bank's answer, or why it was not asked. */
  outcome: string
}

/**
 * Tries one open cycle now, because an operator says so, without waiting for its hour. Everything that keeps a cycle
 * from being charged twice holds as ever.
 * Refusals: not_found, cycle_not_open (settled, or not the latest), cycle_frozen (it must be cleared up first),
 * cycle_needs_method (nothing can be charged before the customer gives one), cycle_busy.
 */
export async function replayCycle(
  deps: BillingDeps,
  { subscriptionId, cycleNo }: { subscriptionId: string; cycleNo: number },
): Promise<
  Replayed | Refused<'not_found' | 'cycle_not_open' | 'cycle_frozen' | 'cycle_needs_method' | 'cycle_busy'>
> {
  const stored = await findSubscription(deps.db, subscriptionId)
  const [latest] = stored ? await latestCycles(deps.db, subscriptionId, 1) : []
  if (!stored || !latest || cycleNo > latest.no) return refused('not_found')
  const { latestCycle } = stored.subscription
  if (!latestCycle.open || latestCycle.no !== cycleNo) return refused('cycle_not_open')
  if (latest.cycle.state === 'frozen') return refused('cycle_frozen')
  if (latest.cycle.state === 'declined' && latest.cycle.waiting.kind === 'new_method')
    return refused('cycle_needs_method')
  const workerId = newId()
  const claimed = await claimSubscription(deps.db, {
    subscriptionId,
    workerId,
    leaseMs: deps.billing.leaseMs,
  })
  if (!claimed) return refused('cycle_busy', { retryAfterSeconds: 5 })
  try {
    const gate = createGate(1, () => performance.now())
    const place = { gate: () => gate, preparing: <T>(work: () => Promise<T>) => work() }
    const worked = await workOnSubscription(deps, place, subscriptionId, {
      date: null,
      runId: null,
      forced: true,
    })
    if (worked.kind === 'busy') {
      return refused('cycle_busy', { retryAfterSeconds: Math.max(1, Math.ceil(worked.retryAfterMs / 1_000)) })
    }
    return { kind: 'replayed', outcome: outcomeOf(worked) }
  } finally {
    await releaseClaims(deps.db, { ids: [subscriptionId], workerId })
  }
}

function outcomeOf(worked: Worked): string {
  if (worked.kind === 'charged') return worked.result
  return worked.kind === 'done' ? worked.what : worked.kind
}
