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
