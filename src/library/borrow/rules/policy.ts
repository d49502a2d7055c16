import type { Won } from '../../../platform/money.ts'

export const PATRON_CATEGORIES = ['child', 'adult', 'staff'] as const
export type PatronCategory = (typeof PATRON_CATEGORIES)[number]

/** From which day late what is charged. */
export interface Band {
  readonly fromDay: number
  readonly fee: Won
}

/**
 * `flat`: the fee of the band the late days fall in. `marginal`: for every late day the fee of the band that day falls
 * in, together no more than the cap.
 */
export type LateFeePolicy =
  | { readonly mode: 'flat'; readonly bands: readonly Band[] }
  | { readonly mode: 'marginal'; readonly bands: readonly Band[]; readonly cap: Won }

/** Days before the due date on which a patron is told of it, where the rules do not say. */
export const REMIND_DAYS = 2

/** The rules of lending, as published. Loans keep to the version they were made under. */
export interface LendingPolicy {
  /** Days from the day of the loan to the day it is due. */
  readonly loanDays: number
  /** Copies a patron may have at a time, those of pending loans included. */
  readonly copiesPerPatron: Readonly<Record<PatronCategory, number>>
  /** How often a loan may be renewed. */
  readonly renewals: number
  /** So many days before it is due a patron is told; 0: never. Rules that say nothing of it mean {@link REMIND_DAYS}. */
  readonly remindDaysBefore?: number
  /** After so many days late the copies are given up for lost. */
  readonly lostAfterDays: number
  /** Won. */
  readonly replacementPerCopy: Won
  /** Found within so many days after they were given up, copies earn the replacement back in full; later nothing. */
  readonly refundFoundWithinDays: number
  /** How long a pending loan waits for the catalogue: longer than it is ever out of order. */
  readonly pendingMinutes: number
  readonly lateFee: LateFeePolicy
}

/** Which version of which rules. */
export interface PolicyStamp {
  readonly id: string
  readonly version: number
}

/** What is wrong with bands: they begin at day 1 and rise. Undefined when nothing is. */
export function bandsFault({ bands }: LateFeePolicy): 'no_first_day' | 'not_rising' | undefined {
  if (bands[0]?.fromDay !== 1) return 'no_first_day'
  const rising = bands.every((band, index) => {
    const before = bands[index - 1]
    return !before || (before.fromDay < band.fromDay && before.fee <= band.fee)
  })
  return rising ? undefined : 'not_rising'
}
