import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { newId } from '../ids.ts'
import { eventLag, untoldSince } from './lag.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase([])
})
afterAll(() => database.drop())

it('says since when the broker has not been told of what was written here, and only of that', async () => {
  const { db } = database
  const untold = async () => (await untoldSince(db, 'library.loan.'))?.toString()
  const logged = async (at: string, type: string, arrived = false) => {
    const { rows } = await sql<{ seq: number }>`
      insert into platform.event_log
        (event_id, source, type, subject, subject_version, schema_version, occurred_at, data, arrived)
      values (${newId()}, 'test', ${type}, ${newId()}, 1, 1, ${at}::timestamptz, '{}', ${arrived})
      returning seq`.execute(db)
    return rows[0]?.seq ?? 0
  }
  await logged('2026-11-29T01:00:00Z', 'library.loan.returned', true)
  await logged('2026-11-29T02:00:00Z', 'library.hold.placed')
  const first = await logged('2026-11-29T03:00:00Z', 'library.loan.renewed')
  await logged('2026-11-29T04:00:00Z', 'library.loan.renewed')
  // Nobody is told by a broker where there is none.
  expect(await untold()).toBeUndefined()
  await sql`insert into platform.subscriber (name, position) values ('kafka', 0)`.execute(db)
  expect(await untold()).toBe('2026-11-29T03:00:00Z')
  await sql`update platform.subscriber set position = ${first} where name = 'kafka'`.execute(db)
  expect(await untold()).toBe('2026-11-29T04:00:00Z')
  await sql`update platform.subscriber set gone_at = now() where name = 'kafka'`.execute(db)
  expect(await untold()).toBeUndefined()
})

it('looks for the first of what waits in the outbox only, however many wait while nobody carries them on', async () => {
  const { db } = database
  await sql`
    insert into platform.outbox
      (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
    select gen_random_uuid(), 'test', case when n < 3 then 'library.hold.placed' else 'library.loan.renewed' end,
      gen_random_uuid()::text, 1, 1, '2026-11-29T05:00:00Z'::timestamptz + n * interval '1 second', '{}'
    from generate_series(1, 5000) as n order by n`.execute(db)
  await db.transaction().execute(async (tx) => {
    expect((await untoldSince(tx, 'library.loan.'))?.toString()).toBe('2026-11-29T05:00:03Z')
    const { rows } = await sql`
      select seq_tup_read::int as scanned, idx_tup_fetch::int as fetched from pg_stat_xact_user_tables
      where schemaname = 'platform' and relname = 'outbox'`.execute(tx)
    expect(rows).toEqual([{ scanned: 0, fetched: 3 }])
  })
})

it('says how long an event has waited that no worker has carried on, which no subscriber knows of', async () => {
  const { db } = database
  await sql`delete from platform.outbox`.execute(db)
  const now = Temporal.Instant.from('2026-11-30T00:10:00Z')
  expect((await eventLag(db, now)).untakenSeconds).toBe(0)
  await sql`
    insert into platform.outbox (event_id, source, type, subject, subject_version, schema_version, occurred_at, data)
    values (${newId()}, 'test', 'library.loan.renewed', ${newId()}, 1, 1, '2026-11-30T00:05:00Z', '{}')`.execute(
    db,
  )
  const behind = await eventLag(db, now)
  expect(behind.untakenSeconds).toBe(300)
  expect(behind.subscribers.every(({ pending, oldestSeconds }) => pending < 1 || oldestSeconds > 300)).toBe(
    true,
  )
})

it('counts what a subscriber could not take beside what it has still to be given, and dead ones apart', async () => {
  const { db } = database
  await sql`insert into platform.subscriber (name, position) values ('reader', 1000000)`.execute(db)
  const park = (state: string, at: string) =>
    sql`
      insert into platform.parked_event
        (subscriber, event_id, subject, position, envelope, state, next_at, reason, parked_at)
      values ('reader', ${newId()}, ${newId()}, 1, '{}', ${state}, now(), 'test', ${at}::timestamptz)`.execute(
      db,
    )
  await park('dead', '2026-11-29T01:00:00Z')
  await park('waiting', '2026-11-29T03:00:00Z')
  await park('retrying', '2026-11-29T02:00:00Z')
  await park('newer', '2026-11-29T04:00:00Z')
  const lag = await eventLag(db, Temporal.Instant.from('2026-11-29T05:00:00Z'))
  expect(lag.subscribers.find(({ name }) => name === 'reader')).toEqual({
    name: 'reader',
    pending: 0,
    oldestSeconds: 0,
    parked: 3,
    parkedSeconds: 3 * 3_600,
  })
  expect(lag).toMatchObject({ dead: 1, newer: 1 })
})
