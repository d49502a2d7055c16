import { sql } from 'kysely'
import { ping } from '../platform/database/database.ts'
import { pendingMigrations } from '../platform/database/migrate.ts'
import type { Runtime } from '../runtime.ts'
import type { Store } from '../services/stores.ts'

type Check = () => Promise<string | undefined>

/** What a process asks before it calls itself ready: only of what it hosts. */
export function readinessOf({ stores }: Runtime): Readonly<Record<string, Check>> {
  return {
    database: async () => {
      await Promise.all(stores.map(({ database }) => ping(database.db)))
      return undefined
    },
    migrations: async () => {
      const pending = await Promise.all(
        stores.map(({ database, schemas }) => pendingMigrations(database.db, schemas)),
      )
      const names = pending.flat()
      return names.length > 0 ? `not applied: ${names.join(', ')}` : undefined
    },
    events: async () => {
      const missing = (await Promise.all(stores.map(missingSchemas))).flat()
      return missing.length > 0 ? `nobody writes events of ${missing.join(', ')} in this database` : undefined
    },
  }
}

/** Services whose events are needed write to the same database; their schemas are there, or are still to come. */
async function missingSchemas({ heard, database }: Store): Promise<string[]> {
  if (heard.length === 0) return []
  const { rows } = await sql<{ nspname: string }>`
    select nspname from pg_namespace where nspname = any(${heard}::text[])`.execute(database.db)
  const there = new Set(rows.map(({ nspname }) => nspname))
  return heard.filter((schema) => !there.has(schema))
}
