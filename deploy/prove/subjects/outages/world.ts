import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Broker, startBroker, whyNoBroker } from '../../../../local/kafka.ts'
import { freePort, startEmbedded } from '../../../../src/platform/database/embedded.ts'
import { type Front, startFront } from '../../kit/front.ts'
import { newSecrets } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { type AppServer, startServer } from '../../kit/server.ts'
import { keep, type Running, words } from '../../kit/shell.ts'
import { goProgram } from '../../kit/tools.ts'
import { type Mortal, mortal, startWatch, type Watch } from '../../kit/watch/start.ts'

/** One of our processes, that can die and come back on its port. */
export interface Process {
  name: string
  url: string
  kill(): Promise<void>
  start(): Promise<void>
}

/** Something that stands behind our processes. */
type Backing = Pick<Mortal, 'kill' | 'start'>

/**
 * An installation on this machine: nginx in front of two api servers and a worker of the shop, the library in a process
 * and a database of its own, PostgreSQL, Redis, Kafka, and all that watches them.
 */
export interface World {
  front: Front
  apis: readonly [Process, Process]
  worker: Process
  library: Process
  database: Backing
  /** Addresses of their owner. */
  shopDatabase: string
  libraryDatabase: string
  redis: Backing
  broker: Backing
  /** In the place of Loki, which is not to be had here: VictoriaLogs, which takes the same pushes. */
  lines: Mortal | undefined
  watch: Watch
  /** What a process of this name has written to its log. */
  logOf(name: string): string[]
}

/** @returns the world, or why there can be none here */
export async function startWorld(proof: Proof): Promise<World | { missing: string }> {
  const missing = await whyNoBroker(() => proof.note('fetching Kafka (43 MB, once)'))
  if (missing !== undefined) return { missing: `no Kafka: ${missing}` }
  const { backing: database, url: shopDatabase } = await startPostgres(proof)
  const libraryDatabase = await makeDatabase(shopDatabase, 'library')
  const { backing: redis, url: redisUrl } = await startRedis(proof)
  const kafka = await startBroker(join(proof.folder, 'kafka'))
  proof.after(() => kafka.remove())

  const secrets = newSecrets()
  const shared = { TRUSTED_PROXIES: '1', KAFKA_BROKERS: kafka.address, SERVICE_TOKEN: secrets.SERVICE_TOKEN }
  const start = async (
    name: string,
    args: readonly string[],
    databaseUrl: string,
    settings: Record<string, string>,
  ) => {
    const port = await freePort()
    return process(name, () =>
      startServer(proof, name, { port, databaseUrl, secrets, args, settings: { ...shared, ...settings } }),
    )
  }
  const shop = ['--services', 'identity,shop,notifications', '--role']
  const redisSetting = { REDIS_URL: redisUrl }
  const one = await start('api1', [...shop, 'api'], shopDatabase, redisSetting)
  const two = await start('api2', [...shop, 'api'], shopDatabase, redisSetting)
  const worker = await start('worker', [...shop, 'worker'], shopDatabase, redisSetting)
  const library = await start('library', ['--services', 'book,borrow,dashboard'], libraryDatabase, {
    IDENTITY_URL: one.url,
    DATA_DIR: join(proof.folder, 'library'),
  })
  const all = [one, two, worker, library]
  const front = await startFront(
    proof,
    'front',
    [one, two].map(({ url }) => portOf(url)),
  )
  const lines = await startLines(proof)
  const watch = await startWatch(proof, {
    servers: all.map(({ url }) => portOf(url)),
    metricsToken: secrets.METRICS_TOKEN,
    databaseUrl: shopDatabase,
    frontUrl: front.url,
    others: lines ? [new URL(lines.url).host] : [],
    hurried: true,
  })
  return {
    front,
    apis: [one, two],
    worker,
    library,
    database,
    shopDatabase,
    libraryDatabase,
    redis,
    broker: brokerAsBacking(kafka),
    lines,
    watch,
    logOf: (name) => readFileSync(join(proof.folder, `${name}.log`), 'utf8').split('\n'),
  }
}

const portOf = (url: string) => Number(new URL(url).port)

async function process(name: string, launch: () => Promise<AppServer>): Promise<Process> {
  let running = await launch()
  return {
    name,
    url: running.url,
    kill: async () => {
      running.child.kill('SIGKILL')
      await running.exit
    },
    start: async () => {
      running = await launch()
    },
  }
}

async function startPostgres(proof: Proof): Promise<{ backing: Backing; url: string }> {
  const folder = join(proof.folder, 'postgres')
  let server = await startEmbedded({ folder })
  const { port } = server
  proof.after(() => server.stop())
  const url = new URL(server.url)
  // By TCP, as from another machine.
  url.searchParams.delete('host')
  return {
    url: url.toString(),
    backing: {
      kill: async () => void globalThis.process.kill(server.pid, 'SIGKILL'),
      start: async () => {
        server = await startEmbedded({ folder, port })
      },
    },
  }
}

async function makeDatabase(ownerUrl: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(`create database ${pg.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
  const url = new URL(ownerUrl)
  url.pathname = `/${name}`
  return url.toString()
}

async function startRedis(proof: Proof): Promise<{ backing: Backing; url: string }> {
  const port = await freePort()
  let running: Running
  const start = async () => {
    running = keep(
      proof,
      'redis',
      'redis-server',
      words(
        `--port ${port} --bind 127.0.0.1 --appendonly no --maxmemory 64mb --maxmemory-policy allkeys-lru --dir ${proof.folder}`,
      ),
    )
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    backing: {
      start,
      kill: async () => {
        running.child.kill('SIGKILL')
        await running.exit
      },
    },
  }
}

function brokerAsBacking(broker: Broker): Backing {
  return { kill: () => broker.kill(), start: () => broker.start() }
}

async function startLines(proof: Proof): Promise<Mortal | undefined> {
  const program = await goProgram('victoria-logs')
  if (program.kind === 'missing') {
    proof.skip('where lines of the log are kept', program.because)
    return undefined
  }
  const port = await freePort()
  return mortal(proof, 'victoria-logs', program.path, {
    args: [`-httpListenAddr=127.0.0.1:${port}`, `-storageDataPath=${join(proof.folder, 'lines')}`],
    url: `http://127.0.0.1:${port}/`,
  })
}
