/**
 * The calendar of one subscription: which day is due, what number it has, and what becomes of it.
 * A schedule is plain data; nothing here knows when a payment really arrived, so a late success cannot move a date.
 */
import { type Period, samePeriod } from '../../../platform/time/period.ts'
import { gridDate, gridIndexFrom, laterDate, shortestPeriodDays } from './period.ts'

type PlainDate = Temporal.PlainDate

/** From this day on the due dates are those of the grid (anchor, period). It ends where the next segment starts. */
export type Segment = { readonly period: Period; readonly from: PlainDate }

/** No charge is due from `from` on, up to but not including `until`; `null` means until the customer resumes. */
export type Pause = { readonly from: PlainDate; readonly until: PlainDate | null }

/**
 * Everything that decides the due dates. `anchor` is the first payment date and never changes. There is one segment per
 * period that really made or will make a date; the last one is the current period. Earlier segments stay, because a
 * cycle that became due under them but was not handled yet (the run was down) must not be forgotten.
 */
export type Schedule = {
  readonly anchor: PlainDate
  readonly segments: readonly [Segment, ...Segment[]]
  /** Due dates the customer does not want, ascending. One that is not on the present grid has no effect. */
  readonly skipped: readonly PlainDate[]
  /** Ascending, never overlapping; only the last one may be open-ended. */
  readonly pauses: readonly Pause[]
}

/** Cycle numbers start at 1 (paid when the subscription starts) and rise with the date, skipped and paused ones included. */
export type DueCycle = { readonly no: number; readonly due: PlainDate }
export type PlannedCycle = DueCycle & { readonly plan: 'charge' | 'skipped' | 'paused' }

export type SkipRefused = { readonly kind: 'refused'; readonly code: 'not_a_due_date' | 'after_cut_off' }
export type PauseRefused = { readonly kind: 'refused'; readonly code: 'pause_ends_before_it_starts' }
type Scheduled = { readonly kind: 'scheduled'; readonly schedule: Schedule }

const isBefore = (a: PlainDate, b: PlainDate) => Temporal.PlainDate.compare(a, b) < 0

/** A schedule whose cycle 1 is paid on `anchor`; cycle n is due at anchor + (n − 1) periods. */
export function newSchedule(anchor: PlainDate, period: Period): Schedule {
  return { anchor, segments: [{ period, from: anchor }], skipped: [], pauses: [] }
}

/** The period in force for future cycles. */
export function currentPeriod(schedule: Schedule): Period {
  return (schedule.segments.at(-1) ?? schedule.segments[0]).period
}

/** All cycles on or after `from`, without end, in order. */
function* cyclesFrom(schedule: Schedule, from: PlainDate): Generator<DueCycle> {
  let no = 1
  for (const [i, { period, from: start }] of schedule.segments.entries()) {
    const next = schedule.segments[i + 1]
    const first = gridIndexFrom(schedule.anchor, period, start)
    const stop = next ? gridIndexFrom(schedule.anchor, period, next.from) : Number.POSITIVE_INFINITY
    for (let k = Math.max(first, gridIndexFrom(schedule.anchor, period, from)); k < stop; k += 1)
      yield { no: no + k - first, due: gridDate(schedule.anchor, period, k) }
    no += stop - first
  }
}

function pauseAt(schedule: Schedule, date: PlainDate): Pause | undefined {
  return schedule.pauses.find(
    (pause) => !isBefore(date, pause.from) && (pause.until === null || isBefore(date, pause.until)),
  )
}

function isSkipped(schedule: Schedule, date: PlainDate): boolean {
  return schedule.skipped.some((skipped) => skipped.equals(date))
}

function planOf(schedule: Schedule, cycle: DueCycle): PlannedCycle {
  if (pauseAt(schedule, cycle.due)) return { ...cycle, plan: 'paused' }
  return { ...cycle, plan: isSkipped(schedule, cycle.due) ? 'skipped' : 'charge' }
}

/** Every cycle due from `from` to `to` (both included) with what becomes of it: charged, skipped by wish, or paused. */
export function plannedCycles(schedule: Schedule, from: PlainDate, to: PlainDate): PlannedCycle[] {
  const planned: PlannedCycle[] = []
  for (const cycle of cyclesFrom(schedule, from)) {
    if (isBefore(to, cycle.due)) break
    planned.push(planOf(schedule, cycle))
  }
  return planned
}

/** The dates on which a charge is due, from `from` to `to` (both included), strictly ascending. */
export function dueDates(schedule: Schedule, from: PlainDate, to: PlainDate): PlainDate[] {
  return plannedCycles(schedule, from, to).flatMap(({ plan, due }) => (plan === 'charge' ? [due] : []))
}

/** The first cycle to be charged strictly after `after`, or null when paused without an end. */
export function nextDue(schedule: Schedule, after: PlainDate): DueCycle | null {
  let from = after.add({ days: 1 })
  for (;;) {
    const cycle = firstCycle(schedule, from)
    const pause = pauseAt(schedule, cycle.due)
    if (pause?.until === null) return null
    if (!pause && !isSkipped(schedule, cycle.due)) return cycle
    from = pause?.until ?? cycle.due.add({ days: 1 })
  }
}

function firstCycle(schedule: Schedule, from: PlainDate): DueCycle {
  const [cycle] = cyclesFrom(schedule, from).take(1)
  if (!cycle) throw new Error('a schedule never ends')
  return cycle
}

/**
 * Changes the period from the first date a change still reaches. The new dates lie on the grid of the anchor, after
 * every cycle that stays (`lastFixedDue`, the latest cycle already opened, and those past their cut-off), never in the
 * past. A new grid date less than seven days after a cycle that stays is passed over: going from 30 to 31 days on
 * day 30 must not charge again on day 31. Changing there and back before the cut-off gives back the very same cycles.
 */
export function withPeriod(
  schedule: Schedule,
  period: Period,
  effectiveFrom: PlainDate,
  lastFixedDue: PlainDate,
): Schedule {
  if (samePeriod(currentPeriod(schedule), period)) return schedule
  const stays = plannedCycles(schedule, lastFixedDue, effectiveFrom.subtract({ days: 1 }))
  const lastKept = stays.at(-1)?.due ?? lastFixedDue
  const from = laterDate(effectiveFrom, lastKept.add({ days: shortestPeriodDays }))
  const [first, ...rest] = schedule.segments
  const kept: [Segment, ...Segment[]] = [first, ...rest.filter((segment) => isBefore(segment.from, from))]
  return { ...schedule, segments: append(schedule.anchor, kept, { period, from }) }
}

/** Adds a segment, leaving out those that make no date, so that there-and-back leaves no trace. */
function append(anchor: PlainDate, kept: [Segment, ...Segment[]], added: Segment): [Segment, ...Segment[]] {
  const last = kept.at(-1) ?? kept[0]
  if (samePeriod(last.period, added.period)) return kept
  const [first, ...rest] = kept
  const before = rest.at(-2) ?? first
  const makesNoDate = (period: Period) =>
    gridIndexFrom(anchor, period, last.from) === gridIndexFrom(anchor, period, added.from)
  const removable = rest.length > 0 && makesNoDate(last.period) && makesNoDate(before.period)
  return removable ? append(anchor, [first, ...rest.slice(0, -1)], added) : [...kept, added]
}

/**
 * Skips the cycle due on `due`; skipping it again changes nothing.
 * Refuses `after_cut_off` (before `effectiveFrom`) and `not_a_due_date` (no cycle, or a paused one, on that day).
 */
export function skipDue(
  schedule: Schedule,
  due: PlainDate,
  effectiveFrom: PlainDate,
): Scheduled | SkipRefused {
  if (isBefore(due, effectiveFrom)) return { kind: 'refused', code: 'after_cut_off' }
  const cycle = plannedCycles(schedule, due, due)[0]
  if (!cycle || cycle.plan === 'paused') return { kind: 'refused', code: 'not_a_due_date' }
  if (cycle.plan === 'skipped') return { kind: 'scheduled', schedule }
  const skipped = [...schedule.skipped, due].sort(Temporal.PlainDate.compare)
  return { kind: 'scheduled', schedule: { ...schedule, skipped } }
}

/**
 * Skips the next cycle on or after `effectiveFrom`. If that one is skipped already nothing changes, so a second tap
 * never skips two. Null when paused without an end.
 */
export function skipNextDue(
  schedule: Schedule,
  effectiveFrom: PlainDate,
): { readonly schedule: Schedule; readonly cycle: DueCycle } | null {
  const open = nextDue({ ...schedule, skipped: [] }, effectiveFrom.subtract({ days: 1 }))
  if (!open) return null
  const result = skipDue(schedule, open.due, effectiveFrom)
  return result.kind === 'scheduled' ? { schedule: result.schedule, cycle: open } : null
}

/** Takes back a skip; a date that is not skipped changes nothing. Refuses `after_cut_off`. */
export function unskipDue(
  schedule: Schedule,
  due: PlainDate,
  effectiveFrom: PlainDate,
): Scheduled | SkipRefused {
  if (isBefore(due, effectiveFrom)) return { kind: 'refused', code: 'after_cut_off' }
  if (!isSkipped(schedule, due)) return { kind: 'scheduled', schedule }
  return {
    kind: 'scheduled',
    schedule: { ...schedule, skipped: schedule.skipped.filter((date) => !date.equals(due)) },
  }
}

/** The pause that is running or still to come on `date`, if any. */
export function pauseInForce(schedule: Schedule, date: PlainDate): Pause | null {
  const last = schedule.pauses.at(-1)
  return last && (last.until === null || isBefore(date, last.until)) ? last : null
}

/**
 * Pauses from `from` until `until` (exclusive; null = until resumed). A pause already in force keeps its start and takes
 * the new end. Refuses `pause_ends_before_it_starts`.
 */
export function pauseSchedule(
  schedule: Schedule,
  from: PlainDate,
  until: PlainDate | null,
): Scheduled | PauseRefused {
  const current = pauseInForce(schedule, from)
  const start = current?.from ?? from
  if (until && !isBefore(laterDate(start, from), until))
    return { kind: 'refused', code: 'pause_ends_before_it_starts' }
  const earlier = current ? schedule.pauses.slice(0, -1) : schedule.pauses
  return { kind: 'scheduled', schedule: { ...schedule, pauses: [...earlier, { from: start, until }] } }
}

/** Ends the pause: dates on or after `from` are due again, on the same grid. Without a pause nothing changes. */
export function resumeSchedule(schedule: Schedule, from: PlainDate): Schedule {
  const current = pauseInForce(schedule, from)
  if (!current) return schedule
  const earlier = schedule.pauses.slice(0, -1)
  const shortened = isBefore(current.from, from) ? [{ from: current.from, until: from }] : []
  return { ...schedule, pauses: [...earlier, ...shortened] }
}

/** Forgets skips and pauses that end on or before `through`, when all cycles up to that day are recorded. */
export function settledSchedule(schedule: Schedule, through: PlainDate): Schedule {
  const skipped = schedule.skipped.filter((date) => isBefore(through, date))
  const pauses = schedule.pauses.filter(({ until }) => until === null || isBefore(through, until))
  const same = skipped.length === schedule.skipped.length && pauses.length === schedule.pauses.length
  return same ? schedule : { ...schedule, skipped, pauses }
}
