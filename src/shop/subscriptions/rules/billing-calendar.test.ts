import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Period } from '../../../platform/time/period.ts'
import {
  currentPeriod,
  dueDates,
  newSchedule,
  nextDue,
  pauseInForce,
  pauseSchedule,
  plannedCycles,
  resumeSchedule,
  type Schedule,
  settledSchedule,
  skipDue,
  skipNextDue,
  unskipDue,
  withPeriod,
} from './billing-calendar.ts'

const date = (text: string) => Temporal.PlainDate.from(text)
const days = (count: number): Period => ({ unit: 'days', count })
const months = (count: number): Period => ({ unit: 'months', count })
/** Comparable by value; Temporal objects have no enumerable fields. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const texts = (list: readonly Temporal.PlainDate[]) => list.map(String)
const tenYears = (schedule: Schedule) =>
  plannedCycles(schedule, schedule.anchor, schedule.anchor.add({ years: 10 }))

function scheduled<T extends { kind: string }>(
  result: T | { kind: 'scheduled'; schedule: Schedule },
): Schedule {
  if (result.kind !== 'scheduled' || !('schedule' in result))
    throw new Error(`refused: ${JSON.stringify(result)}`)
  return result.schedule
}

const anchors = fc.integer({ min: 0, max: 4000 }).map((n) => date('2024-01-01').add({ days: n }))
const periods: fc.Arbitrary<Period> = fc.oneof(
  fc.integer({ min: 7, max: 365 }).map(days),
  fc.integer({ min: 1, max: 12 }).map(months),
)

/** What a customer may do, on some later day; the clock may also run backwards (negative `later`). */
const actions = fc.array(
  fc.record({
    later: fc.integer({ min: -20, max: 90 }),
    act: fc.oneof(
      periods.map((period) => ({ kind: 'period' as const, period })),
      fc.constant({ kind: 'skipNext' as const }),
      fc.integer({ min: 1, max: 200 }).map((length) => ({ kind: 'pause' as const, length })),
      fc.constant({ kind: 'pauseOpen' as const }),
      fc.constant({ kind: 'resume' as const }),
    ),
  }),
  { maxLength: 12 },
)
type Action = { readonly later: number; readonly act: { kind: string; period?: Period; length?: number } }

/** Plays actions as the shop would: everything due up to the day is recorded first, changes hold from the day after. */
function play(anchor: Temporal.PlainDate, period: Period, list: readonly Action[]) {
  let schedule = newSchedule(anchor, period)
  let today = anchor
  let last = anchor
  const recorded: { no: number; due: string; plan: string }[] = []
  const record = () => {
    for (const cycle of plannedCycles(schedule, last.add({ days: 1 }), today)) {
      recorded.push({ no: cycle.no, due: String(cycle.due), plan: cycle.plan })
      last = cycle.due
    }
  }
  for (const { later, act } of list) {
    today = today.add({ days: later })
    record()
    const from = Temporal.PlainDate.compare(today, last) < 0 ? last.add({ days: 1 }) : today.add({ days: 1 })
    if (act.kind === 'period' && act.period) schedule = withPeriod(schedule, act.period, from, last)
    if (act.kind === 'skipNext') schedule = skipNextDue(schedule, from)?.schedule ?? schedule
    if (act.kind === 'pause' || act.kind === 'pauseOpen') {
      const result = pauseSchedule(schedule, from, act.length ? from.add({ days: act.length }) : null)
      if (result.kind === 'scheduled') schedule = result.schedule
    }
    if (act.kind === 'resume') schedule = resumeSchedule(schedule, from)
  }
  return { schedule, last, today, recorded }
}

describe('due dates', () => {
  test('cycle n is due at the anchor plus n − 1 periods', () => {
    const schedule = newSchedule(date('2027-01-15'), days(30))
    expect(plain(plannedCycles(schedule, date('2027-01-15'), date('2027-03-16')))).toEqual([
      { no: 1, due: '2027-01-15', plan: 'charge' },
      { no: 2, due: '2027-02-14', plan: 'charge' },
      { no: 3, due: '2027-03-16', plan: 'charge' },
    ])
  })

  test('monthly from the 31st', () => {
    const schedule = newSchedule(date('2027-01-31'), months(1))
    expect(texts(dueDates(schedule, date('2027-02-01'), date('2027-05-31')))).toEqual([
      '2027-02-28',
      '2027-03-31',
      '2027-04-30',
      '2027-05-31',
    ])
  })

  test('both ends are included, an empty range is empty', () => {
    const schedule = newSchedule(date('2027-01-01'), days(10))
    expect(texts(dueDates(schedule, date('2027-01-11'), date('2027-01-21')))).toEqual([
      '2027-01-11',
      '2027-01-21',
    ])
    expect(dueDates(schedule, date('2027-01-12'), date('2027-01-20'))).toEqual([])
    expect(dueDates(schedule, date('2027-02-12'), date('2027-01-20'))).toEqual([])
  })

  test('the next one is strictly after', () => {
    const schedule = newSchedule(date('2027-01-01'), days(10))
    expect(plain(nextDue(schedule, date('2027-01-11')))).toEqual({ no: 3, due: '2027-01-21' })
    expect(plain(nextDue(schedule, date('2027-01-10')))).toEqual({ no: 2, due: '2027-01-11' })
    expect(plain(nextDue(schedule, date('2020-01-10')))).toEqual({ no: 1, due: '2027-01-01' })
  })

  test('walking by nextDue visits exactly the due dates', () => {
    fc.assert(
      fc.property(anchors, periods, actions, (anchor, period, list) => {
        const { schedule, last } = play(anchor, period, list)
        const end = last.add({ years: 2 })
        const walked: string[] = []
        for (let next = nextDue(schedule, last); next; next = nextDue(schedule, next.due)) {
          if (Temporal.PlainDate.compare(next.due, end) > 0) break
          walked.push(String(next.due))
        }
        expect(walked).toEqual(texts(dueDates(schedule, last.add({ days: 1 }), end)))
      }),
    )
  })

  test('whatever the customer does: numbers without gaps, dates rise by at least seven days, all on the anchor grid', () => {
    fc.assert(
      fc.property(anchors, periods, actions, (anchor, period, list) => {
        const cycles = tenYears(play(anchor, period, list).schedule)
        for (const [i, cycle] of cycles.entries()) {
          expect(cycle.no).toBe(i + 1)
          const previous = cycles[i - 1]
          if (previous) expect(previous.due.until(cycle.due).days).toBeGreaterThanOrEqual(7)
        }
      }),
    )
  })

  test('what has been recorded stays as it was, also with a clock that runs backwards', () => {
    fc.assert(
      fc.property(anchors, periods, actions, (anchor, period, list) => {
        const { schedule, last, recorded } = play(anchor, period, list)
        const again = plannedCycles(schedule, anchor.add({ days: 1 }), last)
        expect(again.map(({ no, due }) => ({ no, due: String(due) }))).toEqual(
          recorded.map(({ no, due }) => ({ no, due })),
        )
      }),
    )
  })
})

describe('changing the period', () => {
  const anchor = date('2027-01-01')
  const monthly = newSchedule(anchor, days(30)) // 1 Jan, 31 Jan, 2 Mar, 1 Apr, 1 May …

  test('counts from the anchor, not from the day of the change nor the last charge', () => {
    const changed = withPeriod(monthly, days(60), date('2027-02-10'), date('2027-01-31'))
    expect(plain(plannedCycles(changed, anchor, date('2027-07-01')))).toEqual([
      { no: 1, due: '2027-01-01', plan: 'charge' },
      { no: 2, due: '2027-01-31', plan: 'charge' },
      { no: 3, due: '2027-03-02', plan: 'charge' },
      { no: 4, due: '2027-05-01', plan: 'charge' },
      { no: 5, due: '2027-06-30', plan: 'charge' },
    ])
    expect(currentPeriod(changed)).toEqual(days(60))
  })

  test('a shorter period brings no cycle in the past', () => {
    const slow = newSchedule(anchor, days(120))
    const changed = withPeriod(slow, days(30), date('2027-03-15'), anchor)
    expect(texts(dueDates(changed, anchor.add({ days: 1 }), date('2027-05-10')))).toEqual([
      '2027-04-01',
      '2027-05-01',
    ])
  })

  test('what is past its cut-off or overdue but not recorded yet stays due', () => {
    const changed = withPeriod(monthly, days(90), date('2027-03-20'), date('2027-01-31'))
    expect(texts(dueDates(changed, date('2027-02-01'), date('2027-07-01')))).toEqual([
      '2027-03-02',
      '2027-04-01',
      '2027-06-30',
    ])
  })

  test('seven days are counted from the last of all that stay', () => {
    const weekly = newSchedule(anchor, days(7))
    const changed = withPeriod(weekly, days(8), date('2027-01-16'), anchor)
    expect(plain(plannedCycles(changed, date('2027-01-02'), date('2027-01-31')))).toEqual([
      { no: 2, due: '2027-01-08', plan: 'charge' },
      { no: 3, due: '2027-01-15', plan: 'charge' },
      { no: 4, due: '2027-01-25', plan: 'charge' },
    ])
  })

  test('a change from before an earlier one, by a clock set back, takes its place', () => {
    const later = withPeriod(monthly, days(60), date('2027-03-10'), date('2027-01-31'))
    const changed = withPeriod(later, days(90), date('2027-02-01'), date('2027-01-31'))
    expect(plain(plannedCycles(changed, anchor, date('2027-07-01')))).toEqual([
      { no: 1, due: '2027-01-01', plan: 'charge' },
      { no: 2, due: '2027-01-31', plan: 'charge' },
      { no: 3, due: '2027-04-01', plan: 'charge' },
      { no: 4, due: '2027-06-30', plan: 'charge' },
    ])
    expect(changed.segments.map(({ period }) => period)).toEqual([days(30), days(90)])
  })

  test('never the day after a delivery: from 30 to 31 days on day 30', () => {
    const changed = withPeriod(monthly, days(31), date('2027-02-01'), date('2027-01-31'))
    expect(plain(nextDue(changed, date('2027-01-31')))).toEqual({ no: 3, due: '2027-03-04' })
    const sevenApart = withPeriod(
      newSchedule(anchor, days(14)),
      days(21),
      date('2027-01-16'),
      date('2027-01-15'),
    )
    expect(plain(nextDue(sevenApart, date('2027-01-15')))).toEqual({ no: 3, due: '2027-01-22' })
  })

  test('there and back before the cut-off leaves no trace in the data', () => {
    const there = withPeriod(monthly, days(60), date('2027-02-10'), date('2027-01-31'))
    const further = withPeriod(there, days(7), date('2027-02-11'), date('2027-01-31'))
    for (const detour of [there, withPeriod(further, days(90), date('2027-02-11'), date('2027-01-31'))])
      expect(plain(withPeriod(detour, days(30), date('2027-02-11'), date('2027-01-31')))).toEqual(
        plain(monthly),
      )
  })

  test('the same period again is the same schedule', () => {
    expect(withPeriod(monthly, days(30), date('2027-02-10'), date('2027-01-31'))).toBe(monthly)
  })

  test('there and back before the cut-off gives the same cycles again, whatever was done before', () => {
    fc.assert(
      fc.property(
        anchors,
        periods,
        actions,
        fc.array(fc.tuple(periods, fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 4 }),
        (start, period, list, detours) => {
          // With a clock set back to before an earlier change, "not in the past" means something else than it did then.
          const forwards = list.map((step) => ({ ...step, later: Math.abs(step.later) }))
          const { schedule, last, today } = play(start, period, forwards)
          const own = currentPeriod(schedule)
          const first = Temporal.PlainDate.compare(today, last) < 0 ? last : today
          const cycles = (s: Schedule) => plannedCycles(s, first.add({ days: 1 }), first.add({ years: 40 }))
          let detour = schedule
          let day = first
          const passed = (s: Schedule) =>
            cycles(s).some(({ due }) => Temporal.PlainDate.compare(due, day) <= 0)
          for (const [other, wait] of detours) {
            detour = withPeriod(detour, other, day.add({ days: 1 }), last)
            day = day.add({ days: wait })
            // Once a date of either schedule has passed, coming back is a real change.
            if (passed(detour) || passed(schedule)) return
          }
          const back = withPeriod(detour, own, day.add({ days: 1 }), last)
          expect(plain(cycles(back))).toEqual(plain(cycles(schedule)))
          expect(currentPeriod(back)).toEqual(own)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('new dates lie on the grid of the anchor, after what is fixed and not before the change can hold', () => {
    fc.assert(
      fc.property(
        anchors,
        periods,
        actions,
        periods,
        fc.integer({ min: -400, max: 400 }),
        (start, period, list, other, shift) => {
          const { schedule, last } = play(start, period, list)
          fc.pre(JSON.stringify(currentPeriod(schedule)) !== JSON.stringify(other))
          const from = last.add({ days: shift })
          const changed = withPeriod(schedule, other, from, last)
          const before = plannedCycles(schedule, last.add({ days: 1 }), from.subtract({ days: 1 }))
          const after = plannedCycles(changed, last.add({ days: 1 }), last.add({ years: 6 }))
          expect(plain(after.slice(0, before.length))).toEqual(plain(before))
          const recorded = (s: Schedule) => plain(plannedCycles(s, start, last))
          expect(recorded(changed)).toEqual(recorded(schedule))
          if (after[0]) expect(last.until(after[0].due).days).toBeGreaterThanOrEqual(7)
          for (const { due } of after.slice(before.length)) {
            expect(Temporal.PlainDate.compare(due, from)).toBeGreaterThanOrEqual(0)
            const onGrid =
              other.unit === 'days'
                ? start.until(due, { largestUnit: 'days' }).days % other.count === 0
                : ((due.year - start.year) * 12 + due.month - start.month) % other.count === 0 &&
                  due.day === Math.min(start.day, due.daysInMonth)
            expect(onGrid).toBe(true)
          }
        },
      ),
    )
  })

  test('many changes of mind leave no more segments than cycles', () => {
    let schedule = monthly
    for (let i = 0; i < 200; i += 1)
      schedule = withPeriod(
        schedule,
        days(i % 2 ? 30 : 60 + (i % 7)),
        date('2027-01-02').add({ days: i % 20 }),
        anchor,
      )
    expect(schedule.segments.length).toBeLessThanOrEqual(2)
  })
})

describe('skipping', () => {
  const schedule = newSchedule(date('2027-01-01'), days(30))

  test('removes exactly one date, and unskipping gives the very same schedule back', () => {
    fc.assert(
      fc.property(anchors, periods, fc.integer({ min: 1, max: 20 }), (anchor, period, index) => {
        const before = newSchedule(anchor, period)
        const all = dueDates(before, anchor, anchor.add({ years: 25 }))
        const target = all[index]
        if (!target) throw new Error('25 years have more than 20 cycles')
        const after = scheduled(skipDue(before, target, anchor))
        expect(texts(dueDates(after, anchor, anchor.add({ years: 25 })))).toEqual(
          texts(all).filter((_, i) => i !== index),
        )
        expect(plain(scheduled(unskipDue(after, target, anchor)))).toEqual(plain(before))
        expect(scheduled(skipDue(after, target, anchor))).toBe(after)
      }),
    )
  })

  test('refuses a day without a cycle, a paused one, and one past its cut-off', () => {
    const from = date('2027-01-20')
    expect(skipDue(schedule, date('2027-01-30'), from)).toEqual({ kind: 'refused', code: 'not_a_due_date' })
    expect(skipDue(schedule, date('2027-01-01'), from)).toEqual({ kind: 'refused', code: 'after_cut_off' })
    expect(unskipDue(schedule, date('2027-01-01'), from)).toEqual({ kind: 'refused', code: 'after_cut_off' })
    const paused = scheduled(pauseSchedule(schedule, from, null))
    expect(skipDue(paused, date('2027-01-31'), from)).toEqual({ kind: 'refused', code: 'not_a_due_date' })
  })

  test('a second tap on "skip the next" does not skip two', () => {
    const once = skipNextDue(schedule, date('2027-01-20'))
    expect(plain(once?.cycle)).toEqual({ no: 2, due: '2027-01-31' })
    const twice = once && skipNextDue(once.schedule, date('2027-01-21'))
    expect(plain(twice)).toEqual(plain(once))
    expect(plain(once && nextDue(once.schedule, date('2027-01-20')))).toEqual({ no: 3, due: '2027-03-02' })
  })

  test('skips are kept in order and a date not skipped is not unskipped', () => {
    const two = scheduled(
      skipDue(
        scheduled(skipDue(schedule, date('2027-03-02'), schedule.anchor)),
        date('2027-01-31'),
        schedule.anchor,
      ),
    )
    expect(texts(two.skipped)).toEqual(['2027-01-31', '2027-03-02'])
    expect(scheduled(unskipDue(two, date('2027-04-01'), schedule.anchor))).toBe(two)
    expect(texts(scheduled(unskipDue(two, date('2027-01-31'), schedule.anchor)).skipped)).toEqual([
      '2027-03-02',
    ])
  })

  test('nothing to skip while paused without an end', () => {
    expect(
      skipNextDue(scheduled(pauseSchedule(schedule, date('2027-01-20'), null)), date('2027-01-21')),
    ).toBeNull()
  })

  test('a skip survives a period that does not have the date', () => {
    const skipped = scheduled(skipDue(schedule, date('2027-01-31'), date('2027-01-20')))
    const other = withPeriod(skipped, days(60), date('2027-01-20'), schedule.anchor)
    expect(plain(withPeriod(other, days(30), date('2027-01-20'), schedule.anchor))).toEqual(plain(skipped))
  })
})

describe('pausing', () => {
  const schedule = newSchedule(date('2027-01-01'), days(30)) // 31 Jan, 2 Mar, 1 Apr, 1 May, 31 May

  test('without an end nothing is due; resuming keeps the grid and makes up for nothing', () => {
    const paused = scheduled(pauseSchedule(schedule, date('2027-02-01'), null))
    expect(nextDue(paused, date('2027-01-31'))).toBeNull()
    expect(plain(nextDue(paused, date('2027-01-30')))).toEqual({ no: 2, due: '2027-01-31' })
    const resumed = resumeSchedule(paused, date('2027-04-10'))
    expect(plain(nextDue(resumed, date('2027-01-31')))).toEqual({ no: 5, due: '2027-05-01' })
    expect(plannedCycles(resumed, date('2027-02-01'), date('2027-05-01')).map(({ plan }) => plan)).toEqual([
      'paused',
      'paused',
      'charge',
    ])
  })

  test('with an end it is exclusive', () => {
    const paused = scheduled(pauseSchedule(schedule, date('2027-03-02'), date('2027-04-01')))
    expect(texts(dueDates(paused, date('2027-01-02'), date('2027-05-01')))).toEqual([
      '2027-01-31',
      '2027-04-01',
      '2027-05-01',
    ])
    expect(plain(nextDue(paused, date('2027-01-31')))).toEqual({ no: 4, due: '2027-04-01' })
  })

  test('pausing again keeps the start and moves the end; resuming before it begins undoes it', () => {
    const paused = scheduled(pauseSchedule(schedule, date('2027-02-01'), null))
    expect(plain(scheduled(pauseSchedule(paused, date('2027-02-05'), null)))).toEqual(plain(paused))
    const moved = scheduled(pauseSchedule(paused, date('2027-02-05'), date('2027-03-01')))
    expect(plain(moved.pauses)).toEqual([{ from: '2027-02-01', until: '2027-03-01' }])
    expect(plain(resumeSchedule(paused, date('2027-02-01')))).toEqual(plain(schedule))
    expect(resumeSchedule(schedule, date('2027-02-01'))).toBe(schedule)
  })

  test('a pause that is over stays as it was, a new one is added', () => {
    const paused = scheduled(pauseSchedule(schedule, date('2027-02-01'), date('2027-03-01')))
    expect(resumeSchedule(paused, date('2027-03-01'))).toBe(paused)
    const second = scheduled(pauseSchedule(paused, date('2027-03-01'), date('2027-04-15')))
    expect(plain(second.pauses)).toEqual([
      { from: '2027-02-01', until: '2027-03-01' },
      { from: '2027-03-01', until: '2027-04-15' },
    ])
    expect(plain(pauseInForce(second, date('2027-04-14')))).toEqual({
      from: '2027-03-01',
      until: '2027-04-15',
    })
    expect(pauseInForce(second, date('2027-04-15'))).toBeNull()
  })

  test('refuses an end that is not after the start', () => {
    for (const until of ['2027-02-01', '2027-01-15'])
      expect(pauseSchedule(schedule, date('2027-02-01'), date(until))).toEqual({
        kind: 'refused',
        code: 'pause_ends_before_it_starts',
      })
  })

  test('after resuming, the dates are those of a schedule that was never paused', () => {
    fc.assert(
      fc.property(
        anchors,
        periods,
        fc.integer({ min: 1, max: 900 }),
        fc.integer({ min: 1, max: 900 }),
        (anchor, period, wait, length) => {
          const never = newSchedule(anchor, period)
          const from = anchor.add({ days: wait })
          const to = from.add({ days: length })
          const resumed = resumeSchedule(scheduled(pauseSchedule(never, from, null)), to)
          const horizon = to.add({ years: 3 })
          expect(plain(plannedCycles(resumed, to, horizon))).toEqual(plain(plannedCycles(never, to, horizon)))
          expect(dueDates(resumed, from, to.subtract({ days: 1 }))).toEqual([])
        },
      ),
    )
  })
})

describe('settling', () => {
  test('forgets what is behind and changes nothing ahead', () => {
    fc.assert(
      fc.property(anchors, periods, actions, (anchor, period, list) => {
        const { schedule, last } = play(anchor, period, list)
        const tidy = settledSchedule(schedule, last)
        const ahead = (s: Schedule) => plain(plannedCycles(s, last.add({ days: 1 }), last.add({ years: 3 })))
        expect(ahead(tidy)).toEqual(ahead(schedule))
        expect(tidy.skipped.every((day) => Temporal.PlainDate.compare(day, last) > 0)).toBe(true)
        expect(settledSchedule(tidy, last)).toBe(tidy)
      }),
    )
  })

  test('drops a past skip and a past pause', () => {
    const start = newSchedule(date('2027-01-01'), days(30))
    const skipped = scheduled(skipDue(start, date('2027-01-31'), start.anchor))
    const paused = scheduled(pauseSchedule(skipped, date('2027-02-02'), date('2027-03-10')))
    expect(plain(settledSchedule(paused, date('2027-03-09')))).toEqual({
      ...Object(plain(paused)),
      skipped: [],
    })
    expect(plain(settledSchedule(paused, date('2027-03-10')))).toEqual(plain(start))
    const pauseOnly = scheduled(pauseSchedule(start, date('2027-02-02'), date('2027-03-10')))
    expect(plain(settledSchedule(pauseOnly, date('2027-03-10')))).toEqual(plain(start))
  })
})
