import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { freePort, startEmbedded } from '../src/platform/database/embedded.ts'
import { lockFolder } from '../src/platform/process/folder-lock.ts'
import { requireFreePort } from '../src/platform/process/port.ts'
import { runAll } from '../src/platform/process/run-all.ts'
import { UserError } from '../src/platform/user-error.ts'
import type { ServiceName } from '../src/services/names.ts'
import { type Children, startChildren } from './children.ts'
import { prepareDatabases } from './databases.ts'
import { INSTALL, installJava } from './java.ts'
import { type Broker, isFetched, startBroker, VERSION, whyNoBroker } from './kafka.ts'
import { MEMBERS } from './plan.ts'

export interface SetOptions {
  /** Folder of everything that is kept. */
  folder: string
  /** Of the entry; 0 takes any free one. */
  port: number
  /** What carries events: a broker between databases, or the one database all services share. */
  events: 'kafka' | 'postgres'
  /** A server to use instead of an embedded one, as somebody who may make databases and roles. */
  databaseUrl?: string | undefined
  /** Further settings of every process. */
  settings?: Readonly<Record<string, string>>
  say(line: string): void
  signal: AbortSignal
}

export interface RunningSet {
  /** The one address for people. */
  url: string
  /** Of the processes behind it. */
  ports: ReadonlyMap<string, number>
  databases: ReadonlyMap<ServiceName, string>
  children: Children
  broker: Broker | undefined
  stop(): Promise<void>
}

/**
 * Brings up the whole set of services, each a process with a database of its own, joined by a real broker.
 * @throws UserError when something is missing, taken or does not start; everything started by then is stopped
 */
export async function startSet(options: SetOptions): Promise<RunningSet> {
  const { say, signal } = options
  const folder = resolve(options.folder)
  const closing: (() => Promise<unknown>)[] = []
  const stop = () => runAll(closing.splice(0).reverse())
  try {
    const port =
      options.port === 0 ? await freePort() : await requireFreePort('127.0.0.1', options.port, '--port')
    const apart = options.events === 'kafka'
    if (apart) await requireBroker(say, signal)
    const lock = await lockFolder(folder)
    if (!lock)
      throw new UserError(`Another set of services runs on ${folder}. Stop it first, or name another --data.`)
    closing.push(() => lock.release())
    const url = options.databaseUrl ?? (await embedded(folder, say, closing))
    signal.throwIfAborted()
    const [databases, broker] = await Promise.all([
      prepareDatabases(() => url, folder, { apart, say, signal }),
      apart ? startBroker(join(folder, 'kafka')) : undefined,
    ])
    if (broker) {
      closing.push(broker.stop)
      say(`Kafka ${VERSION}     ${broker.address}`)
    }
    signal.throwIfAborted()
    const publicUrl = `http://127.0.0.1:${port}`
    const ports = new Map<string, number>()
    for (const { name } of MEMBERS) ports.set(name, name === 'gateway' ? port : await freePort())
    const children = await startChildren(
      MEMBERS,
      {
        publicUrl,
        folder,
        ports,
        databases,
        brokers: broker?.address,
        serviceToken: randomBytes(32).toString('hex'),
        more: options.settings ?? {},
      },
      say,
      signal,
    )
    closing.push(children.stop)
    return { url: publicUrl, ports, databases, children, broker, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @throws UserError that says what to install, or how to do without */
async function requireBroker(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const missing =
    (await installJava(say, signal, isFetched() ? ['java'] : ['java', 'mvn'])) ??
    (await whyNoBroker(() => say(`Fetching Kafka ${VERSION} from Maven Central (43 MB, once) …`)))
  if (missing === undefined) return
  throw new UserError(
    `There is no Kafka here: ${missing}
It needs Java 17 or newer and Maven, and is then fetched by itself. Debian, Ubuntu: ${INSTALL} (done by itself for root).
Without it: npm run start:services -- --events postgres
(one database that all services share, each with a role that sees its own data alone; events travel inside it).`,
  )
}

async function embedded(
  folder: string,
  say: (line: string) => void,
  closing: (() => Promise<unknown>)[],
): Promise<string> {
  const server = await startEmbedded({
    folder: join(folder, 'postgres'),
    settings: ['max_connections=400'],
    onProgress: say,
  })
  closing.push(() => server.stop())
  say(`PostgreSQL      127.0.0.1:${server.port} (embedded)`)
  return server.url
}
