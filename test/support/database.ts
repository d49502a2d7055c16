import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type Database, openDatabase } from '../../src/platform/database/database.ts'
import type { SchemaMigrations } from '../../src/platform/database/migrate.ts'
import { platformSchema } from '../../src/platform/schema.ts'
import { addressOf, templateOf } from '../setup/template.ts'

export interface TestDatabase extends Database {
  /** Closes the pool and drops the database. */
  drop(): Promise<void>
}

/** A fresh database with the platform's and the given contexts' schemas. */
export async function testDatabase(
  schemas: readonly SchemaMigrations[] = [],
  options: { poolSize?: number } = {},
): Promise<TestDatabase> {
  const { url, drop } = await migratedDatabase([platformSchema, ...schemas])
  const { poolSize = 10 } = options
  // Two hundred buyers at once have to wait for one another, however slow the machine is.
  const database = openDatabase({ url, poolSize, statementTimeoutMs: 15_000, acquireTimeoutMs: 60_000 })
  return {
    ...database,
    drop: async () => {
      await database.close()
      await drop()
    },
  }
}

/** A database of a test. */
export interface OwnDatabase {
  url: string
  drop(): Promise<void>
}

/** A fresh database with these schemas, and nobody connected to it. */
export async function migratedDatabase(schemas: readonly SchemaMigrations[]): Promise<OwnDatabase> {
  return createDatabase(await templateOf(inject('databaseUrl'), schemas))
}

/** A fresh database without anything in it, for what migrates it itself. */
export async function emptyDatabase(): Promise<OwnDatabase> {
  return createDatabase('template1')
}

async function createDatabase(template: string): Promise<OwnDatabase> {
  const admin = inject('databaseUrl')
  const name = `test_${randomBytes(8).toString('hex')}`
  await execute(admin, `create database ${name} template ${template}`)
  return {
    url: addressOf(admin, name),
    drop: async () => {
      await execute(admin, `drop database if exists ${name} with (force)`)
    },
  }
}

/** One statement on a connection of its own, beside any pool. @returns the rows */
export async function execute(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement)
    return rows
  } finally {
    await client.end()
  }
}
