import { describe, expect, it } from 'vitest'
import { lastDayDue, lastDayListed, lastDayOverdue, listCompleteAt, tableDueAt } from './settlement-day.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const seoul = (text: string) => Temporal.Instant.from(`${text}:00+09:00`)

describe('the table of a day', () => {
  // 2026-11-26 is a Thursday.
  it.each([
    ['2026-11-26', '2026-11-27T12:00'],
    ['2026-11-27', '2026-11-30T12:00'],
    ['2026-11-28', '2026-11-30T12:00'],
    ['2026-11-29', '2026-11-30T12:00'],
    ['2026-11-30', '2026-12-01T12:00'],
    // Christmas is a Friday; 추석 is Thursday to Saturday; 개천절 a Saturday, made up for on Monday.
    ['2026-12-24', '2026-12-28T12:00'],
    ['2026-09-23', '2026-09-28T12:00'],
    ['2026-10-02', '2026-10-06T12:00'],
  ])('of %s should be here on the next working day, %s', (of, due) => {
    expect(tableDueAt(day(of), 12)).toEqual(seoul(due))
  })

  it.each([
    ['2026-11-27T11:59', '2026-11-25'],
    ['2026-11-27T12:00', '2026-11-26'],
    ['2026-11-29T23:59', '2026-11-26'],
    ['2026-11-30T11:59', '2026-11-26'],
    ['2026-11-30T12:00', '2026-11-29'],
    ['2026-12-01T00:00', '2026-11-29'],
    ['2026-12-25T12:00', '2026-12-23'],
    ['2026-12-28T12:00', '2026-12-27'],
  ])('is looked for at %s up to that of %s', (now, last) => {
    expect(lastDayDue(seoul(now), 12)).toEqual(day(last))
  })
})

describe('the list of a day', () => {
  it('is complete at six of the next morning, also on a holiday', () => {
    expect(listCompleteAt(day('2026-12-24'))).toEqual(seoul('2026-12-25T06:00'))
  })

  it.each([
    ['2026-12-25T05:59', '2026-12-23', '2026-12-23'],
    ['2026-12-25T06:00', '2026-12-24', '2026-12-23'],
    ['2026-12-25T11:59', '2026-12-24', '2026-12-23'],
    ['2026-12-25T12:00', '2026-12-24', '2026-12-24'],
    ['2026-12-26T00:00', '2026-12-24', '2026-12-24'],
  ])('is there at %s up to that of %s, and overdue up to that of %s', (now, listed, overdue) => {
    expect([lastDayListed(seoul(now)), lastDayOverdue(seoul(now))]).toEqual([day(listed), day(overdue)])
  })
})
