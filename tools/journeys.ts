import { globSync, readFileSync } from 'node:fs'

/**
 * Operations that no journey can have visited, because none of them writes their address down. Says early, from the
 * texts alone, what the whole run of the tests says late and surely (`no journey visits …`).
 */

export interface Operation {
  operationId: string
  method: string
  /** As the route has it, e.g. `/api/orders/:id/cancel`. */
  url: string
}

const ROUTE = /method: '(\w+)',\s*url: ?['`]([^'`]+)['`]/g
const NAME = /operationId: ?['`]([^'`]+)['`]/

/** Operations of a source whose method, address and name stand there. */
export function operationsIn(source: string): Operation[] {
  const routes = [...source.matchAll(ROUTE)]
  return routes.flatMap(({ index, 1: method = '', 2: url = '' }, n) => {
    const operationId = NAME.exec(source.slice(index, routes[n + 1]?.index))?.[1]
    // Several in one, whose names are put together: only the whole run tells them apart.
    return operationId === undefined || url.includes('${') ? [] : [{ operationId, method, url }]
  })
}

/** What stands for a part of an address that is only known when it is asked for. */
const ANY = '*'

/** The segments of an address up to its question; values in it are {@link ANY}. */
function segmentsOf(address: string): string[] {
  const written = address.replace(/\$\{[^}]*\}/g, ANY).split(/[?#]/, 1)[0] ?? ''
  return written
    .split('/')
    .slice(1)
    .map((part) => (part.startsWith(':') || part.includes(ANY) ? ANY : part))
}

export interface Address {
  segments: readonly string[]
  /** What stands before it is a value: of the server, or of an address that goes on. */
  goesOn: boolean
}

const ADDRESS = /['"`](\$\{[^}]*\})?((?:\/(?:\$\{[^}]*\}|[\w.-])+)+)/g

/** Every address that a text writes down. */
export function addressesIn(text: string): Address[] {
  return [...text.matchAll(ADDRESS)].map(([, before, address = '']) => ({
    segments: segmentsOf(address),
    goesOn: before !== undefined,
  }))
}

/** Whether an address may be one of an operation, or its end. */
export function fits({ segments, goesOn }: Address, { url }: Pick<Operation, 'url'>): boolean {
  const whole = segmentsOf(url)
  if (goesOn ? segments.length > whole.length : segments.length !== whole.length) return false
  const end = whole.slice(-segments.length)
  return (
    end.every((part, n) => part === ANY || segments[n] === ANY || segments[n] === part) &&
    end.some((part, n) => part !== ANY && segments[n] === part)
  )
}

/** Nobody writes these down: where a page of somebody else leads. */
const LED_TO = ['returnFromRegistration']

if (import.meta.main) {
  const read = (pattern: string) => globSync(pattern).map((path) => readFileSync(path, 'utf8'))
  const operations = read('src/**/*.ts').flatMap(operationsIn)
  const addresses = ['test/journeys/*.ts', 'test/support/**/*.ts', 'test/library/*.ts', 'test/logins/*.ts']
    .flatMap(read)
    .flatMap(addressesIn)
  const missing = operations.filter(
    (operation) =>
      !LED_TO.includes(operation.operationId) && !addresses.some((address) => fits(address, operation)),
  )
  for (const { operationId, method, url } of missing)
    console.error(`no journey names ${operationId}: ${method} ${url}`)
  console.log(`journeys: ${operations.length} operations, ${missing.length} that none names`)
  process.exitCode = missing.length > 0 ? 1 : 0
}
