import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyDatabase } from '../../../test/support/database.ts'
import { until } from '../resilience/poll-until.ts'
import { platformSchema } from '../schema.ts'
import { type Database, openDatabase } from './database.ts'
import { migrate, pendingMigrations } from './migrate.ts'

let database: Database
let drop: () => Promise<void>
beforeAll(async () => {
  const empty = await emptyDatabase()
  drop = empty.drop
  database = openDatabase({ url: empty.url, poolSize: 2, statementTimeoutMs: 15_000 })
})
afterAll(async () => {
  await database.close()
  await drop()
})

it('what a database still lacks is everything before it is migrated, and nothing afterwards', async () => {
  const before = await pendingMigrations(database.db, [platformSchema])
  expect(before[0]).toMatch(/^platform\/0001-/)
  expect(await migrate(database.db, [platformSchema])).toEqual(before)
  expect(await pendingMigrations(database.db, [platformSchema])).toEqual([])
})

it('two migrations of one number are refused before either is applied', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  try {
    for (const name of ['0001-first', '0002-one', '0002-another'])
      await writeFile(join(folder, `${name}.sql`), 'select 1')
    const schema = { schema: 'twice', folder: pathToFileURL(`${folder}/`) }
    await expect(migrate(database.db, [schema])).rejects.toThrow('two migrations have the number 0002')
    expect(await pendingMigrations(database.db, [platformSchema])).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

describe('a migration', () => {
  const folders: string[] = []
  /** Migrations of a schema of its own. */
  async function written(schema: string, files: Readonly<Record<string, string>>) {
    const folder = await mkdtemp(join(tmpdir(), 'migrations-'))
    folders.push(folder)
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.sql`), text)
    return { schema, folder: pathToFileURL(`${folder}/`) }
  }
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true })
  })

  it('takes as long as it takes, unlike the statements of requests', async () => {
    const hasty = openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 200 })
    try {
      const schema = await written('slow', { '0001-large-index': 'select pg_sleep(0.5)' })
      expect(await migrate(hasty.db, [schema])).toEqual(['slow/0001-large-index'])
      await expect(sql`select pg_sleep(0.5)`.execute(hasty.db)).rejects.toThrow('statement timeout')
    } finally {
      await hasty.close()
    }
  })

  it('is tried again when the release before it holds what it needs', async () => {
    const patient = openDatabase({ url: database.url, poolSize: 1, statementTimeoutMs: 200 })
    const first = await written('busy', { '0001-table': 'create table busy.one (n int)' })
    await migrate(patient.db, [first])
    const folder = await written('busy', {
      '0001-table': 'create table busy.one (n int)',
      '0002-column': 'alter table busy.one add column more int',
    })
    try {
      let applied: Promise<string[]> | undefined
      await database.db.transaction().execute(async (tx) => {
        await sql`insert into busy.one values (1)`.execute(tx)
        applied = migrate(patient.db, [folder])
        await until(
          async () => {
            const { rows } = await sql<{ waiting: number }>`
              select count(*)::int as waiting from pg_locks where not granted and relation = 'busy.one'::regclass`.execute(
              database.db,
            )
            return rows[0]?.waiting === 0 ? undefined : true
          },
          { what: 'the migration to wait', deadlineMs: 10_000, everyMs: 10 },
        )
        // Longer than a lock is waited for.
        await sql`select pg_sleep(0.5)`.execute(tx)
      })
      expect(await applied).toEqual(['busy/0002-column'])
    } finally {
      await patient.close()
    }
  })
})
