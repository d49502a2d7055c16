import { type ClosedDay, closedDays, firstOpening, type Opening } from '../rules/opening.ts'
import type { LendingPolicy } from '../rules/policy.ts'
import { policyStates } from '../rules/policy-versions.ts'
import { currentOpening } from '../store/opening-store.ts'
import { newestPolicies, startOf } from '../store/policy-store.ts'
import type { LendingDeps } from './deps.ts'

/** What readers should know before they borrow. */
export interface LendingGuide {
  /** The rules of today. */
  rules: LendingPolicy
  /** Those that come next, from a day on. */
  next: { from: string; rules: LendingPolicy } | undefined
  /** The weekdays and holidays on which the library never opens, and the single days that differ. */
  opening: Opening
  /** All days of the next weeks on which it is closed. */
  closed: readonly ClosedDay[]
}

/** Rules are published a few times a year; older ones than these are not in force. */
const MOST_VERSIONS = 100
const DAYS_SHOWN = 31

/** What holds for loans today, and what comes next. */
export async function lendingGuide({ db, clock, calendar }: LendingDeps): Promise<LendingGuide> {
  const now = clock.now()
  const [published, stored] = await Promise.all([newestPolicies(db, MOST_VERSIONS), currentOpening(db)])
  const opening = stored ?? firstOpening(calendar)
  const versions = policyStates(
    published.map((policy) => ({ ...policy, startsAt: startOf(policy) })),
    now,
  )
  const rules = versions.find(({ state }) => state === 'in_force')?.rules
  if (!rules) throw new Error('no lending policy is in force')
  const [next] = versions
    .filter(({ state }) => state === 'planned')
    .sort((a, b) => Temporal.Instant.compare(a.startsAt, b.startsAt))
  return {
    rules,
    next: next?.inForceOn ? { from: next.inForceOn.toString(), rules: next.rules } : undefined,
    opening,
    closed: closedDays(opening, clock.today(), DAYS_SHOWN),
  }
}
