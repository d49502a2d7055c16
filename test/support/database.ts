import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/database/database.ts'
import { migrate, type SchemaMigrations } from '../../src/platform/database/migrate.ts'
import { platformSchema } from '../../src/platform/schema.ts'

export interface TestDatabase extends Database {
  /** Closes the pool and drops the database. */
  drop(): Promise<void>
}

/** A fresh database with the platform's and the given contexts' schemas. */
export async function testDatabase(
  schemas: readonly SchemaMigrations[] = [],
  options: { poolSize?: number } = {},
): Promise<TestDatabase> {
  const admin = inject('databaseUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  await asAdmin(admin, `create database ${name}`)
  const url = new URL(admin)
  url.pathname = `/${name}`
  const database = openDatabase({
    url: url.toString(),
    poolSize: options.poolSize ?? 10,
    statementTimeoutMs: 15_000,
  })
  await migrate(database.db, [platformSchema, ...schemas])
  return {
    ...database,
    drop: async () => {
      await database.close()
      await asAdmin(admin, `drop database if exists ${name} with (force)`)
    },
  }
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
