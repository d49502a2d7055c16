import { UserError } from '../platform/user-error.ts'

/** Every service, in the order in which they are made; a service may ask those before it. */
export const SERVICE_NAMES = ['identity', 'shop', 'notifications', 'book', 'borrow', 'dashboard'] as const

export type ServiceName = (typeof SERVICE_NAMES)[number]

/** `api` answers requests, `worker` does what is done in the background; one process may do both. */
export const PROCESS_ROLES = ['all', 'api', 'worker'] as const

/**
 * Reads the names of services, separated by commas.
 * @throws UserError when there is none, or one that is not known
 */
export function parseServices(text: string): readonly ServiceName[] {
  const wanted = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const unknown = wanted.filter((name) => !SERVICE_NAMES.some((known) => known === name))
  if (wanted.length === 0 || unknown.length > 0)
    throw new UserError(
      `${unknown.length > 0 ? `${unknown.join(', ')}: not a service. It ` : ''}must name services of ${SERVICE_NAMES.join(', ')}, separated by commas`,
    )
  return SERVICE_NAMES.filter((name) => wanted.includes(name))
}
