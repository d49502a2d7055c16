import type { SchemaMigrations } from './database/migrate.ts'

/** The platform's own tables: outbox, inbox, parked events, idempotency keys. */
export const platformSchema: SchemaMigrations = {
  schema: 'platform',
  folder: new URL('./migrations/', import.meta.url),
}
