import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts'
import { systemClock } from '../../../platform/time/clock.ts'
import { borrowSchema } from '../index.ts'
import { currentOpening } from '../store/opening-store.ts'
import { keepFirstOpening } from './first-opening.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([borrowSchema])
})
afterAll(() => database.drop())

it('is kept and told of once by two processes that start together, and never again', async () => {
  const { db } = database
  const start = (weekday: number) =>
    keepFirstOpening({
      db,
      clock: systemClock,
      calendar: { closedWeekdays: [weekday], closedOnHolidays: true, closedDates: new Set() },
    })
  const waiting = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from pg_locks
      where relation = 'borrow.opening_calendar'::regclass and not granted`.execute(db)
    return rows[0]?.count ?? 0
  }
  let both: Promise<unknown> = Promise.resolve()
  await db.transaction().execute(async (tx) => {
    // Nobody writes while this is held: both have found none before either stores one.
    await sql`lock table borrow.opening_calendar in share mode`.execute(tx)
    both = Promise.all([start(1), start(2)])
    for (let tries = 0; tries < 400 && (await waiting()) < 2; tries += 1) await sleep(10)
    expect(await waiting()).toBe(2)
  })
  await both
  await start(3)
  const stored = await currentOpening(db)
  expect(stored?.version).toBe(1)
  const { rows } = await sql`
    select subject_version as version, data -> 'opening' -> 'closedWeekdays' as weekdays
    from platform.outbox where type = 'library.opening.changed'`.execute(db)
  expect(rows).toEqual([{ version: 1, weekdays: stored?.closedWeekdays }])
})
