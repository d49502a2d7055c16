import fc from 'fast-check'
import { expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import { agreed, at, begun, cycle2, days, policy } from '../agreements.fixture.ts'
import { type Announced, announcementDue, noticeFirst, tell } from './announcement.ts'
import { catchUp } from './catch-up.ts'
import { type At, amountDue, type Decision, dueUntil, nextCharge, type Subscription } from './subscription.ts'
import { cyclePaid, cycleSkipped, openCycle } from './subscription-billing.ts'
import { pauseSubscription, resumeSubscription, skipDelivery, unskipDelivery } from './subscription-pauses.ts'
import { changePeriod, changeQuantity } from './subscription-terms.ts'

const DAYS_BEFORE = 3
type Known = { subscription: Subscription; announced: Announced; chargedOn: Temporal.PlainDate }

/** What the run of a night makes of a subscription. */
function night(known: Known, today: Temporal.PlainDate): Known {
  let { subscription } = known
  if (subscription.state === 'cancelled') return known
  const when = {
    now: today.toZonedDateTime({ timeZone: policy.timeZone, plainTime: '02:00' }).toInstant(),
    policy,
  }
  const progress = {
    lastHandledDue: subscription.latestCycle.due,
    lastChargedOn: known.chargedOn,
    hasOpenCycle: false,
  }
  const through = dueUntil(subscription, today)
  for (const { no, due, ...made } of catchUp(subscription.schedule, progress, today, 'bill_one', through)) {
    if (made.decision === 'wait') break
    if (made.decision === 'skip') {
      subscription = agreed(cycleSkipped(subscription, { no, due }, made.reason, when))
      continue
    }
    const first = noticeFirst(subscription, { no, due }, known.announced, { today, daysBefore: DAYS_BEFORE })
    if (first?.kind === 'tell')
      return { ...known, subscription: first.subscription, announced: first.announcement }
    if (first) break
    const { amount } = known.announced
    if (amount !== null) expect(amountDue(subscription, due)).toBe(amount)
    return { ...known, subscription: paid(subscription, { no, due }, when), chargedOn: today }
  }
  return { ...known, subscription }
}

function paid(subscription: Subscription, cycle: { no: number; due: Temporal.PlainDate }, when: At) {
  return agreed(cyclePaid(agreed(openCycle(subscription, cycle)), cycle.no, when))
}

/** What the sweep of a morning makes of it. */
function morning(known: Known, today: Temporal.PlainDate): Known {
  const notice = { today, daysBefore: DAYS_BEFORE }
  const due = announcementDue(known.subscription, known.announced, notice)
  if (!due) return known
  const { subscription, announcement } = tell(known.subscription, due, known.announced, notice)
  return { ...known, subscription, announced: announcement }
}

type Command = (subscription: Subscription, when: At) => Decision
const commands: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(7, 14, 30, 31, 45, 60, 90).map(
      (n): Command =>
        (s, w) =>
          changePeriod(s, days(n), w),
    ),
  },
  fc.constantFrom(1, 5).map(
    (n): Command =>
      (s, w) =>
        changeQuantity(s, n, w),
  ),
  fc.constant<Command>((s, w) => skipDelivery(s, cycle2.due, w)),
  fc.constant<Command>((s, w) => unskipDelivery(s, cycle2.due, w)),
  fc.constant<Command>((s, w) => pauseSubscription(s, null, w)),
  fc.constant<Command>((s, w) => resumeSubscription(s, w)),
)

test('whatever is changed while a charge is put off, the next one due is charged in one of the nights', () => {
  const script = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), commands), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), script, fc.boolean(), (late, steps, inTime) => {
      const found = cycle2.due.add({ days: late })
      const start: Known = {
        subscription: begun,
        announced: { no: 1, due: null, amount: null },
        chargedOn: begun.latestCycle.due,
      }
      let known = night(start, found)
      expect(known.subscription.putOff).toMatchObject({ no: 2, to: found.add({ days: DAYS_BEFORE }) })
      let { now } = at(`${found}T12:00`)
      for (const [hours, command] of steps) {
        now = now.add({ hours })
        const result = command(known.subscription, { now, policy })
        if (result.kind === 'decided') known = { ...known, subscription: result.subscription }
      }
      const resumed = resumeSubscription(known.subscription, { now, policy })
      if (resumed.kind === 'decided') known = { ...known, subscription: resumed.subscription }
      const next = nextCharge(known.subscription)
      if (!next) throw new Error('a running subscription has a next charge')
      // The commands take at most a week; the longest period and a late notice come after it.
      for (let day = found.add({ days: 1 }), n = 0; n < 200; day = day.add({ days: 1 }), n += 1) {
        known = night(known, day)
        if (known.subscription.latestCycle.no >= next.no && known.chargedOn.equals(day)) return
        if (inTime) known = morning(known, day)
      }
      throw new Error(`cycle ${next.no}, due on ${next.due}, was never charged`)
    }),
    { numRuns: 300 },
  )
})

test('a charge moved to another day is one nobody was told of', () => {
  const today = cycle2.due.add({ days: 1 })
  const told: Announced = { no: 2, due: cycle2.due, amount: won(20_000) }
  const moved = agreed(changePeriod(begun, days(60), at('2027-01-20T10:00')))
  const next = nextCharge(moved)
  if (!next) throw new Error('it has a next charge')
  expect(next.no).toBe(2)
  expect(noticeFirst(begun, cycle2, told, { today, daysBefore: DAYS_BEFORE })).toBeNull()
  expect(noticeFirst(moved, next, told, { today: next.due, daysBefore: DAYS_BEFORE })).toMatchObject({
    kind: 'tell',
    subscription: { putOff: { no: 2, due: next.due } },
  })
})

test('a charge of another amount is one nobody was told of, even where no notice is promised any more', () => {
  const told: Announced = { no: 2, due: cycle2.due, amount: won(20_000) }
  const more = agreed(changeQuantity(begun, 5, at('2027-01-20T10:00')))
  const today = cycle2.due
  expect(noticeFirst(begun, cycle2, told, { today, daysBefore: 0 })).toBeNull()
  for (const daysBefore of [0, 1, 3])
    expect(noticeFirst(more, cycle2, told, { today, daysBefore })).toMatchObject({
      kind: 'tell',
      announcement: { no: 2, due: cycle2.due, amount: amountDue(more, cycle2.due) },
      subscription: { putOff: { no: 2, due: cycle2.due, to: today.add({ days: Math.max(1, daysBefore) }) } },
    })
  // Nothing is promised, and nothing was: it is charged as agreed.
  expect(noticeFirst(more, cycle2, { no: 1, due: null, amount: null }, { today, daysBefore: 0 })).toBeNull()
})
