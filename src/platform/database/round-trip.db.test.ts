import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import {
  type Database,
  isDatabaseUnavailable,
  isTimeout,
  isUniqueViolation,
  openDatabase,
  type Tx,
  transact,
  undoable,
} from './database.ts'
import { WITH_COMMIT } from './prepared-statements.ts'
import { sendTogether } from './round-trip.ts'

let database: TestDatabase
let one: Database
beforeAll(async () => {
  database = await testDatabase()
  await sql`create table public.note (n int primary key)`.execute(database.db)
})
beforeEach(async () => {
  await sql`truncate public.note`.execute(database.db)
  one = openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 5_000 })
  // From its third execution on a statement is known to the connection.
  for (const n of [-1, -2, -3]) {
    await transact(one.db, async (tx) => {
      await insert(tx, n)
      await insertLast(tx, n * 10)
      await transactionStart(tx)
    })
  }
  return () => one.close()
})
afterAll(() => database.drop())

const insert = (tx: Tx, n: number) => sql`insert into public.note values (${n})`.execute(tx)
const insertLast = (tx: Tx, n: number) =>
  sql`${sql.raw(WITH_COMMIT)} insert into public.note values (${n})`.execute(tx)

const UNSENDABLE = {
  toPostgres: () => {
    throw new Error('not a value')
  },
}

/** When the transaction began, and when the statement that asks. */
async function transactionStart(tx: Tx) {
  const { rows } = await sql<{ begun: string; asked: string; given: number }>`
    select now()::text as begun, statement_timestamp()::text as asked, ${1}::int as given`.execute(tx)
  return rows[0]
}

async function notes(): Promise<number[]> {
  const { rows } = await sql<{ n: number }>`select n from public.note where n > 0 order by n`.execute(
    database.db,
  )
  return rows.map(({ n }) => n)
}

/** How often the server was asked meanwhile, as the client's socket sees it. */
async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  let trips = 0
  const { sync, query } = pg.Connection.prototype
  pg.Connection.prototype.sync = function (this: pg.Connection) {
    trips += 1
    sync.call(this)
  }
  pg.Connection.prototype.query = function (this: pg.Connection, text) {
    trips += 1
    query.call(this, text)
  }
  try {
    await work()
  } finally {
    Object.assign(pg.Connection.prototype, { sync, query })
  }
  return trips
}

describe('round trips of a transaction', () => {
  it('are one for each statement that is waited for, and one for the end', async () => {
    const trips = await tripsOf(() =>
      transact(one.db, async (tx) => {
        await insert(tx, 1)
        await transactionStart(tx)
        await insertLast(tx, 2)
        await insertLast(tx, 3)
      }),
    )
    expect(trips).toBe(3)
    expect(await notes()).toEqual([1, 2, 3])
  })

  it('are shared with what comes next', async () => {
    const trips = await tripsOf(() =>
      transact(one.db, async (tx) => {
        await insert(tx, 1)
        await insertLast(tx, 2)
        await insertLast(tx, 3)
        expect((await transactionStart(tx))?.given).toBe(1)
      }),
    )
    expect(trips).toBe(3)
    expect(await notes()).toEqual([1, 2, 3])
  })

  it('are none when nothing is asked', async () => {
    expect(await tripsOf(() => transact(one.db, async () => 'nothing'))).toBe(0)
    const refused = () => transact<string>(one.db, async (_tx, rollback) => rollback('refused'))
    expect(await tripsOf(refused)).toBe(0)
    expect(await transact(one.db, async (tx) => (await transactionStart(tx))?.given)).toBe(1)
  })
})

describe('a transaction', () => {
  it('has begun with its first statement, and is undone with it', async () => {
    await transact(one.db, async (tx, rollback) => {
      const start = await transactionStart(tx)
      await insert(tx, 1)
      const later = await transactionStart(tx)
      expect(later?.begun).toBe(start?.begun)
      expect(later?.asked).not.toBe(start?.asked)
      return rollback(undefined)
    })
    expect(await notes()).toEqual([])
  })

  it('is undone when its first statement fails, and the connection goes on', async () => {
    await insertOf(1)
    await expect(insertOf(1)).rejects.toSatisfy((error) => isUniqueViolation(error))
    await insertOf(2)
    expect(await notes()).toEqual([1, 2])
  })

  it.each([2, 3])('is undone when what goes with its commit fails (%i)', async (taken) => {
    await sql`insert into public.note values (${taken})`.execute(database.db)
    const failing = transact(one.db, async (tx) => {
      await insert(tx, 1)
      await insertLast(tx, 2)
      await insertLast(tx, 3)
    })
    await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error))
    expect(await notes()).toEqual([taken])
    await insertOf(4)
    expect(await notes()).toEqual([taken, 4])
  })

  it('is undone when what was sent with the next statement fails', async () => {
    await sql`insert into public.note values (3)`.execute(database.db)
    const failing = transact(one.db, async (tx) => {
      await insert(tx, 1)
      await insertLast(tx, 3)
      await transactionStart(tx)
    })
    await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error))
    expect(await notes()).toEqual([3])
  })

  it('has what goes with its commit sent before anything else that is asked, and not at all when it is rolled back', async () => {
    const seen = await transact(one.db, async (tx) => {
      await insert(tx, 1)
      await insertLast(tx, 2)
      const { rows } = await sql<{ n: number }>`select n from public.note where n > 0 order by n`.execute(tx)
      return rows.map(({ n }) => n)
    })
    expect(seen).toEqual([1, 2])
    await transact(one.db, async (tx, rollback) => {
      await insert(tx, 3)
      await insertLast(tx, 4)
      return rollback(undefined)
    })
    expect(await notes()).toEqual([1, 2])
  })

  it('tells the commit that does not hold from one that does', async () => {
    await sql`
      create table public.late (n int unique deferrable initially deferred)`.execute(database.db)
    const failing = transact(one.db, async (tx) => {
      await insert(tx, 1)
      await sql`insert into public.late values (1), (1)`.execute(tx)
      await insertLast(tx, 2)
    })
    await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error))
    expect(await notes()).toEqual([])
  })

  it('is done again when the connection has forgotten what it begins or ends with', async () => {
    const both = (n: number) =>
      transact(one.db, async (tx) => {
        await insert(tx, n)
        await insertLast(tx, n + 1)
      })
    await sql`deallocate all`.execute(one.db)
    await both(1)
    for (const n of [3, 5]) await both(n)
    await transact(one.db, async (tx) => {
      await insert(tx, 7)
      // Only the second half is forgotten.
      await sql`deallocate all`.execute(tx)
      await insertLast(tx, 8)
    })
    expect(await notes()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('leaves nothing behind of what is under way or still to come when its work fails, however soon', async () => {
    const failsAfter = async (turns: number) => {
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      throw new Error('on purpose')
    }
    for (let turns = 0; turns < 60; turns += 1) {
      const statements: Promise<unknown>[] = []
      const failing = transact(one.db, (tx) => {
        // The first is not known to the connection, so its BEGIN goes before it.
        statements.push(sql`${sql.raw(`/* ${turns} */`)} insert into public.note values (${1})`.execute(tx))
        statements.push(insert(tx, 2), insertLast(tx, 3), insert(tx, 4))
        return Promise.all([...statements, failsAfter(turns)])
      })
      await expect(failing).rejects.toThrow('on purpose')
      await Promise.allSettled(statements)
      expect(await notes()).toEqual([])
    }
    await insertOf(1)
    expect(await notes()).toEqual([1])
  })

  it('is undone when what goes with its commit takes too long, and the connection goes on', async () => {
    const hurried = openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 300 })
    const sleeping = (n: number, seconds: number) =>
      transact(hurried.db, async (tx) => {
        await insert(tx, n)
        await sql`${sql.raw(WITH_COMMIT)} select pg_sleep(${seconds})`.execute(tx)
        await insertLast(tx, n + 1)
      })
    try {
      for (const n of [1, 3, 5]) await sleeping(n, 0)
      await expect(sleeping(7, 5)).rejects.toSatisfy((error) => isTimeout(error))
      expect(await notes()).toEqual([1, 2, 3, 4, 5, 6])
      await sleeping(9, 0)
      expect(await notes()).toEqual([1, 2, 3, 4, 5, 6, 9, 10])
    } finally {
      await hurried.close()
    }
  })

  it('is undone when the connection breaks before what goes with its commit is sent', async () => {
    const broken = transact(one.db, async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await insert(tx, 1)
      await insertLast(tx, 2)
      await sql`select pg_terminate_backend(${rows[0]?.pid}::int)`.execute(database.db)
    })
    await expect(broken).rejects.toSatisfy((error) => isDatabaseUnavailable(error))
    expect(await notes()).toEqual([])
    await insertOf(3)
    expect(await notes()).toEqual([3])
  })

  it.each(['first', 'last'])('is undone when the %s of several statements cannot be sent', async (which) => {
    const failing = transact(one.db, async (tx) => {
      if (which === 'last') {
        await insert(tx, 1)
        await insertLast(tx, 2)
      }
      await sql`insert into public.note values (${UNSENDABLE})`.execute(tx)
    })
    await expect(failing).rejects.toThrow('not a value')
    expect(await notes()).toEqual([])
    await insertOf(3)
    expect(await notes()).toEqual([3])
  })

  const insertOf = (n: number) => transact(one.db, (tx) => insert(tx, n))
})

describe('a part of a transaction that can be undone', () => {
  const undo = (work: (tx: Tx) => Promise<unknown>) =>
    transact(one.db, async (tx) => {
      const tried = await undoable(tx, async () => {
        await work(tx)
      })
      await insert(tx, 9)
      return tried
    })
  const taken = () => sql`insert into public.note values (5)`.execute(database.db)

  it('has everything sent before it counts as done', async () => {
    await taken()
    const tried = await undo(async (tx) => {
      await insert(tx, 1)
      await insertLast(tx, 5)
    })
    expect(tried).toMatchObject({ kind: 'undone', error: { code: '23505' } })
    expect(await notes()).toEqual([5, 9])
    expect(await undoneNothing()).toEqual({ kind: 'done' })
    expect(await notes()).toEqual([1, 2, 5, 9, 10])
  })

  it('takes back what has not been sent, even what would fail', async () => {
    await taken()
    const tried = await undo(async (tx) => {
      await insertLast(tx, 1)
      await insertLast(tx, 5)
      throw new Error('on purpose')
    })
    expect(tried).toMatchObject({ kind: 'undone', error: { message: 'on purpose' } })
    expect(await notes()).toEqual([5, 9])
  })

  const undoneNothing = () =>
    transact(one.db, async (tx) => {
      const tried = await undoable(tx, async () => {
        await insert(tx, 1)
        await insertLast(tx, 2)
      })
      await insert(tx, 10)
      return tried
    })
})

describe('statements that are sent together', () => {
  it('stop at the first that fails: nothing behind it happens, not even by itself', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      const pooled = Object.assign(client, { release: () => {} })
      const statements = ['begin under no circumstances', 'insert into public.note values (1)', 'commit']
      await expect(
        sendTogether(
          pooled,
          statements.map((text) => ({ text, values: [] })),
        ),
      ).rejects.toThrow('syntax')
      expect(await notes()).toEqual([])
      const answer = await sendTogether(pooled, [
        { text: 'begin', values: [] },
        { text: 'insert into public.note values ($1)', values: [2] },
        { text: 'commit', values: [] },
      ])
      expect(answer.command).toBe('COMMIT')
      expect(await notes()).toEqual([2])
    } finally {
      await client.end()
    }
  })

  it('do nothing when a value cannot be sent', async () => {
    const client = new pg.Client({ connectionString: database.url })
    client.on('error', () => {})
    await client.connect()
    const sent = sendTogether(Object.assign(client, { release: () => {} }), [
      { text: 'begin', values: [] },
      { text: 'insert into public.note values ($1)', values: [UNSENDABLE] },
      { text: 'commit', values: [] },
    ])
    await expect(sent).rejects.toThrow('not a value')
    expect(await notes()).toEqual([])
  })
})
