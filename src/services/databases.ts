import type { ServiceName } from './names.ts'

/** Where a service keeps its data. */
export interface ServiceDatabase {
  service: ServiceName
  /** The setting that says so. */
  setting: string
  /** Undefined: the embedded database of this process. */
  url: string | undefined
  /** Services whose events it needs. */
  hears: readonly ServiceName[]
}

/**
 * What cannot work. Without a broker events travel inside one database, by its outbox: a service must share the database
 * (not the role) with those whose events it hears. And a process works on one database, so that its operators' pages speak of one;
 * only accounts may be in another, where pages are shown and nothing is worked on.
 * @param hosted what this process hosts
 * @param elsewhere what other processes host, as far as the settings of this one tell
 * @param broker whether one carries events between databases
 * @param works whether this process does background work
 */
export function databaseProblems(
  hosted: readonly ServiceDatabase[],
  elsewhere: readonly ServiceDatabase[],
  { broker, works }: { broker: boolean; works: boolean },
): string[] {
  const lendsAccounts = broker && !works && hosted.length > 1
  const own = lendsAccounts ? hosted.filter(({ service }) => service !== 'identity') : hosted
  const places = Map.groupBy(own, (one) => placeOf(one.url))
  if (places.size > 1) {
    const list = [...places].map(([place, ones]) => `${ones.map(nameOf).join(', ')} in ${place}`).join('; ')
    return [`one process works on one database, and these are several: ${list}. Start a process for each`]
  }
  if (broker) return []
  return hosted.flatMap((one) =>
    elsewhere
      .filter((other) => one.hears.includes(other.service))
      // Without an address it is not known here; then readiness finds out.
      .filter((other) => other.url !== undefined && placeOf(other.url) !== placeOf(one.url))
      .map(
        (other) =>
          `${one.setting} and ${other.setting} name different databases (${placeOf(one.url)}, ${placeOf(other.url)}), but ${one.service} needs the events of ${other.service}: they do not travel between databases without KAFKA_BROKERS. Set it, or give both services the same database, each with a role of its own`,
      ),
  )
}

function nameOf({ service }: ServiceDatabase): string {
  return service
}

/** Server and database of an address, without who comes: roles differ on the same database. */
export function placeOf(url: string | undefined): string {
  if (url === undefined || !URL.canParse(url)) return 'the embedded database'
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port || '5432'}${pathname}`
}
