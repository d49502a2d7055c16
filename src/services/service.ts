import type { TokenScope } from '../platform/auth/access-token.ts'
import type { EndedSessions } from '../platform/auth/ended-sessions.ts'
import type { ServiceCredential } from '../platform/auth/service-credential.ts'
import type { Broadcast } from '../platform/broadcast/broadcast.ts'
import type { Database } from '../platform/database/database.ts'
import type { SchemaMigrations } from '../platform/database/migrate.ts'
import type { Command, Commands } from '../platform/jobs/commands.ts'
import type { Module } from '../platform/module.ts'
import type { Redis } from '../platform/redis/redis.ts'
import {
  type Environment,
  optional,
  readSettings,
  type SettingsTable,
  url,
  type ValuesOf,
} from '../platform/settings.ts'
import type { Logger } from '../platform/telemetry/log.ts'
import type { Metrics } from '../platform/telemetry/metrics.ts'
import type { Clock } from '../platform/time/clock.ts'
import type { Config } from './config.ts'
import type { Faces } from './index.ts'
import type { ServiceName } from './names.ts'
import type { ProcessSettings } from './process-settings.ts'

/** What a process does: answer requests, work in the background, both, or (one-shot commands) neither. */
export interface Roles {
  api: boolean
  worker: boolean
}

/** What a process lends a service it hosts. */
export interface World {
  process: Config
  /** What the process does for the service. */
  roles: Roles
  /** Its own, with its own role where one is set. */
  database: Database
  /** The same, by connections of their own for what everybody may read. */
  browsing: Database
  /** Stored commands, in the same database. */
  commands: Commands
  /** Tells every process of the installation. */
  broadcast: Broadcast
  /** Shared by all processes, where one is set. */
  redis: Redis | undefined
  endedSessions: EndedSessions
  credential: ServiceCredential
  /** For whom and by whom access tokens are. */
  tokens: TokenScope
  clock: Clock
  log: Logger
  metrics: Metrics
  /** Where customers reach the system. */
  publicUrl: string
  /** Folder for secrets that are generated when none are set. */
  secretsFolder: string
}

/** A service that runs in this process. */
export interface Hosted<Face> {
  modules: readonly Module[]
  /** What other services of the same process, and the command line, may ask of it. */
  face: Face
  /** Adds demo data unless they are there. */
  fillDemo?(say: (line: string) => void): Promise<void>
  /** What people are told once everything runs. */
  welcome?: readonly string[]
}

/** A service whose settings have been read. */
export interface Configured<Face> {
  problems: readonly string[]
  /** Looks, before any work begins, for what would stop the service later. @throws UserError */
  beforeStart?: (process: Config) => Promise<void>
  /**
   * Puts the service together.
   * @param hosted faces of the services before it in the table, as far as this process hosts them; once modules are
   * prepared, of all of them
   */
  create(world: World, hosted: Readonly<Partial<Faces>>): Promise<Hosted<Face>>
}

/** A service as data: what a process needs to know to host it, alone or beside others. */
export interface Service<Face> {
  name: ServiceName
  /** One line for people. */
  about: string
  settings: SettingsTable
  /** Schemas it owns, in the order in which they are migrated; nobody else touches them. */
  schemas: readonly SchemaMigrations[]
  /** The events it tells: what their types begin with, `library.loan.` for `library.loan.returned`. */
  tells: readonly string[]
  /** Services whose events it needs. */
  hears: readonly ServiceName[]
  /** Commands it stores. */
  commands: readonly Command[]
  configure(environment: Environment, process: ProcessSettings): Configured<Face>
}

/** What a service says of itself. Its settings reach `create` typed, and nothing else. */
export interface Description<S extends SettingsTable, Face>
  extends Omit<Service<Face>, 'settings' | 'configure'> {
  settings: S
  /** What is wrong with settings that are right alone, but not together; wrong ones are missing. */
  contradictions?(values: Partial<ValuesOf<S>>, process: ProcessSettings): string[]
  beforeStart?(settings: ValuesOf<S>, process: Config): Promise<void>
  create(world: World, settings: ValuesOf<S>, hosted: Readonly<Partial<Faces>>): Promise<Hosted<Face>>
}

/** A service out of its description: how its settings are read, and how it is created, started and stopped. */
export function defineService<const S extends SettingsTable, Face>(
  description: Description<S, Face>,
): Service<Face> {
  const { contradictions, beforeStart, create, settings: own, ...rest } = description
  const settings = { ...own, ...databaseSetting(rest) }
  return {
    ...rest,
    settings,
    configure: (environment, process) => {
      const { values, problems } = readSettings(settings, environment, process.nodeEnv === 'production')
      return {
        problems: [...problems, ...(contradictions?.(values, process) ?? [])],
        ...(beforeStart ? { beforeStart: (config: Config) => beforeStart(values, config) } : {}),
        create: (world, hosted) => create(world, values, hosted),
      }
    },
  }
}

/** Every service that keeps data may have a database, or at least a role, of its own. */
function databaseSetting({ name, schemas }: Pick<Service<unknown>, 'name' | 'schemas'>): SettingsTable {
  if (schemas.length === 0) return {}
  const about = `Database of ${name}, or a role of its own in the same one (default: DATABASE_URL)`
  return {
    databaseUrl: optional(`${name.toUpperCase()}_DATABASE_URL`, about, url('postgres:', 'postgresql:'), {
      secret: true,
    }),
  }
}
