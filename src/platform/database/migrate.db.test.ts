import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { emptyDatabase } from '../../../test/support/database.ts'
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
