import { COMMANDS_SCHEMA, grantRoles, type ServiceRole } from '../platform/database/roles.ts'
import { platformSchema } from '../platform/schema.ts'
import type { Environment } from '../platform/settings.ts'
import { createPlainLog } from '../platform/telemetry/plain-log.ts'
import { UserError } from '../platform/user-error.ts'
import { openRuntime } from '../runtime.ts'
import { databaseSettingOf, readConfig, readSecrets } from '../services/config.ts'
import { placeOf } from '../services/databases.ts'
import { SERVICES } from '../services/index.ts'
import type { ServiceName } from '../services/names.ts'

/**
 * Migrates as the owner, then gives each service with a database setting of its own the role this names.
 * @returns what was done, for people
 * @throws UserError when a setting names another database than the owner's, or no role
 */
export async function migrateWithRoles(
  names: readonly ServiceName[],
  signal: AbortSignal,
  given: Environment = process.env,
): Promise<string[]> {
  const { environment, problems } = readSecrets(given)
  if (problems.length > 0) throw new UserError(`The settings are not right:\n  ${problems.join('\n  ')}`)
  const owner = environment.DATABASE_URL
  if (owner === undefined || owner === '')
    throw new UserError('DATABASE_URL is required: it names the owner of the database.')
  const roles = names.flatMap((name) => roleOf(name, environment, owner))
  const asOwner = {
    ...environment,
    ...Object.fromEntries(names.map((name) => [databaseSettingOf(name), ''])),
  }
  const config = readConfig(asOwner, names)
  const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`
  const runtime = await openRuntime({ config, log: createPlainLog('warn'), owner: false, publicUrl, signal })
  try {
    await grantRoles(runtime.database.db, roles, [platformSchema.schema, COMMANDS_SCHEMA])
  } finally {
    await runtime.close()
  }
  return roles.map(({ name, schemas }) => `The role ${name} may read and write ${schemas.join(', ')}.`)
}

function roleOf(service: ServiceName, environment: Environment, owner: string): ServiceRole[] {
  const setting = databaseSettingOf(service)
  const url = environment[setting]
  if (url === undefined || url === '') return []
  if (!URL.canParse(url)) throw new UserError(`${setting} is not an address.`)
  if (placeOf(url) !== placeOf(owner))
    throw new UserError(
      `${setting} names another database (${placeOf(url)}) than DATABASE_URL (${placeOf(owner)}): run this with the owner of each, and --services.`,
    )
  const { username, password } = new URL(url)
  if (username === '') throw new UserError(`${setting} names no role: postgres://role:password@host/database`)
  const schemas = SERVICES[service].schemas.map(({ schema }) => schema)
  return [{ name: decodeURIComponent(username), password: decodeURIComponent(password), schemas }]
}
