import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { newSchedule, pauseSchedule, plannedCycles, type Schedule, skipDue } from './billing-calendar.ts'
import { type CatchUpPolicy, type CycleDecision, catchUp, defaultCatchUpPolicy } from './catch-up.ts'

const date = (text: string) => Temporal.PlainDate.from(text)
const anchor = date('2027-01-01')
const weekly = newSchedule(anchor, { unit: 'days', count: 7 }) // 8, 15, 22, 29 Jan, 5 Feb …
const fresh = { lastHandledDue: anchor, lastChargedOn: anchor, hasOpenCycle: false }

/** "2 charge", "3 skip missed" … */
const lines = (decisions: readonly CycleDecision[]) =>
  decisions.map((d) => [d.no, d.decision, ...('reason' in d ? [d.reason] : [])].join(' '))

function skipping(schedule: Schedule, day: string): Schedule {
  const result = skipDue(schedule, date(day), anchor)
  if (result.kind === 'refused') throw new Error(result.code)
  return result.schedule
}

function pausing(schedule: Schedule, from: string, until: string): Schedule {
  const result = pauseSchedule(schedule, date(from), date(until))
  if (result.kind === 'refused') throw new Error(result.code)
  return result.schedule
}

describe('catching up', () => {
  test('nothing is due: nothing is decided', () => {
    expect(catchUp(weekly, fresh, date('2027-01-07'), 'bill_one')).toEqual([])
  })

  test.each(['bill_one', 'bill_all_spread'] as const)('on the day itself it is charged (%s)', (policy) => {
    expect(lines(catchUp(weekly, fresh, date('2027-01-08'), policy))).toEqual(['2 charge'])
    expect(lines(catchUp(weekly, fresh, date('2027-01-11'), policy))).toEqual(['2 charge'])
  })

  test('several missed: bill one, the latest; the older ones are recorded as missed', () => {
    expect(lines(catchUp(weekly, fresh, date('2027-01-30'), defaultCatchUpPolicy))).toEqual([
      '2 skip missed',
      '3 skip missed',
      '4 skip missed',
      '5 charge',
    ])
  })

  test('several missed: or all, oldest first, one a day', () => {
    expect(lines(catchUp(weekly, fresh, date('2027-01-23'), 'bill_all_spread'))).toEqual([
      '2 charge',
      '3 wait',
      '4 wait',
    ])
    const afterOne = {
      lastHandledDue: date('2027-01-08'),
      lastChargedOn: date('2027-01-23'),
      hasOpenCycle: false,
    }
    expect(lines(catchUp(weekly, afterOne, date('2027-01-23'), 'bill_all_spread'))).toEqual([
      '3 wait',
      '4 wait',
    ])
    expect(lines(catchUp(weekly, afterOne, date('2027-01-24'), 'bill_all_spread'))).toEqual([
      '3 charge',
      '4 wait',
    ])
  })

  test('skipped and paused cycles are recorded with their own reason', () => {
    const schedule = pausing(skipping(weekly, '2027-01-08'), '2027-01-10', '2027-01-20')
    expect(lines(catchUp(schedule, fresh, date('2027-01-22'), 'bill_one'))).toEqual([
      '2 skip customer',
      '3 skip paused',
      '4 charge',
    ])
    expect(lines(catchUp(schedule, fresh, date('2027-01-16'), 'bill_all_spread'))).toEqual([
      '2 skip customer',
      '3 skip paused',
    ])
  })

  test('the missed ones before a skipped one: the latest chargeable is charged, what follows it waits its turn', () => {
    const schedule = skipping(weekly, '2027-01-22')
    expect(lines(catchUp(schedule, fresh, date('2027-01-23'), 'bill_one'))).toEqual([
      '2 skip missed',
      '3 charge',
      '4 wait',
    ])
  })

  test.each(['bill_one', 'bill_all_spread'] as const)(
    'while a cycle is open everything waits (%s)',
    (policy) => {
      const open = { ...fresh, hasOpenCycle: true }
      expect(lines(catchUp(skipping(weekly, '2027-01-08'), open, date('2027-01-23'), policy))).toEqual([
        '2 wait',
        '3 wait',
        '4 wait',
      ])
    },
  )

  test.each(['2027-01-15', '2027-01-16'])(
    'charged already today, or later by a clock set back (%s): wait',
    (day) => {
      const charged = { ...fresh, lastChargedOn: date(day) }
      expect(lines(catchUp(weekly, charged, date('2027-01-15'), 'bill_one'))).toEqual([
        '2 skip missed',
        '3 wait',
      ])
    },
  )

  test('with runs on any days: every cycle once, in order, at most one charge a day, at most one open', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<CatchUpPolicy>('bill_one', 'bill_all_spread'),
        fc.integer({ min: 7, max: 40 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 15 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 5 }),
        (policy, period, gaps, skips) => {
          let schedule = newSchedule(anchor, { unit: 'days', count: period })
          for (const n of skips) schedule = skipping(schedule, String(anchor.add({ days: n * period })))
          let { lastHandledDue, lastChargedOn } = fresh
          let today = anchor
          const handled: number[] = []
          const chargedOn: string[] = []
          const settle = 400 // more daily runs than can be waiting
          for (const gap of [...gaps, ...Array<number>(settle).fill(1)]) {
            today = today.add({ days: gap })
            const decisions = catchUp(
              schedule,
              { lastHandledDue, lastChargedOn, hasOpenCycle: false },
              today,
              policy,
            )
            for (const { no, due, decision } of decisions) {
              if (decision === 'wait') break
              expect(Temporal.PlainDate.compare(due, today)).toBeLessThanOrEqual(0)
              handled.push(no)
              lastHandledDue = due
              if (decision !== 'charge') continue
              chargedOn.push(String(today))
              lastChargedOn = today
            }
          }
          const all = plannedCycles(schedule, anchor.add({ days: 1 }), today).map(({ no }) => no)
          expect(handled).toEqual(all)
          expect(new Set(chargedOn).size).toBe(chargedOn.length)
          if (policy === 'bill_all_spread') {
            const chargeable = plannedCycles(schedule, anchor.add({ days: 1 }), today)
            expect(chargedOn.length).toBe(chargeable.filter(({ plan }) => plan === 'charge').length)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})
