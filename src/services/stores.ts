import { setTimeout as pause } from 'node:timers/promises'
import {
  type Database,
  isAccessRefused,
  isDatabaseUnavailable,
  openDatabase,
} from '../platform/database/database.ts'
import { migrate, pendingMigrations, type SchemaMigrations } from '../platform/database/migrate.ts'
import { type Commands, startCommands } from '../platform/jobs/commands.ts'
import { platformSchema } from '../platform/schema.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Metrics } from '../platform/telemetry/metrics.ts'
import type { Tracer } from '../platform/telemetry/tracer.ts'
import { UserError } from '../platform/user-error.ts'
import type { Config } from './config.ts'
import type { ServiceDatabase } from './databases.ts'
import { SERVICES } from './index.ts'
import type { ServiceName } from './names.ts'

/** A database as one role sees it, and the services that use it so. */
export interface Store {
  services: readonly ServiceName[]
  /** Of these services and the platform, in the order in which they are migrated. */
  schemas: readonly SchemaMigrations[]
  /** Schemas of services elsewhere whose events these services need. */
  heard: readonly string[]
  database: Database
  /** For what everybody may read, so that searches leave the other connections to orders and payments. */
  browsing: Database
  commands: Commands
}

/**
 * Opens a database for services that come to it in the same way, and brings their schemas up to date.
 * @throws UserError when it cannot be reached, or is not up to date and this role may not change that
 */
export async function openStore(
  { url, setting, services }: { url: string; setting: string; services: readonly ServiceName[] },
  {
    config,
    log,
    metrics,
    tracer,
    worker,
  }: { config: Config; log: Logger; metrics: Metrics; tracer: Tracer | undefined; worker: boolean },
): Promise<Store> {
  const schemas = [platformSchema, ...services.flatMap((name) => SERVICES[name].schemas)]
  const open = (poolSize: number) =>
    openDatabase({
      url,
      poolSize,
      statementTimeoutMs: config.statementTimeoutMs,
      traced: tracer !== undefined,
      onPoolError: (error) => log.warn({ err: error }, 'a database connection broke'),
    })
  const database = open(config.databasePoolSize)
  try {
    const applied = await patiently(log, () => bringUpToDate(database, schemas))
    if (applied.length > 0) log.info({ applied }, 'database brought up to date')
    const commands = await startCommands({
      url,
      commands: services.flatMap((name) => SERVICES[name].commands),
      log,
      metrics,
      tracer,
      worker,
    })
    const browsing = open(config.databaseBrowsingPoolSize)
    return { services, schemas, heard: heardElsewhere(services, config), database, browsing, commands }
  } catch (error) {
    await database.close()
    throw explain(error, url, setting)
  }
}

/** How often a start tries to get in, and how long it waits between two tries. */
const TRIES = 10
const PAUSE_MS = 500

/** A busy server keeps newcomers waiting, and may break off; one that is not there at all is told at once. */
async function patiently<T>(log: Logger, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error
      const isThere = cause instanceof Error && !('code' in cause && String(cause.code).startsWith('E'))
      if (tries >= TRIES || !isThere || !isDatabaseUnavailable(cause)) throw error
      log.warn({ err: error }, 'the database keeps us waiting, trying again')
      await pause(PAUSE_MS)
    }
  }
}

/** A role that may only read and write its own data can serve a database that is up to date. */
async function bringUpToDate({ db }: Database, schemas: readonly SchemaMigrations[]): Promise<string[]> {
  const pending = await pendingMigrations(db, schemas)
  if (pending.length === 0) return []
  return migrate(db, schemas).catch((error: unknown) => {
    const cause = error instanceof Error ? (error.cause ?? error) : error
    if (!isAccessRefused(cause)) throw error
    throw new UserError(
      `The database is not up to date (${pending.join(', ')}), and this role may not change it: run \`pillivery migrate\` with its owner.`,
    )
  })
}

function heardElsewhere(services: readonly ServiceName[], config: Config): string[] {
  // With a broker their events come from wherever they are written.
  if (config.kafkaBrokers !== undefined) return []
  const elsewhere = services
    .flatMap((name) => SERVICES[name].hears)
    .filter((name) => !config.services.includes(name))
  return elsewhere.flatMap((name) => SERVICES[name].schemas.map(({ schema }) => schema))
}

/** A database that is away, does not let us in, or lets us change nothing is the owner's to fix; the rest is ours. */
function explain(error: unknown, url: string, setting: string): unknown {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const notOurs = isDatabaseUnavailable(cause) || isAccessRefused(cause)
  if (setting === '' || !notOurs) return error
  const { host, pathname } = new URL(url)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new UserError(`The database at ${host}${pathname} (${setting}) cannot be used: ${reason}`)
}

/** Services that come to the database in the same way share a pool. */
export function byUrl(
  databases: readonly ServiceDatabase[],
  embeddedUrl: string | undefined,
): { url: string; setting: string; services: ServiceName[] }[] {
  return [...Map.groupBy(databases, ({ url }) => url ?? embeddedUrl ?? '')].map(([url, ones]) => ({
    url,
    setting: ones[0]?.url === undefined ? '' : (ones[0]?.setting ?? ''),
    services: ones.map(({ service }) => service),
  }))
}
