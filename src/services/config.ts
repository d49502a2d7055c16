import { withSecretFiles } from '../platform/secret-files.ts'
import { type Environment, readSettings } from '../platform/settings.ts'
import { UserError } from '../platform/user-error.ts'
import { databaseProblems, type ServiceDatabase } from './databases.ts'
import { demoBeyondThisMachine } from './demo/wanted.ts'
import { SERVICES } from './index.ts'
import { SERVICE_NAMES, type ServiceName } from './names.ts'
import { PROCESS_SETTINGS, type ProcessSettings } from './process-settings.ts'

/** The settings of one process, all of them found right. */
export interface Config extends ProcessSettings {
  /** What it hosts, in the order of the table. */
  services: readonly ServiceName[]
  /** Where each of them keeps its data; without an address in the embedded database. */
  databases: readonly ServiceDatabase[]
  /** From which each of them reads its own settings. */
  environment: Environment
}

/**
 * Reads the settings of a process.
 * @param names the services it hosts; default those of SERVICES, or all
 * @throws UserError naming every setting that is wrong or missing, all at once
 */
export function readConfig(given: Environment, names?: readonly ServiceName[]): Config {
  const { environment, problems: unread } = readSecrets(given)
  const production = environment.NODE_ENV === 'production'
  const { values, problems } = readSettings(PROCESS_SETTINGS, environment, production)
  problems.push(...unread)
  const wanted = names ?? values.services ?? SERVICE_NAMES
  const services = SERVICE_NAMES.filter((name) => wanted.includes(name))
  for (const name of services) problems.push(...SERVICES[name].configure(environment, values).problems)
  const databases = services.map((name) => databaseOf(name, environment, values.databaseUrl))
  if (production && databases.some(({ url }) => url === undefined))
    problems.push('DATABASE_URL is required with NODE_ENV=production')
  const elsewhere = SERVICE_NAMES.filter((name) => !services.includes(name)).map((name) =>
    databaseOf(name, environment, values.databaseUrl),
  )
  problems.push(
    ...databaseProblems(databases, elsewhere, {
      broker: values.kafkaBrokers !== undefined,
      works: values.role !== 'api',
    }),
  )
  problems.push(...demoBeyondThisMachine({ ...values, services, databases, environment }))
  if (problems.length > 0) throw new UserError(`The settings are not right:\n  ${problems.join('\n  ')}`)
  return { ...values, services, databases, environment }
}

/** The environment with the secrets of all services that are given as files, and what is wrong with those files. */
export function readSecrets(given: Environment): { environment: Environment; problems: string[] } {
  return withSecretFiles(given, [PROCESS_SETTINGS, ...SERVICE_NAMES.map((name) => SERVICES[name].settings)])
}

/** The settings of what is hosted are checked elsewhere; of others only the address of their database is looked at. */
function databaseOf(
  service: ServiceName,
  environment: Environment,
  shared: string | undefined,
): ServiceDatabase {
  const setting = databaseSettingOf(service)
  const own = environment[setting]
  const { hears } = SERVICES[service]
  return own === undefined || own === ''
    ? { service, setting: 'DATABASE_URL', url: shared, hears }
    : { service, setting, url: own, hears }
}

/** What the address of a service's own database is called. */
export function databaseSettingOf(service: string): string {
  return `${service.toUpperCase()}_DATABASE_URL`
}
