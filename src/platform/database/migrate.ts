import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import pg from 'pg'
import { type Db, isDeadlock } from './database.ts'

/** A context's schema and the folder of its `0001-name.sql` files, applied in name order, each once. */
export interface SchemaMigrations {
  schema: string
  folder: URL
}

async function readMigrations(folder: URL): Promise<Record<string, Migration>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  // Which of two comes first would be decided by their names, and differently in two branches.
  const twice = files.find((name, at) => at > 0 && numberOf(name) === numberOf(files[at - 1] ?? ''))
  if (twice !== undefined)
    throw new Error(`two migrations have the number ${numberOf(twice)}: ${folder.pathname}`)
  const entries = files.map(async (name): Promise<[string, Migration]> => {
    const text = await readFile(new URL(name, folder), 'utf8')
    return [name.replace(/\.sql$/, ''), { up: (db) => apply(db, text) }]
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** An index of a large table takes longer than any statement of a request may. */
async function apply(db: Kysely<unknown>, text: string): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(db)
  await sql.raw(text).execute(db)
}

const numberOf = (name: string) => name.split('-', 1)[0]

/** How often a schema is tried whose tables are in use, and how long those who use them have them to themselves in between. */
const MOST_TRIES = 10
const REST_MS = 1_000

/** A lock was not had in time, or was given up for somebody else's. */
const isOutOfTurn = (error: unknown) =>
  isDeadlock(error) || (error instanceof pg.DatabaseError && error.code === '55P03')

/**
 * Brings every schema up to date, one transaction a schema. Safe to call from several processes at once:
 * Kysely's migrator takes an advisory lock. The release before this one may be at work on the same tables: a schema whose
 * locks are not to be had is tried again, nothing of it having been done.
 * @returns the names of the migrations that were applied now
 * @throws Error naming the migration that failed
 */
export async function migrate(db: Db, schemas: readonly SchemaMigrations[]): Promise<string[]> {
  const applied: string[] = []
  for (const { schema, folder } of schemas) {
    const migrations = await readMigrations(folder)
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      migrationTableSchema: schema,
    })
    let outcome = await migrator.migrateToLatest()
    for (let tries = 1; isOutOfTurn(outcome.error) && tries < MOST_TRIES; tries += 1) {
      await pause(REST_MS)
      outcome = await migrator.migrateToLatest()
    }
    const { error, results } = outcome
    const failed = results?.find((result) => result.status === 'Error')
    if (error) {
      throw new Error(`migration ${schema}/${failed?.migrationName ?? '?'} failed: ${messageOf(error)}`, {
        cause: error,
      })
    }
    for (const result of results ?? []) applied.push(`${schema}/${result.migrationName}`)
  }
  return applied
}

/** Names of migrations in the folders that the database does not have yet (for readiness). */
export async function pendingMigrations(db: Db, schemas: readonly SchemaMigrations[]): Promise<string[]> {
  const pending: string[] = []
  for (const { schema, folder } of schemas) {
    const names = Object.keys(await readMigrations(folder))
    const exists = await sql<{ table: string | null }>`
      select to_regclass(${`${schema}.kysely_migration`})::text as table`.execute(db)
    const done = exists.rows[0]?.table
      ? await sql<{ name: string }>`select name from ${sql.table(`${schema}.kysely_migration`)}`.execute(db)
      : { rows: [] }
    const known = new Set(done.rows.map((row) => row.name))
    for (const name of names) if (!known.has(name)) pending.push(`${schema}/${name}`)
  }
  return pending
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
