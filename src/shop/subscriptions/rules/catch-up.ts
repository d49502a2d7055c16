/**
 * What to do when one or more cycles have come due since the last one was handled: the run was down, the provider was
 * away, an earlier cycle was frozen. Nothing due is forgotten, and no customer is charged twice on one day.
 */
import { type DueCycle, plannedCycles, type Schedule } from './billing-calendar.ts'
import type { SkipReason } from './cycle.ts'

/**
 * `bill_one`: charge and deliver once (the latest), record the older ones as skipped because they were missed.
 * `bill_all_spread`: charge them all, oldest first, one a day. Data, one per merchant.
 */
export type CatchUpPolicy = 'bill_one' | 'bill_all_spread'
export const defaultCatchUpPolicy: CatchUpPolicy = 'bill_one'

export type CycleDecision = DueCycle &
  (
    | { readonly decision: 'charge' }
    | { readonly decision: 'skip'; readonly reason: Extract<SkipReason, 'customer' | 'paused' | 'missed'> }
    /** Not today; it is decided anew by the next run. */
    | { readonly decision: 'wait' }
  )

/** Where a subscription stands. */
export type Progress = {
  /** Due date of the latest cycle that has been opened or skipped; the anchor right after the start. */
  readonly lastHandledDue: Temporal.PlainDate
  /** Business day of the latest charge attempt of this subscription, whatever came of it. */
  readonly lastChargedOn: Temporal.PlainDate
  /** Whether an earlier cycle is still being charged, retried or frozen. Then everything waits. */
  readonly hasOpenCycle: boolean
}

/**
 * Decides every cycle due after the last handled one, up to and including `today` (a business day), in order.
 * At most one is charged; after the first that waits all wait, so handling them in order never jumps over one.
 * @param through the last due date looked at: earlier than today when a charge that was put off goes first
 */
export function catchUp(
  schedule: Schedule,
  progress: Progress,
  today: Temporal.PlainDate,
  policy: CatchUpPolicy,
  through: Temporal.PlainDate = today,
): CycleDecision[] {
  const overdue = plannedCycles(schedule, progress.lastHandledDue.add({ days: 1 }), through)
  const chargeable = overdue.filter(({ plan }) => plan === 'charge')
  const chosen = policy === 'bill_one' ? chargeable.at(-1) : chargeable[0]
  // A clock set back counts as "already charged today" as well: waiting is the harmless side.
  const mayCharge = Temporal.PlainDate.compare(progress.lastChargedOn, today) < 0
  const decisions: CycleDecision[] = []
  let waiting = progress.hasOpenCycle
  for (const { no, due, plan } of overdue) {
    if (waiting || no === chosen?.no) {
      decisions.push({ no, due, decision: !waiting && mayCharge ? 'charge' : 'wait' })
      waiting = true
    } else {
      const reason = plan === 'charge' ? 'missed' : plan === 'skipped' ? 'customer' : 'paused'
      decisions.push({ no, due, decision: 'skip', reason })
    }
  }
  return decisions
}
