import { add, times, type Won, ZERO_WON } from '../../../platform/money.ts'
import type { LateFeePolicy } from './policy.ts'

/** Calendar days from the due date to the day of the return in Seoul; 0 when in time. */
export function lateDays(dueOn: Temporal.PlainDate, returnedOn: Temporal.PlainDate): number {
  return Math.max(0, dueOn.until(returnedOn, { largestUnit: 'days' }).days)
}

/** The fee of one return so many days late, in won. */
export function lateFee(policy: LateFeePolicy, days: number): Won {
  if (policy.mode === 'flat') return policy.bands.findLast(({ fromDay }) => fromDay <= days)?.fee ?? ZERO_WON
  const parts = policy.bands.map(({ fromDay, fee }, index) => {
    const next = policy.bands[index + 1]?.fromDay ?? Number.POSITIVE_INFINITY
    return times(fee, Math.max(0, Math.min(days, next - 1) - fromDay + 1))
  })
  const sum = add(...parts)
  return sum > policy.cap ? policy.cap : sum
}
