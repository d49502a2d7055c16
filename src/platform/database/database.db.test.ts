import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { until } from '../resilience/poll-until.ts'
import { type Db, isDatabaseUnavailable, ping, type Tx, transact } from './database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

async function sessionOf(tx: Tx): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
  return rows[0]?.pid ?? 0
}

async function endSession(db: Db, pid: number): Promise<void> {
  await sql`select pg_terminate_backend(${pid}::int)`.execute(db)
  await until(
    async () => (await sql`select 1 from pg_stat_activity where pid = ${pid}`.execute(db)).rows.length === 0,
    { what: 'the session to end', deadlineMs: 5_000 },
  )
}

describe('a connection that breaks', () => {
  it('fails its transaction and nothing else, even between two statements', async () => {
    const { db } = database
    const broken = transact(db, async (tx) => {
      const pid = await sessionOf(tx)
      // The transaction has nothing under way when it is told: an error event that nobody hears ends the process.
      await endSession(db, pid)
      await sql`select 1`.execute(tx)
    })
    const error = await broken.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(isDatabaseUnavailable(error)).toBe(true)
    await ping(db)
  })
})
