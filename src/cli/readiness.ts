import { sql } from 'kysely'
import { databaseReadiness } from '../platform/database/readiness.ts'
import type { Runtime } from '../runtime.ts'
import type { Store } from '../services/stores.ts'

type Check = () => Promise<string | undefined>

export interface Readiness {
  checks: Readonly<Record<string, Check>>
  stop(): Promise<void>
}

/** What a process asks before it calls itself ready: only of what it hosts, on connections of its own. */
export function readinessOf({ stores }: Runtime): Readiness {
  const databases = stores.map(({ database, schemas }) => databaseReadiness(database.url, schemas))
  // Schemas do not go away again, so this is asked only until they are all there.
  let hearsAll = false
  return {
    checks: {
      database: async () => {
        const reasons = await Promise.all(databases.map(({ check }) => check()))
        return reasons.find((reason) => reason !== undefined)
      },
      events: async () => {
        if (hearsAll) return undefined
        const missing = (await Promise.all(stores.map(missingSchemas))).flat()
        hearsAll = missing.length === 0
        return hearsAll ? undefined : `nobody writes events of ${missing.join(', ')} in this database`
      },
    },
    stop: async () => {
      await Promise.all(databases.map(({ stop }) => stop()))
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
