import type { At, Subscription } from '../rules/subscription.ts'
import { closeCycle, cycleSkipped } from '../rules/subscription-billing.ts'
import type { CycleRecord } from '../store/cycle-store.ts'
import { expectDecided, stepped } from '../store/steps.ts'
import type { Change } from '../store/subscription-store.ts'

/**
 * How the last open cycle of a cancelled subscription ends when it surely took no money: a refused one has failed, any
 * other was left out. The caller has made sure that no charge is on its way.
 */
export function closeLeftOver(subscription: Subscription, record: CycleRecord, at: At): Change {
  const { no, due, cycle } = record
  if (cycle.state === 'declined') {
    const step = { step: 'fail', attemptId: cycle.attemptId, reason: 'cancelled' } as const
    const closed = expectDecided(closeCycle(subscription, no, 'cancelled', at))
    return { ...closed, cycle: { ...record, cycle: stepped(record, step) } }
  }
  const skipped = expectDecided(cycleSkipped(subscription, { no, due }, 'cancelled', at))
  const skip = { step: 'skip', reason: 'cancelled' } as const
  const free =
    cycle.state === 'charging' || cycle.state === 'frozen'
      ? [{ step: 'postpone', attemptId: cycle.attemptId, notBefore: at.now } as const, skip]
      : [skip]
  return { ...skipped, cycle: { ...record, cycle: stepped(record, ...free) } }
}
