import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Children, startChildren } from '../../../local/children.ts'
import { prepareDatabases } from '../../../local/databases.ts'
import { type Broker, startBroker } from '../../../local/kafka.ts'
import { type Member, membersNamed } from '../../../local/plan.ts'
import { type EmbeddedPostgres, freePort, startEmbedded } from '../../../src/platform/database/embedded.ts'
import { runAll } from '../../../src/platform/process/run-all.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { endWhenTold } from '../when-told.ts'

/** What carries events: a broker between databases, or the one database all services share. */
export type Carrier = 'kafka' | 'postgres'

export const LIBRARY = ['identity', 'book', 'borrow', 'dashboard'] as const
export type LibraryService = (typeof LIBRARY)[number]
/** A process for each service, and the entry. */
export const LIBRARY_MEMBERS: readonly Member[] = membersNamed([...LIBRARY, 'gateway'])

/** The library as separate services: a process and a database server for each, a broker, and one gateway. */
export interface Fleet {
  /** The one address for readers. */
  url: string
  folder: string
  carrier: Carrier
  /** Who can be killed: processes, database servers, the broker. */
  victims: readonly string[]
  /** Those of them that are processes of ours. */
  processes: readonly string[]
  /** Where each of these listens. */
  ports: ReadonlyMap<string, number>
  children: Children
  /** The database of a service, as its owner. */
  databaseOf(service: LibraryService): string
  /** Kills with SIGKILL; resolves when it has been started again, which is before it is ready. */
  kill(victim: string, downMs: number): Promise<void>
  /** Stops a process of ours in its tracks, connections open and all, and lets it go on. */
  freeze(victim: string, forMs: number): Promise<void>
  waitUntilReady(): Promise<void>
  stop(): Promise<void>
}

const SETTINGS = {
  NODE_ENV: 'test',
  SOCIAL_PORT: '0',
  LOG_LEVEL: 'info',
  LOGIN_PER_MINUTE: '100000',
  SIGN_UP_PER_MINUTE: '100000',
  REQUESTS_PER_MINUTE: '1000000',
  CHANGES_PER_MINUTE: '1000000',
}
/** A server for each service, on a machine that has other things to do. */
const SMALL_SERVER = ['shared_buffers=48MB', 'max_connections=80']

/**
 * Brings the services up apart. Without a broker they share one database server, whose death takes all of them.
 * @param members the processes; default one for each service
 * @param ports where they listen; default free ones
 * @param more further settings of every process
 */
export async function startFleet({
  folder,
  carrier,
  members = LIBRARY_MEMBERS,
  ports: given,
  more = {},
}: {
  folder: string
  carrier: Carrier
  members?: readonly Member[]
  ports?: ReadonlyMap<string, number>
  more?: Readonly<Record<string, string>>
}): Promise<Fleet> {
  const { signal } = new AbortController()
  const closing: (() => Promise<unknown>)[] = []
  let stopping = false
  const stop = () => {
    stopping = true
    return runAll(closing.splice(0).reverse())
  }
  // Databases outlive whoever started them: nothing of ours may stay behind, also when we are told to end early.
  endWhenTold(stop, 130)
  const apart = carrier === 'kafka'
  const nameOf = (service: LibraryService) => (apart ? `${service} database` : 'database')
  const servers = new Map<string, EmbeddedPostgres>()
  const settings = apart ? SMALL_SERVER : ['shared_buffers=128MB']
  const serve = (name: string, port = 0) =>
    startEmbedded({ folder: join(folder, name.replace(' ', '-')), settings, port })
  try {
    const names = [...new Set(LIBRARY.map(nameOf))]
    const starting = names.map(async (name) => {
      servers.set(name, await serve(name))
      closing.push(async () => servers.get(name)?.stop())
    })
    const [broker] = await Promise.all([apart ? startBroker(join(folder, 'kafka')) : undefined, ...starting])
    if (broker) closing.push(broker.remove)
    const serverOf = (name: string) => servers.get(apart ? `${name} database` : 'database')?.url ?? ''
    const quiet = { apart, names: LIBRARY, say: () => {}, signal }
    const databases = await prepareDatabases(serverOf, folder, quiet)
    const ports = new Map(given)
    for (const { name } of members) ports.set(name, ports.get(name) ?? (await freePort()))
    const processes = members.map(({ name }) => name)
    const publicUrl = `http://127.0.0.1:${ports.get('gateway')}`
    const children = await startChildren(
      members,
      {
        publicUrl,
        folder,
        ports,
        databases,
        brokers: broker?.address,
        serviceToken: randomBytes(32).toString('hex'),
        more: { ...SETTINGS, ...more },
      },
      () => {},
      signal,
    )
    closing.push(children.stop)
    const kill = async (victim: string, downMs: number) => {
      const server = servers.get(victim)
      if (server) {
        process.kill(server.pid, 'SIGKILL')
        await pause(downMs)
        if (!stopping) servers.set(victim, await serve(victim, server.port))
      } else if (victim === 'broker') await restart(broker, downMs)
      else {
        const pid = children.pids().get(victim)
        children.kill(victim, downMs)
        await until(() => children.pids().has(victim) && children.pids().get(victim) !== pid, {
          what: `${victim} to be started again`,
          deadlineMs: downMs + 60_000,
        })
      }
    }
    return {
      url: publicUrl,
      folder,
      carrier,
      victims: [...processes, ...names, ...(broker ? ['broker'] : [])],
      processes,
      ports,
      children,
      databaseOf: (service) => {
        const place = new URL(serverOf(service))
        place.pathname = apart ? `/pillivery_${service}` : '/pillivery_all'
        return place.toString()
      },
      kill,
      freeze: async (victim, forMs) => {
        const pid = children.pids().get(victim)
        if (pid === undefined) throw new Error(`${victim} does not run`)
        process.kill(pid, 'SIGSTOP')
        await pause(forMs)
        process.kill(pid, 'SIGCONT')
      },
      waitUntilReady: () => children.waitUntilReady(),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function restart(broker: Broker | undefined, downMs: number): Promise<void> {
  await broker?.kill()
  await pause(downMs)
  await broker?.start()
}
