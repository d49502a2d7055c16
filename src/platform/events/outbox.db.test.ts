import { sql } from 'kysely'
import pg from 'pg'
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { openDatabase, transact } from '../database/database.ts'
import { newId } from '../ids.ts'
import { defineEvent } from './event.ts'
import { appendEvents, OUTBOX_CHANNEL } from './outbox.ts'

const happened = defineEvent('test.happened', 1, Type.Object({}))
const now = Temporal.Instant.from('2026-11-21T07:30:00Z')

let database: TestDatabase
let listener: pg.Client
const heard: string[] = []
beforeAll(async () => {
  database = await testDatabase()
  listener = new pg.Client({ connectionString: database.url })
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''))
  await listener.connect()
  await listener.query(`listen ${OUTBOX_CHANNEL}`)
})
afterAll(async () => {
  await listener.end()
  await database.drop()
})

const append = (undo: boolean) =>
  transact<boolean>(database.db, async (tx, rollback) => {
    await appendEvents(tx, 'test', now, [happened.of(newId(), 1, {})])
    return undo ? rollback(false) : true
  })

test('a commit with events wakes the relay, a rollback does not', async () => {
  await append(true)
  // Notifications arrive in the order of their commits, so this one closes what came before it.
  await listener.query(`select pg_notify('${OUTBOX_CHANNEL}', 'marker')`)
  await expect.poll(() => heard).toContain('marker')
  expect(heard).toEqual(['marker'])

  await append(false)
  await expect.poll(() => heard).toEqual(['marker', ''])
})

test('every commit is followed by a wake-up, however many come at once', async () => {
  heard.length = 0
  await Promise.all(Array.from({ length: 20 }, () => append(false)))
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  expect(heard.length).toBeLessThanOrEqual(20)
})

test('refuses a transaction that cannot say when it has committed', async () => {
  const bare = database.db
    .transaction()
    .execute((tx) => appendEvents(tx, 'test', now, [happened.of(newId(), 1, {})]))
  await expect(bare).rejects.toThrow('transact()')
})

test('all events of a transaction are written, in the order they were given, however many there are', async () => {
  const subjects = Array.from({ length: 2_345 }, () => newId())
  await transact(database.db, async (tx) => {
    for (const subject of subjects) await appendEvents(tx, 'test', now, [happened.of(subject, 1, {})])
  })
  const { rows } = await listener.query<{ subject: string }>(
    'select subject from platform.outbox where subject = any($1) order by position',
    [subjects],
  )
  expect(rows.map(({ subject }) => subject)).toEqual(subjects)
})

test('an event that cannot be written undoes its transaction', async () => {
  const [kept, twice] = [newId(), newId()]
  const work = transact(database.db, async (tx) => {
    await appendEvents(tx, 'test', now, [happened.of(kept, 1, {}), happened.of(twice, 1, {})])
    await appendEvents(tx, 'test', now, [happened.of(twice, 1, {})])
  })
  await expect(work).rejects.toThrow('duplicate key')
  const { rows } = await listener.query('select 1 from platform.outbox where subject = any($1)', [
    [kept, twice],
  ])
  expect(rows).toEqual([])
})

test('what writes a few events is prepared, what writes many is not', async () => {
  const one = openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 15_000 })
  try {
    for (const count of [1, 2, 100, 101])
      for (let time = 0; time < 3; time += 1)
        await transact(one.db, (tx) =>
          appendEvents(
            tx,
            'test',
            now,
            Array.from({ length: count }, () => happened.of(newId(), 1, {})),
          ),
        )
    const { rows } =
      await sql`select from pg_prepared_statements where statement like '%platform.outbox%'`.execute(one.db)
    expect(rows).toHaveLength(2)
  } finally {
    await one.close()
  }
})
