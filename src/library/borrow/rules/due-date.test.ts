import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dueDate } from './due-date.ts'
import { ALWAYS_OPEN } from './rules.fixture.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const mondays = { ...ALWAYS_OPEN, closedWeekdays: [1], closedOnHolidays: true }

describe('a due date', () => {
  it.each([
    ['2026-11-01', '2026-11-15', 'an open Sunday'],
    ['2026-11-02', '2026-11-17', 'a Monday moves to Tuesday'],
    ['2026-12-11', '2026-12-26', 'Christmas moves by a day'],
    ['2026-12-18', '2027-01-02', 'New Year, into the next year'],
    ['2028-02-15', '2028-02-29', 'the leap day'],
    ['2026-02-02', '2026-02-19', 'the run of Seollal'],
  ])('from %s is %s: %s', (from, due) => {
    expect(dueDate(mondays, day(from), 14)).toEqual({ kind: 'due', on: day(due) })
  })

  it('is refused, not searched for without end, when the library stays closed', () => {
    const closed = { ...ALWAYS_OPEN, closedWeekdays: [1, 2, 3, 4, 5, 6, 7] }
    expect(dueDate(closed, day('2026-11-01'), 14)).toMatchObject({ code: 'library_closed_too_long' })
  })

  it('is never before the day of the loan', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 60 }), (after, period) => {
        const from = day('2024-01-01').add({ days: after })
        const due = dueDate(mondays, from, period)
        if (due.kind !== 'due') throw new Error('closed')
        expect(Temporal.PlainDate.compare(due.on, from.add({ days: period }))).toBeGreaterThanOrEqual(0)
        expect(due.on.dayOfWeek).not.toBe(1)
      }),
    )
  })
})
