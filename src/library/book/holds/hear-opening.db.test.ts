import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { openingChanged } from '../../../contracts/library/opening-events.ts'
import { deliverAll } from '../../../platform/events/deliver.ts'
import { deliveryOf } from '../../../platform/events/delivery.fixture.ts'
import { systemClock } from '../../../platform/time/clock.ts'
import { bookSchema } from '../index.ts'
import { heardCalendar, openingSubscriber } from './hear-opening.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([bookSchema])
})
afterAll(() => database.drop())

/** A version of the calendar that is closed on one weekday, and on one day besides. */
const told = (version: number, weekday: number, day: string) =>
  openingChanged.of('opening', version, {
    opening: {
      version,
      closedWeekdays: [weekday],
      closedOnHolidays: false,
      days: [{ day, isOpen: false, reason: '' }],
    },
  })

it('counts by the newest calendar, whichever came late and whichever came twice', async () => {
  const { db } = database
  const before = { closedWeekdays: [1], closedOnHolidays: true, closedDates: new Set<string>() }
  const heard = () => db.transaction().execute((tx) => heardCalendar(tx, before))
  expect(await heard()).toBe(before)
  const second = told(2, 2, '2026-12-22')
  const third = told(3, 3, '2026-12-23')
  for (const event of [third, second, third]) {
    await deliverAll({ db, now: systemClock.now }, openingSubscriber, [deliveryOf(event)], 1)
    expect(await heard()).toEqual({
      closedWeekdays: [3],
      closedOnHolidays: false,
      closedDates: new Set(['2026-12-23']),
      openDates: new Set(),
    })
  }
  const fourth = deliveryOf(told(4, 4, '2026-12-24'))
  await deliverAll({ db, now: systemClock.now }, openingSubscriber, [fourth], 1)
  expect(await heard()).toMatchObject({ closedWeekdays: [4] })
})
