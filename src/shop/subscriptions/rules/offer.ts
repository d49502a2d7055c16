/**
 * What the merchant offers, read from settings as people write them: periods (`30d,60d,7-365d,1m`), the last moment for
 * changes (`1d 18:00`), and the retry policy (JSON). What cannot be meant is refused in words for the terminal.
 */
import type { Period } from '../../../platform/time/period.ts'
import { type CalendarPolicy, periodLimits } from './period.ts'
import { defaultRetryPolicy, parseRetryPolicy, type RetryPolicy, retryRanges } from './retry-policy.ts'

export type OfferRefused = {
  readonly kind: 'refused'
  readonly code: 'offer_malformed'
  /** For whoever wrote the setting. */
  readonly because: string
}
type Read<T> = { readonly kind: 'read'; readonly value: T } | OfferRefused

export type OfferedPeriods = {
  readonly allowedDays: readonly number[]
  readonly allowedMonths: readonly number[]
}

const units = { d: 'days', m: 'months' } as const

/**
 * Reads the periods on offer: entries of days (`30d`), months (`1m`) or a range of either (`7-365d`), between commas.
 * What is named twice counts once. Refuses anything else, and what no subscription may have (7–365 days, 1–12 months).
 */
export function parseOfferedPeriods(text: string): Read<OfferedPeriods> {
  const offered = { days: new Set<number>(), months: new Set<number>() }
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, from, to = from, letter] = /^(\d{1,3})(?:-(\d{1,3}))?([dm])$/.exec(entry) ?? []
    if (letter !== 'd' && letter !== 'm')
      return malformed(`"${entry}" is no period: write days as 30d, months as 1m, a range as 7-365d`)
    const unit = units[letter]
    const [least, most] = periodLimits[unit]
    const [first, last] = [Number(from), Number(to)]
    if (first < least || last > most) return malformed(`"${entry}": ${unit} must be from ${least} to ${most}`)
    if (first > last) return malformed(`"${entry}" begins after its end`)
    for (let count = first; count <= last; count += 1) offered[unit].add(count)
  }
  const sorted = (counts: ReadonlySet<number>) => [...counts].sort((a, b) => a - b)
  return read({ allowedDays: sorted(offered.days), allowedMonths: sorted(offered.months) })
}

/** The most days before a charge that changes may end: less than the shortest period. */
const longestCutOffDays = periodLimits.days[0] - 1

/**
 * Reads until when a charge can be changed, e.g. `1d 18:00`: the day before it at 18:00. At least one day, so that it is
 * over before the charges of a day begin. Refuses anything else.
 */
export function parseCutOff(text: string): Read<CalendarPolicy['cutOff']> {
  const [, days, time] = /^(\d)d (([01]\d|2[0-3]):[0-5]\d)$/.exec(text.trim()) ?? []
  const daysBefore = Number(days)
  if (time === undefined || daysBefore < 1 || daysBefore > longestCutOffDays)
    return malformed(
      `write the days before the charge (1 to ${longestCutOffDays}) and the time in Seoul, e.g. 1d 18:00`,
    )
  return read({ daysBefore, time: Temporal.PlainTime.from(time) })
}

/** Reads a retry policy from JSON. Fields left out keep their default. Refuses unknown fields and values out of range. */
export function parseRetrySetting(text: string): Read<RetryPolicy> {
  const given = jsonObject(text)
  const technical = given?.technical ?? {}
  if (!given || !isObject(technical)) return malformed('write a JSON object, e.g. {"laterRetries":2}')
  const { technical: defaults, ...rest } = defaultRetryPolicy
  const unknown = [
    ...Object.keys(given).filter((name) => !(name in rest) && name !== 'technical'),
    ...Object.keys(technical).filter((name) => !(name in defaults)),
  ]
  if (unknown.length > 0) return malformed(`unknown: ${unknown.join(', ')}`)
  const parsed = parseRetryPolicy({ ...rest, ...given, technical: { ...defaults, ...technical } })
  if (parsed.kind === 'policy') return read(parsed.policy)
  const allowed = parsed.fields.map((name) => {
    const range = Object.entries(retryRanges).find(([field]) => field === name)?.[1]
    return range ? `${name} (a whole number from ${range[0]} to ${range[1]})` : name
  })
  return malformed(`out of range: ${allowed.join(', ')}; mostSeconds is not less than firstSeconds`)
}

/** Whether customers told of a charge so many days before it can still change it: the cut-off comes on a later day. */
export function noticeLeavesTime(noticeDays: number, cutOff: CalendarPolicy['cutOff']): boolean {
  return noticeDays > cutOff.daysBefore
}

/** Periods on offer that follow one another: from `least` to `most`, both included. */
export type PeriodRange = { readonly unit: Period['unit']; readonly least: number; readonly most: number }

/** The periods on offer as few ranges, shortest first, days before months. */
export function periodRanges({ allowedDays, allowedMonths }: CalendarPolicy): PeriodRange[] {
  return [...rangesOf('days', allowedDays), ...rangesOf('months', allowedMonths)]
}

function rangesOf(unit: Period['unit'], allowed: readonly number[] | 'any'): PeriodRange[] {
  const [least, most] = periodLimits[unit]
  if (allowed === 'any') return [{ unit, least, most }]
  const ranges: PeriodRange[] = []
  for (const count of [...new Set(allowed)].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && count === last.most + 1) ranges[ranges.length - 1] = { ...last, most: count }
    else ranges.push({ unit, least: count, most: count })
  }
  return ranges
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return isObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read<T>(value: T): Read<T> {
  return { kind: 'read', value }
}

function malformed(because: string): OfferRefused {
  return { kind: 'refused', code: 'offer_malformed', because }
}
