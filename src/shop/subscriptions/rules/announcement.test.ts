import fc from 'fast-check'
import { expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import { type Announced, announcementDue } from './announcement.ts'
import { defaultCalendarPolicy } from './period.ts'
import { amountDue, nextCharge, type Subscription } from './subscription.ts'
import { openCycle } from './subscription-billing.ts'
import { cancelSubscription } from './subscription-pauses.ts'
import { changeQuantity, newSubscription } from './subscription-terms.ts'

const now = Temporal.Instant.from('2027-01-01T01:00:00Z')
const at = { now, policy: defaultCalendarPolicy }
const due = Temporal.PlainDate.from('2027-01-31')
const none: Announced = { no: 1, due: null, amount: null }

function begun(quantity = 1): Subscription {
  const receiver = { name: '', phone: '', city: '', addressDetail: '', postalCode: '', deliveryNote: '' }
  const ids = { id: 's1', customerId: 'c1', itemId: 'i1', methodId: 'm1' }
  const period = { unit: 'days', count: 30 }
  const decided = newSubscription(
    { ...ids, quantity, period, unitPrice: won(10_000), receiver, firstPaidAt: now },
    at,
  )
  if (decided.kind === 'refused') throw new Error(decided.code)
  return decided.subscription
}
const notice = (today: Temporal.PlainDate, daysBefore = 3) => ({ today, daysBefore })

test('from the first day of the notice to the day itself, and on no other day', () => {
  const told = [-1, 0, 1, 3, 4].map((days) => announcementDue(begun(), none, notice(due.subtract({ days }))))
  expect(told.map((one) => one !== null)).toEqual([false, true, true, true, false])
  expect(told[1]).toEqual({ no: 2, due, amount: 10_000 })
})

test('not while a cycle is being settled, and not for what has ended', () => {
  const opened = openCycle(begun(), { no: 2, due })
  if (opened.kind === 'refused') throw new Error(opened.code)
  const later = due.add({ days: 29 })
  expect(announcementDue(opened.subscription, none, notice(later))).toBeNull()
  expect(
    announcementDue(
      cancelSubscription(begun(), 'customer_wish', 'customer', at).subscription,
      none,
      notice(due),
    ),
  ).toBeNull()
})

test('what was told is not told again; anything else is, whatever changes and in whatever order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 20 }), (quantities) => {
      let subscription = begun()
      let announced: Announced = none
      const said: number[] = []
      const tell = (before: Subscription) => {
        const next = announcementDue(subscription, announced, notice(due), before)
        if (next) said.push(next.amount)
        announced = next ?? announced
        // The very same again is nothing new.
        expect(announcementDue(subscription, announced, notice(due))).toBeNull()
      }
      tell(subscription)
      for (const quantity of quantities) {
        const changed = changeQuantity(subscription, quantity, at)
        if (changed.kind === 'refused') throw new Error(changed.code)
        const before = subscription
        subscription = changed.subscription
        tell(before)
      }
      expect(said.at(-1)).toBe(amountDue(subscription, nextCharge(subscription)?.due ?? due))
      expect(said.filter((amount, index) => amount === said[index - 1])).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test('an announcement of which only the cycle is known said what was true before the change', () => {
  const known: Announced = { no: 2, due: null, amount: null }
  expect(announcementDue(begun(), known, notice(due))).toBeNull()
  expect(announcementDue(begun(2), known, notice(due), begun())).toMatchObject({ amount: 20_000 })
  expect(announcementDue(begun(2), known, notice(due), begun(2))).toBeNull()
})
