/**
 * Our books of one day against the provider's list of it. Movements are told apart by the provider's own ids, not by
 * their times: what is here and there, but on different days, is late and no difference.
 */
import type { Won } from '../../../platform/money.ts'
import type { SettledMovement } from '../provider.ts'

/** A charge or refund as our books have it. */
export interface BookedMovement {
  movement: 'charge' | 'refund'
  attemptId: string
  /** The provider's id of the payment (a charge) or of the refund; null when only evidence tells of it. */
  key: string | null
  amount: Won
  day: Temporal.PlainDate
}

export interface Difference {
  kind: 'missing_here' | 'missing_there' | 'other_amount'
  movement: 'charge' | 'refund'
  /** The provider's id of it; ours where the provider has none. */
  key: string
  /** The provider's id of the payment. */
  providerRef: string | null
  merchantRef: string | null
  attemptId: string | null
  here: Won | null
  there: Won | null
}

export interface DayCompared {
  matched: number
  late: number
  differences: Difference[]
}

export interface DayToCompare {
  day: Temporal.PlainDate
  /** Of the day, and whatever else the list names. */
  booked: readonly BookedMovement[]
  listed: readonly SettledMovement[]
  /** The provider's lists of the days around: what is there only is late, not missing. */
  around: readonly SettledMovement[]
  /** Our payment by the provider's id or by our own reference, in whatever state. */
  attemptOf(movement: SettledMovement): string | undefined
}

/** The provider's id by which a movement is known: the payment's for a charge, the refund's own. */
export const keyOf = ({ movement, ref, id }: SettledMovement): string => (movement === 'charge' ? ref : id)

/** Compares one day. Each movement answers for one of the other side at most. */
export function compareDay({ day, booked, listed, around, attemptOf }: DayToCompare): DayCompared {
  const open = [...booked]
  const result: DayCompared = { matched: 0, late: 0, differences: [] }
  for (const theirs of listed) {
    const at = open.findIndex((ours) => isSame(ours, theirs))
    const ours = open[at]
    if (!ours) {
      result.differences.push({
        ...sideOf(theirs, attemptOf),
        kind: 'missing_here',
        here: null,
        there: theirs.amount,
      })
      continue
    }
    open.splice(at, 1)
    if (ours.amount !== theirs.amount)
      result.differences.push({
        ...sideOf(theirs, () => ours.attemptId),
        kind: 'other_amount',
        here: ours.amount,
        there: theirs.amount,
      })
    else if (ours.day.equals(day)) result.matched += 1
    else result.late += 1
  }
  for (const ours of open.filter((one) => one.day.equals(day))) {
    if (around.some((theirs) => isSame(ours, theirs) && ours.amount === theirs.amount)) result.late += 1
    else result.differences.push(missingThere(ours))
  }
  return result
}

function isSame(ours: BookedMovement, theirs: SettledMovement): boolean {
  if (ours.movement !== theirs.movement) return false
  if (ours.key !== null) return ours.key === keyOf(theirs)
  return ours.movement === 'charge' && ours.attemptId === theirs.merchantRef
}

function sideOf(theirs: SettledMovement, attemptOf: (movement: SettledMovement) => string | undefined) {
  const { movement, ref, merchantRef } = theirs
  return {
    movement,
    key: keyOf(theirs),
    providerRef: ref,
    merchantRef,
    attemptId: attemptOf(theirs) ?? null,
  }
}

function missingThere({ movement, key, attemptId, amount }: BookedMovement): Difference {
  return {
    kind: 'missing_there',
    movement,
    key: key ?? attemptId,
    providerRef: movement === 'charge' ? key : null,
    merchantRef: attemptId,
    attemptId,
    here: amount,
    there: null,
  }
}
