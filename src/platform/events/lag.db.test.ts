import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { newId } from '../ids.ts'
import { untoldSince } from './lag.ts'

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
