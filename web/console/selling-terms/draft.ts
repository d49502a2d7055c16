import type { AnswerOf, InputOf } from '../api/call.ts'

export type Published = AnswerOf<'GET /api/admin/selling-terms'>['data'][number]
export type Terms = InputOf<'PUT /api/admin/selling-terms'>['body']['terms']

/** The numbers, in the order in which they are asked for; each with the most it may be. */
export const MOST = {
  deliveryFee: 1_000_000,
  freeFrom: 2_000_000_000,
  returnFee: 1_000_000,
  exchangeFee: 1_000_000,
  recurringDiscount: 50,
} as const
export type TermName = keyof typeof MOST
export const NAMES = ['deliveryFee', 'freeFrom', 'returnFee', 'exchangeFee', 'recurringDiscount'] as const

/** Terms that are being written, as their fields have them. */
export type Draft = Readonly<Record<TermName, string>>
/** What of them was typed; the rest stays as it is. */
export type Typed = Partial<Draft>

export function draftOf(terms: Terms): Draft {
  const text = (name: TermName) => String(terms[name])
  return {
    deliveryFee: text('deliveryFee'),
    freeFrom: text('freeFrom'),
    returnFee: text('returnFee'),
    exchangeFee: text('exchangeFee'),
    recurringDiscount: text('recurringDiscount'),
  }
}

export function termsOf(draft: Draft): Terms {
  const number = (name: TermName) => Number(draft[name])
  return {
    deliveryFee: number('deliveryFee'),
    freeFrom: number('freeFrom'),
    returnFee: number('returnFee'),
    exchangeFee: number('exchangeFee'),
    recurringDiscount: number('recurringDiscount'),
  }
}

/** What a field for a moment in Seoul says, as an instant; empty: undefined; no moment of our calendar: `null`. */
export function momentOf(text: string): string | null | undefined {
  if (text === '') return undefined
  // Browsers let six digits be typed for a year, of which no moment can be made.
  const time = Date.parse(`${text}+09:00`)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

/** So long after it is published a version may begin at the earliest; the server holds the same. */
const LEAD_MS = 60_000

/** From when terms hold that are published now; undefined: as soon as they can. */
export function beginningOf(asked: string | undefined, now: Date): string {
  const soonest = now.getTime() + LEAD_MS
  return new Date(asked === undefined ? soonest : Math.max(Date.parse(asked), soonest)).toISOString()
}

/** What holds until others do from this moment on: the terms in force, or those planned to begin before it. */
export function heldBefore(
  { data, inForce }: { data: readonly Published[]; inForce: Terms },
  from: string,
): Terms {
  const begun = data.filter(
    ({ state, validFrom }) =>
      state === 'planned' && validFrom !== null && Date.parse(validFrom) < Date.parse(from),
  )
  // Of two that have begun the newer one holds; planned ones are newer than the one in force.
  return begun.toSorted((one, other) => other.version - one.version)[0]?.terms ?? inForce
}

/** Versions to come that never hold once others do from this moment on. */
export const fallingAway = (versions: readonly Published[], from: string): readonly Published[] =>
  versions.filter(
    ({ state, validFrom }) =>
      state === 'planned' && validFrom !== null && Date.parse(validFrom) >= Date.parse(from),
  )

/** Milliseconds until the next version begins, so that what is shown is asked for anew; false: none is to come. */
export function untilNext(versions: readonly Published[], now: Date): number | false {
  const starts = versions.flatMap(({ state, validFrom }) =>
    state === 'planned' && validFrom !== null ? [Date.parse(validFrom) - now.getTime()] : [],
  )
  // A second later it has begun for the server, too; and timers are not made for months.
  return starts.length > 0 && Math.min(Math.max(Math.min(...starts), 0) + 1_000, 3_600_000)
}
