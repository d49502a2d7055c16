import { sql } from 'kysely'
import Type from 'typebox'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { afterCommit, transact } from '../database/database.ts'
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
const echoed = defineEvent('test.echoed', 1, Type.Object({}))
const START = Temporal.Instant.from('2027-01-10T03:00:00Z')

it('processes that find events due at the same time try each once, count it once and put it off once', async () => {
  const { db } = database
  const tries: string[] = []
  const subscriber: Subscriber = {
    name: 'failing',
    handlers: [
      on(happened, async (tx, { subject }) => {
        tries.push(subject)
        await sql`select pg_sleep(0.002)`.execute(tx)
        throw new Error('not yet')
      }),
    ],
  }
  const subjects = Array.from({ length: 40 }, newId)
  await transact(db, (tx) =>
    appendEvents(
      tx,
      'test',
      START,
      subjects.map((subject) => happened.of(subject, 1, {})),
    ),
  )
  const { rows } = await sql<OutboxRow>`select * from platform.outbox where type = 'test.happened'`.execute(
    db,
  )
  await handOver({ db, now: () => START }, [subscriber], rows)
  const stored = async () => {
    const found = await sql<{ attempts: number; next_at: Temporal.Instant }>`
      select attempts, next_at from platform.parked_event where subscriber = 'failing' order by id`.execute(
      db,
    )
    return found.rows
  }
  const now = () => START.add({ hours: 24 })
  tries.length = 0
  await Promise.all(Array.from({ length: 8 }, () => retryParked({ db, now }, subscriber)))
  expect(tries.toSorted()).toEqual(subjects.toSorted())
  const after = await stored()
  expect(after.map(({ attempts }) => attempts)).toEqual(subjects.map(() => 2))
  expect(after.every(({ next_at }) => Temporal.Instant.compare(next_at, now()) === 1)).toBe(true)
  await retryParked({ db, now }, subscriber)
  expect(await stored()).toEqual(after)
})

it('a try that fails leaves nothing behind, and what it wanted told is not told', async () => {
  const { db } = database
  const told: string[] = []
  let works = false
  const subscriber: Subscriber = {
    name: 'writing',
    handlers: [
      on(happened, async (tx, { subject }) => {
        await appendEvents(tx, 'test', START, [echoed.of(subject, 2, {})])
        await sql`insert into test_effect (subject) values (${subject})`.execute(tx)
        afterCommit(tx, () => told.push(subject))
        // The statement itself fails, and with it everything in the transaction but what is undone.
        if (!works) await sql`select 1 / 0`.execute(tx)
      }),
    ],
  }
  await sql`create table test_effect (subject text not null)`.execute(db)
  const subject = newId()
  await transact(db, (tx) => appendEvents(tx, 'test', START, [happened.of(subject, 1, {})]))
  const { rows } = await sql<OutboxRow>`select * from platform.outbox where subject = ${subject}`.execute(db)
  await handOver({ db, now: () => START }, [subscriber], rows)
  const state = async () => {
    const { rows: found } = await sql<{ attempts: number | null; effects: number; events: number }>`
      select (select attempts from platform.parked_event where subject = ${subject}) as attempts,
        (select count(*)::int from test_effect) as effects,
        (select count(*)::int from platform.outbox where subject = ${subject}) as events`.execute(db)
    return { ...found[0], told: told.length }
  }
  const later = (days: number) => ({ db, now: () => START.add({ hours: 24 * days }) })
  expect(await state()).toEqual({ attempts: 1, effects: 0, events: 1, told: 0 })
  await retryParked(later(1), subscriber)
  expect(await state()).toEqual({ attempts: 2, effects: 0, events: 1, told: 0 })
  works = true
  await retryParked(later(2), subscriber)
  expect(await state()).toEqual({ attempts: null, effects: 1, events: 2, told: 1 })
})

it('what fails only at the commit is counted as well', async () => {
  const { db } = database
  await sql`create table test_once (subject text unique deferrable initially deferred)`.execute(db)
  const subscriber: Subscriber = {
    name: 'deferring',
    handlers: [
      on(happened, async (tx, { subject }) => {
        await sql`insert into test_once (subject) values (${subject}), (${subject})`.execute(tx)
      }),
    ],
  }
  const subject = newId()
  await transact(db, (tx) => appendEvents(tx, 'test', START, [happened.of(subject, 1, {})]))
  const { rows } = await sql<OutboxRow>`select * from platform.outbox where subject = ${subject}`.execute(db)
  await handOver({ db, now: () => START }, [subscriber], rows)
  await retryParked({ db, now: () => START.add({ hours: 24 }) }, subscriber)
  const parked = await sql<{ attempts: number }>`
    select attempts from platform.parked_event where subject = ${subject}`.execute(db)
  expect(parked.rows).toEqual([{ attempts: 2 }])
})
