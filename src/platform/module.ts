import type { SchemaMigrations } from './database/migrate.ts'
import type { Subscriber } from './events/subscriber.ts'
import type { App } from './http/app.ts'
import type { Command, CommandHandler, Schedule } from './jobs/commands.ts'
import type { ProblemCatalog } from './refusal.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Work repeated at a short interval; safe to run in several processes at once. */
export interface Sweep {
  name: string
  everyMs: number
  run(): Promise<unknown>
}

/**
 * What a context gives to the process that hosts it. `services.ts` puts modules together; nothing else knows
 * them all.
 */
export interface Module {
  name: string
  schema?: SchemaMigrations
  /** Done before the module is used, on a database that is up to date; safe in several processes at once. */
  prepare?(): Promise<void>
  problems?: ProblemCatalog
  routes?: (app: App) => void
  subscribers?: readonly Subscriber[]
  /** Commands this module stores; their queues exist in every process. */
  commands?: readonly Command[]
  handlers?: readonly CommandHandler[]
  sweeps?: readonly Sweep[]
  schedules?: readonly Schedule[]
  /** Registers gauges read from the database at scrape time. */
  metrics?: (metrics: Metrics) => void
}
