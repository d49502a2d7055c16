import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyDatabase, execute, type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { platformSchema } from '../schema.ts'
import { isDatabaseUnavailable } from './database.ts'
import { databaseReadiness, type Readiness } from './readiness.ts'

let database: TestDatabase
let readiness: Readiness
beforeEach(async () => {
  database = await testDatabase([], { poolSize: 4 })
  readiness = databaseReadiness(database.url, [platformSchema])
})
afterEach(async () => {
  await readiness.stop()
  await database.drop()
})

/** For new connections, like a switch-over: those that stand stay as they are. */
async function takesWrites(url: string, writable: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  const set = `alter database ${name} set default_transaction_read_only = ${writable ? 'off' : 'on'}`
  await execute(url, `begin read write; ${set}; commit`)
}

const write = () =>
  sql`create table platform.written_${sql.raw(String(Math.random()).slice(2))} ()`.execute(database.db)
const renew = async () => {
  // Once the pool is full of connections of the read-only server.
  await Promise.all(Array.from({ length: 4 }, () => sql`select pg_sleep(0.05)`.execute(database.db)))
}

describe('readiness', () => {
  it('writes, and is one statement once the schemas are known to be up to date', async () => {
    expect(await readiness.check()).toBeUndefined()
    expect(await execute(database.url, 'select count(*)::int as n from platform.readiness')).toEqual([
      { n: 1 },
    ])
    expect(await readiness.check()).toBeUndefined()
  })

  it('does not depend on the pool', async () => {
    const all = Array.from({ length: 4 }, () => sql`select pg_sleep(1)`.execute(database.db))
    expect(await readiness.check()).toBeUndefined()
    await Promise.all(all)
  })

  it('names what is missing', async () => {
    const empty = await emptyDatabase()
    const early = databaseReadiness(empty.url, [platformSchema])
    expect(await early.check()).toMatch(/^not applied: platform\/0001-platform/)
    await early.stop()
    await empty.drop()
  })

  const away = ['127.0.0.1:1/x', 'database.invalid/x', '127.0.0.1:1/x?host=%2Fwithout-a-server']
  it.each(away.map((at) => `postgres://x@${at}`))(
    'takes a server that is not there, or whose name is gone with it, for one that is away: %s',
    async (url) => {
      const away = databaseReadiness(url, [platformSchema])
      await expect(away.check()).rejects.toSatisfy(isDatabaseUnavailable)
      await away.stop()
    },
  )

  it('fails on a database that only reads', async () => {
    await takesWrites(database.url, false)
    await expect(readiness.check()).rejects.toSatisfy(isDatabaseUnavailable)
  })
})

describe('the pool after a switch-over', () => {
  it('takes writes again, on all its connections, without a new start', async () => {
    await takesWrites(database.url, false)
    await renew()
    await expect(write()).rejects.toSatisfy(isDatabaseUnavailable)
    await takesWrites(database.url, true)
    // At most one failure tells it; with connections kept, every one of them would go on refusing.
    const answers = await Promise.allSettled(Array.from({ length: 8 }, write))
    const later = await Promise.allSettled(Array.from({ length: 8 }, write))
    expect([...answers, ...later].filter(({ status }) => status === 'rejected')).toEqual([])
  })

  it('is told of by the first write that fails, in a transaction, too', async () => {
    await takesWrites(database.url, false)
    await renew()
    const inTransaction = database.db.transaction().execute(async (tx) => {
      await sql`select 1`.execute(tx)
      await sql`create table platform.never ()`.execute(tx)
    })
    await expect(inTransaction).rejects.toSatisfy(isDatabaseUnavailable)
    await takesWrites(database.url, true)
    await expect(write()).resolves.toBeDefined()
  })
})
