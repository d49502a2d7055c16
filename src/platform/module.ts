import type { SchemaMigrations } from './database/migrate.ts'
import type { Subscriber } from './events/subscriber.ts'
import type { App } from './http/app.ts'
import type { ProblemPage } from './http/problem.ts'
import type { Command, CommandHandler, Schedule } from './jobs/commands.ts'
import type { ProblemCatalog } from './refusal.ts'
import type { RetentionRule } from './retention/rule.ts'
import type { Metrics } from './telemetry/metrics.ts'

/** Work repeated at a short interval; safe to run in several processes at once. */
export interface Sweep {
  name: string
  everyMs: number
  /** @param signal aborted when the process drains: begin nothing more, finish what is on its way */
  run(signal?: AbortSignal): Promise<unknown>
}

/** What a context gives to the process that hosts it; `src/services` puts modules together. */
export interface Module {
  name: string
  schema?: SchemaMigrations
  /** Done before the module is used, on a database that is up to date; safe in several processes at once. */
  prepare?(): Promise<void>
  /** Begins what the module needs while the process serves or works; before the first request and the first sweep. */
  start?(): Promise<void>
  /** Lets go of everything the module holds, after the last request and the last sweep; also when it never started. */
  stop?(): Promise<void>
  problems?: ProblemCatalog
  routes?: (app: App) => void
  /** What browsers are shown at addresses that have no route; one module of a process may say it. */
  problemPage?: ProblemPage
  subscribers?: readonly Subscriber[]
  /** Commands this module stores; their queues exist in every process. */
  commands?: readonly Command[]
  handlers?: readonly CommandHandler[]
  sweeps?: readonly Sweep[]
  schedules?: readonly Schedule[]
  /** For how long its records are kept, and what becomes of them then. */
  retention?: readonly RetentionRule[]
  /** Registers gauges read from the database at scrape time. */
  metrics?: (metrics: Metrics) => void
}
