import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import { at, begun, cycle2, date, days, plain, policy, receiver } from '../agreements.fixture.ts'
import { readSchedule, readTerms, storeSchedule, storeTerms } from '../store/stored-schedule.ts'
import { plannedCycles } from './billing-calendar.ts'
import type { CalendarPolicy } from './period.ts'
import { amountDue, type Decision, nextCharge, type Subscription } from './subscription.ts'
import {
  cycleFailed,
  cyclePaid,
  cycleSkipped,
  giveUpSubscription,
  openCycle,
} from './subscription-billing.ts'
import {
  pauseSubscription,
  resumeSubscription,
  skipDelivery,
  skipNextDelivery,
  unskipDelivery,
  wakeSubscription,
} from './subscription-pauses.ts'
import {
  acceptPrice,
  changeMethod,
  changePeriod,
  changeQuantity,
  changeReceiver,
  proposePrice,
} from './subscription-terms.ts'

describe('for any sequence of commands', () => {
  type Command = (
    subscription: Subscription,
    when: { now: Temporal.Instant; policy: CalendarPolicy },
  ) => Decision
  const dues = fc.integer({ min: 1, max: 30 }).map((n) => date('2027-01-01').add({ days: n * 15 }))
  const next = (s: Subscription) => {
    const ahead = plannedCycles(
      s.schedule,
      s.latestCycle.due.add({ days: 1 }),
      s.latestCycle.due.add({ years: 2 }),
    )
    return ahead[0] ?? cycle2
  }
  const hoursLater = (now: Temporal.Instant, hours: number) => now.add({ hours })
  const commands: fc.Arbitrary<Command> = fc.oneof(
    fc.integer({ min: 0, max: 12 }).map(
      (n): Command =>
        (s, w) =>
          changeQuantity(s, n, w),
    ),
    fc.constantFrom(7, 14, 30, 45, 60).map(
      (n): Command =>
        (s, w) =>
          changePeriod(s, days(n), w),
    ),
    fc.constantFrom('a', 'b').map(
      (city): Command =>
        (s, w) =>
          changeReceiver(s, { ...receiver, city }, w),
    ),
    fc.constantFrom('m1', 'm2').map(
      (m): Command =>
        (s, w) =>
          changeMethod(s, m, w),
    ),
    fc.constantFrom(10_000, 12_000).map(
      (p): Command =>
        (s, w) =>
          proposePrice(s, won(p), w),
    ),
    fc.constantFrom(10_000, 12_000).map(
      (p): Command =>
        (s, w) =>
          acceptPrice(s, won(p), w),
    ),
    dues.map(
      (due): Command =>
        (s, w) =>
          skipDelivery(s, due, w),
    ),
    fc.constant<Command>((s, w) => skipNextDelivery(s, w)),
    dues.map(
      (due): Command =>
        (s, w) =>
          unskipDelivery(s, due, w),
    ),
    fc.option(dues).map(
      (until): Command =>
        (s, w) =>
          pauseSubscription(s, until, w),
    ),
    fc.constant<Command>((s, w) => resumeSubscription(s, w)),
    fc.constant<Command>((s, w) => wakeSubscription(s, w)),
    fc.constant<Command>((s) => openCycle(s, next(s))),
    fc.constant<Command>((s, w) => cycleSkipped(s, next(s), 'missed', w)),
    fc.constant<Command>((s, w) => cyclePaid(s, s.latestCycle.no, w)),
    fc.constant<Command>((s, w) =>
      cycleFailed(s, s.latestCycle.no, { kind: 'retry_at', at: hoursLater(w.now, 24) }, w),
    ),
    fc.constant<Command>((s, w) =>
      cycleFailed(
        s,
        s.latestCycle.no,
        { kind: 'needs_new_method', giveUpAt: hoursLater(w.now, 72), token: 'keep' },
        w,
      ),
    ),
    fc.constant<Command>((s, w) => giveUpSubscription(s, s.latestCycle.no, 'no_new_method', w)),
  )
  /** Hours until the next command; now and then the clock is set back. */
  const script = fc.array(fc.tuple(fc.integer({ min: -48, max: 700 }), commands), { maxLength: 25 })

  /** The subscription must hold together whatever state it is in. */
  function check(s: Subscription) {
    if (s.state === 'past_due') expect(s.latestCycle.open).toBe(true)
    if (s.state === 'paused') expect(plain(s.schedule.pauses.at(-1))).toEqual(plain(s.pause))
    const charge = nextCharge(s)
    if (charge) expect(Temporal.PlainDate.compare(charge.due, s.latestCycle.due)).toBeGreaterThan(0)
    const froms = s.terms.map(({ from }) => String(from))
    expect(froms).toEqual([...new Set(froms)].sort())
    expect(readSchedule(storeSchedule(s.schedule))).toEqual(s.schedule)
    expect(readTerms(storeTerms(s.terms))).toEqual(s.terms)
    expect(plain(readSchedule(storeSchedule(s.schedule)))).toEqual(plain(storeSchedule(s.schedule)))
  }

  test('repeating a command at once is a no-op; numbers and dates only rise; refusals change nothing', () => {
    fc.assert(
      fc.property(script, (steps) => {
        let subscription: Subscription = begun
        let { now } = at('2027-01-05T10:00')
        for (const [hours, command] of steps) {
          now = now.add({ hours })
          const result = command(subscription, { now, policy })
          if (result.kind === 'refused') continue
          const moved = result.subscription
          expect(moved.latestCycle.no).toBeGreaterThanOrEqual(subscription.latestCycle.no)
          expect(Temporal.PlainDate.compare(moved.schedule.anchor, begun.schedule.anchor)).toBe(0)
          check(moved)
          const next = moved.latestCycle.no === subscription.latestCycle.no
          if (next) {
            const again = command(moved, { now, policy })
            if (again.kind === 'decided') {
              expect(again.events).toEqual([])
              expect(plain(again.subscription)).toEqual(plain(moved))
            }
          }
          subscription = moved
        }
      }),
      { numRuns: 400 },
    )
  })

  test('a charge past its cut-off is charged as it was agreed then', () => {
    fc.assert(
      fc.property(script, (steps) => {
        const lateOn = at('2027-01-30T18:00')
        const amount = amountDue(begun, cycle2.due)
        let subscription: Subscription = begun
        let { now } = lateOn
        for (const [hours, command] of steps) {
          now = now.add({ minutes: Math.abs(hours) % 20 })
          const result = command(subscription, { now, policy })
          if (result.kind === 'refused' || result.subscription.state === 'cancelled') continue
          if (result.subscription.latestCycle.no !== 1) continue
          subscription = result.subscription
          expect(amountDue(subscription, cycle2.due)).toBe(amount)
          expect(plain(nextCharge(subscription))).toEqual({ no: 2, due: '2027-01-31' })
        }
      }),
      { numRuns: 200 },
    )
  })
})
