import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import { until } from '../resilience/poll-until.ts'
import { type Db, isDatabaseUnavailable, openDatabase, type Tx, transact } from './database.ts'

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
    await sql`select 1`.execute(db)
  })
})

describe('a table that is changed under a running process', () => {
  it('is read and written as before, alone and in a transaction', async () => {
    const { db } = database
    await sql`create table public.changing (id int primary key, name text)`.execute(db)
    await sql`insert into public.changing values (1, 'one')`.execute(db)
    const read = (on: Db | Tx) => sql<object>`select * from public.changing where id = ${1}`.execute(on)
    const prepare = async (times: number) => {
      for (let n = 0; n < times; n += 1) await transact(db, (tx) => read(tx))
    }
    await prepare(3)
    const { rows: prepared } = await transact(db, (tx) =>
      sql`select 1 from pg_prepared_statements where statement like '%public.changing%'`.execute(tx),
    )
    expect(prepared).toHaveLength(1)

    await sql`alter table public.changing add column price int default 5`.execute(db)
    expect((await read(db)).rows).toEqual([{ id: 1, name: 'one', price: 5 }])

    await prepare(3)
    await sql`alter table public.changing add column stock int default 7`.execute(db)
    const written = await transact(db, async (tx) => {
      await sql`update public.changing set name = name || ${'!'} where id = 1`.execute(tx)
      return (await read(tx)).rows
    })
    expect(written).toEqual([{ id: 1, name: 'one!', price: 5, stock: 7 }])
  })

  it('and statements that the connection has forgotten are prepared anew, alone and in a transaction', async () => {
    const { url } = database
    const one = openDatabase({ url, poolSize: 1, statementTimeoutMs: 5_000 })
    try {
      const read = async (on: Db | Tx) => (await sql<{ n: number }>`select ${7}::int as n`.execute(on)).rows
      for (const forgetful of [read, (db: Db) => transact(db, read)]) {
        for (let n = 0; n < 3; n += 1) await read(one.db)
        await sql`deallocate all`.execute(one.db)
        expect(await forgetful(one.db)).toEqual([{ n: 7 }])
      }
    } finally {
      await one.close()
    }
  })
})

it('statistics follow a growing table soon: plans that were made while it was small are kept until then', async () => {
  const { rows } = await sql<{ seconds: number }>`
    select setting::int as seconds from pg_settings where name = 'autovacuum_naptime'`.execute(database.db)
  expect(rows[0]?.seconds).toBeLessThanOrEqual(15)
})
