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
  // Looked up by name, not searched for: a day may have twenty thousand of them, on both sides.
  const open = Map.groupBy(booked, nameOf)
  const result: DayCompared = { matched: 0, late: 0, differences: [] }
  for (const theirs of listed) {
    const name = namesOf(theirs).find((one) => open.get(one)?.length)
    const ours = name === undefined ? undefined : open.get(name)?.shift()
    if (!ours)
      result.differences.push({
        ...sideOf(theirs, attemptOf),
        kind: 'missing_here',
        here: null,
        there: theirs.amount,
      })
    else if (ours.amount !== theirs.amount)
      result.differences.push({
        ...sideOf(theirs, () => ours.attemptId),
        kind: 'other_amount',
        here: ours.amount,
        there: theirs.amount,
      })
    else if (ours.day.equals(day)) result.matched += 1
    else result.late += 1
  }
  const elsewhere = new Set(
    around.flatMap((theirs) => namesOf(theirs).map((name) => `${theirs.amount} ${name}`)),
  )
  const left = new Set([...open.values()].flat())
  for (const ours of booked) {
    if (!left.has(ours) || !ours.day.equals(day)) continue
    if (elsewhere.has(`${ours.amount} ${nameOf(ours)}`)) result.late += 1
    else result.differences.push(missingThere(ours))
  }
  return result
}

/** By what the other side would know it: the provider's id, or, known by evidence only, our own reference. */
function nameOf({ movement, key, attemptId }: BookedMovement): string {
  return key === null ? `${movement} of ${attemptId}` : `${movement} ${key}`
}

/** The names one of theirs may have in our books; refunds are never known by our reference. */
function namesOf(theirs: SettledMovement): string[] {
  const name = `${theirs.movement} ${keyOf(theirs)}`
  return theirs.movement === 'charge' && theirs.merchantRef !== null
    ? [name, `charge of ${theirs.merchantRef}`]
    : [name]
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
