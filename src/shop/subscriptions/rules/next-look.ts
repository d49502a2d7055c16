/** When somebody has to look at a subscription again although no new charge has come due. */
import { type Cycle, endOfWaiting } from './cycle.ts'
import type { Subscription } from './subscription.ts'

/**
 * A charge settles within seconds, or becomes unknown and is settled by a look-up. One that was prepared and then
 * left behind by a process that died is found again after this time.
 */
export const CHARGE_LEFT_BEHIND = { minutes: 2 } as const

/**
 * The instant at which the billing worker must look next, or null when only the next due date counts.
 * @param open the cycle that is being settled, if any
 * @param now from which an overdue look is to be taken at once
 * @param timeZone in which days begin
 */
export function nextLook(
  subscription: Subscription,
  open: Cycle | null,
  now: Temporal.Instant,
  timeZone: string,
): Temporal.Instant | null {
  const looks = [open && lookAt(subscription, open, now), pauseEnd(subscription, timeZone)]
  const set = looks.filter((look) => look !== null)
  return set.toSorted(Temporal.Instant.compare)[0] ?? null
}

function lookAt(subscription: Subscription, open: Cycle, now: Temporal.Instant): Temporal.Instant | null {
  // What is left of a cancelled subscription is put away at once.
  const at = (instant: Temporal.Instant) => (subscription.state === 'cancelled' ? now : instant)
  switch (open.state) {
    case 'due':
      return now
    case 'ordering':
      return at(open.postponed?.notBefore ?? now)
    case 'charging':
      return now.add(CHARGE_LEFT_BEHIND)
    case 'declined':
      return at(endOfWaiting(open.waiting))
    default:
      // Frozen: a look-up or a person speaks first. The others are settled.
      return null
  }
}

function pauseEnd(subscription: Subscription, timeZone: string): Temporal.Instant | null {
  if (subscription.state !== 'paused' || subscription.pause.until === null) return null
  return subscription.pause.until.toZonedDateTime(timeZone).toInstant()
}
