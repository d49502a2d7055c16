import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../src/platform/database/embedded.ts'
import { until } from '../src/platform/resilience/poll-until.ts'

/** A real broker on this machine: Kafka in its KRaft form, one node, from Maven Central. It needs `java` and `mvn`. */

const run = promisify(execFile)
export const VERSION = '4.1.1'
const HOME = join(tmpdir(), `pillivery-kafka-${VERSION}`)
const LIBS = join(HOME, 'libs')
const DOWNLOAD_MS = 240_000

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
`

/** Whether its files are here: then it needs no `mvn` any more. */
export const isFetched = () => existsSync(join(HOME, 'complete'))

/**
 * Brings the broker's files, once for this machine.
 * @param onFetch told when they have to be fetched first
 * @returns why they cannot be had; undefined when they are there
 */
export async function whyNoBroker(onFetch: () => void = () => {}): Promise<string | undefined> {
  try {
    await run('java', ['-version'])
    if (isFetched()) return undefined
    await run('mvn', ['-version'])
    onFetch()
    await mkdir(HOME, { recursive: true })
    await writeFile(join(HOME, 'pom.xml'), POM)
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${LIBS}`]
    await run('mvn', args, { cwd: HOME, timeout: DOWNLOAD_MS })
    await writeFile(join(HOME, 'complete'), '')
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error)
  }
}

export interface Broker {
  /** For `KAFKA_BROKERS`. */
  address: string
  /** Dies at once, and keeps what it had written. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Ends it as people do, with all it had on disk. */
  stop(): Promise<void>
  /** Ends it, and deletes all it had. */
  remove(): Promise<void>
}

/**
 * Ends what it starts when its own input closes, which the kernel does even if we are killed. The first child in the
 * background would have no input, so it is kept aside.
 */
const ENDS_WITH_US = `exec 3<&0; trap : TERM; "$@" </dev/null & child=$!
(trap '' TERM; cat <&3 >/dev/null; kill -9 $child) & wait $child; wait $child`

/**
 * Starts a broker on free ports.
 * @param kept folder of one that goes on with what it had; by default a new one with nothing in it
 */
export async function startBroker(kept?: string): Promise<Broker> {
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'pillivery-broker-')))
  await mkdir(folder, { recursive: true })
  const ports = await portsOf(folder)
  const [, controller] = ports
  const node = { folder, id: 1, ports, quorum: `controller.quorum.bootstrap.servers=127.0.0.1:${controller}` }
  await prepare(node, { copies: 1, leastCopies: 1 }, (await newClusterId(folder)) ?? '', ['--standalone'])
  return launch(node)
}

/**
 * Starts brokers that are one cluster: every topic has a copy on each, and what is acknowledged by all that are there
 * has at least two.
 * @param folder of all of them
 */
export async function startBrokers(folder: string, count: number): Promise<Broker[]> {
  const ids = Array.from({ length: count }, (_, n) => n + 1)
  const nodes: { id: number; folder: string; ports: Ports }[] = []
  for (const id of ids) {
    const own = join(folder, `broker-${id}`)
    await mkdir(own, { recursive: true })
    nodes.push({ id, folder: own, ports: await portsOf(own) })
  }
  const voters = nodes.map(({ id, ports }) => `${id}@127.0.0.1:${ports[1]}`).join(',')
  const [first] = nodes
  const clusterId = first === undefined ? undefined : await newClusterId(first.folder)
  const all = nodes.map((node) => ({ ...node, quorum: `controller.quorum.voters=${voters}` }))
  for (const node of all)
    await prepare(node, { copies: count, leastCopies: Math.min(2, count) }, clusterId ?? '', [])
  return Promise.all(all.map(launch))
}

type Ports = readonly [broker: number, controller: number]

interface Node {
  folder: string
  id: number
  ports: Ports
  /** Line of the properties that says who decides together. */
  quorum: string
}

const propertiesOf = (folder: string) => join(folder, 'server.properties')

const java = (folder: string, ...args: string[]) =>
  run('java', ['-cp', `${LIBS}/*`, ...args], { cwd: folder })

/** @returns an id for what has none yet; undefined for a folder that goes on */
async function newClusterId(folder: string): Promise<string | undefined> {
  if (existsSync(join(folder, 'data', 'meta.properties'))) return undefined
  const { stdout } = await java(folder, 'kafka.tools.StorageTool', 'random-uuid')
  return stdout.trim().split('\n').at(-1)
}

/** Writes the settings of a broker, and makes its folder when it has none. */
async function prepare(
  { folder, id, ports: [port, controller], quorum }: Node,
  { copies, leastCopies }: { copies: number; leastCopies: number },
  clusterId: string,
  form: readonly string[],
): Promise<void> {
  await writeFile(
    propertiesOf(folder),
    `process.roles=broker,controller
node.id=${id}
${quorum}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
default.replication.factor=${copies}
min.insync.replicas=${leastCopies}
offsets.topic.replication.factor=${copies}
transaction.state.log.replication.factor=${copies}
transaction.state.log.min.isr=${leastCopies}
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
`,
  )
  if (clusterId === '') return
  await java(
    folder,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    clusterId,
    '-c',
    propertiesOf(folder),
    ...form,
  )
}

async function launch({ folder, ports: [port] }: Node): Promise<Broker> {
  let running: ChildProcess | undefined

  const start = async () => {
    const command = ['java', '-Xmx512m', '-cp', `${LIBS}/*`, 'kafka.Kafka', propertiesOf(folder)]
    const child = spawn('sh', ['-c', ENDS_WITH_US, 'sh', ...command], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
      // Ctrl-C in a terminal reaches whole groups; the broker outlives those who speak with it.
      detached: true,
    })
    child.stdin.on('error', () => {})
    running = child
    const ended = new Promise<never>((_, reject) =>
      child.once('exit', (code) => reject(new Error(`the broker ended with ${code}`))),
    )
    ended.catch(() => {})
    const listens = until(() => answers(port), {
      what: 'the broker to listen',
      deadlineMs: 120_000,
      everyMs: 100,
    })
    await Promise.race([listens, ended])
  }
  const end = async (signal: NodeJS.Signals) => {
    const ending = running
    running = undefined
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((done) => ending.once('exit', done))
    if (ending.pid !== undefined) process.kill(-ending.pid, signal)
    await gone
  }
  await start()
  return {
    address: `127.0.0.1:${port}`,
    start,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    remove: async () => {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A broker is known by its addresses, to others and to itself: it keeps those it had. */
async function portsOf(folder: string): Promise<Ports> {
  const file = join(folder, 'ports')
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim().split(' ').map(Number)
  const [port, controller] = kept
  if (port && controller) return [port, controller]
  const fresh: Ports = [await freePort(), await freePort()]
  await writeFile(file, fresh.join(' '))
  return fresh
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
