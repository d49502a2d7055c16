import { sql } from 'kysely'
import Type from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { transact } from '../database/database.ts'
import { newId } from '../ids.ts'
import { defineEvent } from './event.ts'
import { handOver } from './hand-over.fixture.ts'
import { appendEvents, type OutboxRow } from './outbox.ts'
import { retryParked } from './parked.ts'
import { on, type Subscriber } from './subscriber.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([])
})
afterAll(() => database.drop())

const happened = defineEvent('test.happened', 1, Type.Object({}))
const START = Temporal.Instant.from('2027-01-10T03:00:00Z')

it('processes that find an event due at the same time count one more try, and put it off once', async () => {
  const { db } = database
  let tries = 0
  const subscriber: Subscriber = {
    name: 'failing',
    handlers: [
      on(happened, async (tx) => {
        tries += 1
        await sql`select pg_sleep(0.02)`.execute(tx)
        throw new Error('not yet')
      }),
    ],
  }
  const subject = newId()
  await transact(db, (tx) => appendEvents(tx, 'test', START, [happened.of(subject, 1, {})]))
  const { rows } = await sql<OutboxRow>`select * from platform.outbox where subject = ${subject}`.execute(db)
  await handOver({ db, now: () => START }, [subscriber], rows)
  const stored = async () => {
    const found = await sql<{ attempts: number; next_at: Temporal.Instant }>`
      select attempts, next_at from platform.parked_event where subject = ${subject}`.execute(db)
    const row = found.rows[0]
    if (!row) throw new Error('nothing is parked')
    return row
  }
  const before = await stored()
  tries = 0
  const now = () => before.next_at
  await Promise.all(Array.from({ length: 6 }, () => retryParked({ db, now }, subscriber)))
  // One that looks between another's failure and its note of it may try as well; that is not counted, and ends there.
  expect(tries).toBeGreaterThan(0)
  const after = await stored()
  expect(after.attempts).toBe(before.attempts + 1)
  expect(Temporal.Instant.compare(after.next_at, now())).toBe(1)
  await retryParked({ db, now }, subscriber)
  expect(await stored()).toEqual(after)
})
