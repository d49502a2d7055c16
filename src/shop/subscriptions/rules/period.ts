/**
 * How long a period is, which periods a merchant offers, and until when a customer may still change the next charge.
 * Every due date is counted from the anchor (the first payment date), so nothing ever drifts.
 */

import type { Period } from '../../../platform/time/period.ts'

/** What a merchant allows, and when the next charge can no longer be changed. Data, one per merchant. */
export type CalendarPolicy = {
  /** Day counts on offer, or 'any' for every whole number of days from 7 to 365. */
  readonly allowedDays: readonly number[] | 'any'
  /** Month counts on offer (1–12); an empty list offers none. */
  readonly allowedMonths: readonly number[] | 'any'
  /** The last moment for changes: this local time, this many days before the charge. */
  readonly cutOff: { readonly daysBefore: number; readonly time: Temporal.PlainTime }
  /** IANA name of the zone in which business days begin and end. */
  readonly timeZone: string
}

export type PeriodRefused = {
  readonly kind: 'refused'
  readonly code: 'period_malformed' | 'period_not_offered'
}

/** The shortest period anyone may have, in days; also the least distance between two charges of a subscription. */
export const shortestPeriodDays = 7
/** The periods anyone may have at all, shortest and longest. */
export const periodLimits = { days: [shortestPeriodDays, 365], months: [1, 12] } as const

/** 30, 60, 90 or 120 days; changes until 18:00 on the day before the charge; business days of Seoul. */
export const defaultCalendarPolicy: CalendarPolicy = {
  allowedDays: [30, 60, 90, 120],
  allowedMonths: [],
  cutOff: { daysBefore: 1, time: Temporal.PlainTime.from('18:00') },
  timeZone: 'Asia/Seoul',
}

/**
 * Reads a period a customer asked for.
 * Refuses `period_malformed` (not whole, or outside 7–365 days / 1–12 months) and `period_not_offered` (not this merchant's).
 */
export function parsePeriod(
  input: { readonly unit: string; readonly count: number },
  policy: CalendarPolicy,
): { readonly kind: 'period'; readonly period: Period } | PeriodRefused {
  const { unit, count } = input
  if (!Number.isSafeInteger(count)) return { kind: 'refused', code: 'period_malformed' }
  if (unit !== 'days' && unit !== 'months') return { kind: 'refused', code: 'period_malformed' }
  const [least, most] = periodLimits[unit]
  if (count < least || count > most) return { kind: 'refused', code: 'period_malformed' }
  return offered({ unit, count }, unit === 'days' ? policy.allowedDays : policy.allowedMonths)
}

function offered(period: Period, allowed: readonly number[] | 'any') {
  return allowed === 'any' || allowed.includes(period.count)
    ? ({ kind: 'period', period } as const)
    : ({ kind: 'refused', code: 'period_not_offered' } as const)
}

/**
 * The k-th date (k = 0, 1, …) on the grid of an anchor. Months keep the anchor's day and fall back to the month's
 * last day where that day does not exist: 31 Jan → 28/29 Feb → 31 Mar, because each date is added to the anchor itself.
 */
export function gridDate(anchor: Temporal.PlainDate, period: Period, k: number): Temporal.PlainDate {
  return period.unit === 'days'
    ? anchor.add({ days: k * period.count })
    : anchor.add({ months: k * period.count }, { overflow: 'constrain' })
}

/** The smallest k ≥ 0 whose grid date is on or after `date`. Computed, not searched: ten years cost the same as one. */
export function gridIndexFrom(anchor: Temporal.PlainDate, period: Period, date: Temporal.PlainDate): number {
  if (Temporal.PlainDate.compare(date, anchor) <= 0) return 0
  if (period.unit === 'days')
    return Math.ceil(anchor.until(date, { largestUnit: 'days' }).days / period.count)
  const months = (date.year - anchor.year) * 12 + (date.month - anchor.month)
  const k = Math.floor(months / period.count)
  return Temporal.PlainDate.compare(gridDate(anchor, period, k), date) >= 0 ? k : k + 1
}

/** The business day an instant belongs to. */
export function businessDay(now: Temporal.Instant, policy: CalendarPolicy): Temporal.PlainDate {
  return now.toZonedDateTimeISO(policy.timeZone).toPlainDate()
}

/** The instant from which the charge due on `due` can no longer be changed. */
export function cutOffOf(due: Temporal.PlainDate, policy: CalendarPolicy): Temporal.Instant {
  return due
    .subtract({ days: policy.cutOff.daysBefore })
    .toZonedDateTime({ timeZone: policy.timeZone, plainTime: policy.cutOff.time })
    .toInstant()
}

/** Whether a change made at `now` still reaches the charge due on `due`. At the cut-off itself it is too late. */
export function isBeforeCutOff(
  due: Temporal.PlainDate,
  now: Temporal.Instant,
  policy: CalendarPolicy,
): boolean {
  return Temporal.Instant.compare(now, cutOffOf(due, policy)) < 0
}

/** The earliest due date that a change made at `now` still reaches. */
export function firstChangeableDay(now: Temporal.Instant, policy: CalendarPolicy): Temporal.PlainDate {
  const candidate = businessDay(now, policy).add({ days: policy.cutOff.daysBefore })
  return isBeforeCutOff(candidate, now, policy) ? candidate : candidate.add({ days: 1 })
}

/** The later of two dates. */
export function laterDate(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(a, b) >= 0 ? a : b
}

/** The earlier of two dates. */
export function earlierDate(a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate {
  return Temporal.PlainDate.compare(a, b) <= 0 ? a : b
}
