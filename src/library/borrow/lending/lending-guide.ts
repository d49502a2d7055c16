import { type ClosedDay, closedDays, firstOpening, type Opening } from '../rules/opening.ts'
import type { LendingPolicy } from '../rules/policy.ts'
import { currentOpening } from '../store/opening-store.ts'
import { currentPolicy, nextPolicy } from '../store/policy-store.ts'
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

const DAYS_SHOWN = 31

/** What holds for loans today, and what comes next. */
export async function lendingGuide({ db, clock, calendar }: LendingDeps): Promise<LendingGuide> {
  const today = clock.today()
  const [{ rules }, next, stored] = await Promise.all([
    currentPolicy(db, today),
    nextPolicy(db, today),
    currentOpening(db),
  ])
  const opening = stored ?? firstOpening(calendar)
  return {
    rules,
    next: next && { from: next.inForceOn.toString(), rules: next.rules },
    opening,
    closed: closedDays(opening, today, DAYS_SHOWN),
  }
}
