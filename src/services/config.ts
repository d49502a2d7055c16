import { type Environment, readSettings } from '../platform/settings.ts'
import { UserError } from '../platform/user-error.ts'
import { SERVICE_NAMES, SERVICES, type ServiceName } from './index.ts'
import { PROCESS_SETTINGS, type ProcessSettings } from './process-settings.ts'

/** The settings of one process, all of them found right. */
export interface Config extends ProcessSettings {
  /** What it hosts, in the order of the table. */
  services: readonly ServiceName[]
  /** From which each of these services reads its own settings. */
  environment: Environment
}

/**
 * Reads the settings of a process that hosts these services.
 * @throws UserError naming every setting that is wrong or missing, all at once
 */
export function readConfig(environment: Environment, names: readonly ServiceName[] = SERVICE_NAMES): Config {
  const production = environment.NODE_ENV === 'production'
  const { values, problems } = readSettings(PROCESS_SETTINGS, environment, production)
  const services = SERVICE_NAMES.filter((name) => names.includes(name))
  for (const name of services) problems.push(...SERVICES[name].configure(environment, values).problems)
  if (problems.length > 0) throw new UserError(`The settings are not right:\n  ${problems.join('\n  ')}`)
  return { ...values, services, environment }
}
