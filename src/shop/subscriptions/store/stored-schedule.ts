/** Schedules and terms as they lie in a jsonb column: dates as YYYY-MM-DD, nothing else changed. */

import { type Won, won } from '../../../platform/money.ts'
import type { Period } from '../../../platform/time/period.ts'
import type { Schedule } from '../rules/billing-calendar.ts'
import type { Receiver, Terms } from '../rules/subscription.ts'

export type StoredSchedule = {
  readonly anchor: string
  readonly segments: readonly { readonly period: Period; readonly from: string }[]
  readonly skipped: readonly string[]
  readonly pauses: readonly { readonly from: string; readonly until: string | null }[]
}

export type StoredTerms = {
  readonly from: string
  readonly quantity: number
  readonly unitPrice: number
  readonly receiver: Receiver
}

type TermsList = readonly [Terms, ...Terms[]]

const date = (text: string) => Temporal.PlainDate.from(text)

/** A schedule for storing. */
export function storeSchedule({ anchor, segments, skipped, pauses }: Schedule): StoredSchedule {
  return {
    anchor: anchor.toString(),
    segments: segments.map(({ period, from }) => ({ period, from: from.toString() })),
    skipped: skipped.map(String),
    pauses: pauses.map(({ from, until }) => ({ from: from.toString(), until: until?.toString() ?? null })),
  }
}

/** A stored schedule. Throws when the row is damaged (no segment, no date): that is a bug, not a refusal. */
export function readSchedule({ anchor, segments, skipped, pauses }: StoredSchedule): Schedule {
  const [first, ...rest] = segments.map(({ period, from }) => ({ period, from: date(from) }))
  if (!first) throw new Error('stored schedule without a period')
  return {
    anchor: date(anchor),
    segments: [first, ...rest],
    skipped: skipped.map(date),
    pauses: pauses.map(({ from, until }) => ({
      from: date(from),
      until: until === null ? null : date(until),
    })),
  }
}

/** Terms for storing. */
export function storeTerms(terms: TermsList): StoredTerms[] {
  return terms.map((one) => ({ ...one, from: one.from.toString() }))
}

/** Stored terms. Throws when the row is damaged (none, or an amount that is not won). */
export function readTerms(stored: readonly StoredTerms[]): TermsList {
  const [first, ...rest] = stored.map((one) => {
    const unitPrice: Won = won(one.unitPrice)
    return { ...one, from: date(one.from), unitPrice }
  })
  if (!first) throw new Error('stored subscription without terms')
  return [first, ...rest]
}
