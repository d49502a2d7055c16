import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Broker, startBrokers, whyNoBroker } from '../../../../local/kafka.ts'
import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../../kit/database.ts'
import { inWords, startLoad } from '../../kit/load.ts'
import { ask } from '../../kit/patroni.ts'
import { signUp } from '../../kit/people/customers.ts'
import { newSecrets } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { type AppServer, startServer } from '../../kit/server.ts'
import { attempt } from '../../kit/shell.ts'

const BROKERS = 3
const [CLIENTS, PAUSE_MS] = [2, 250]
const READERS = ['one', 'two'] as const
/** Kafka counts a broker out after 9 s; a session of the database ends with its process, and the other looks each second. */
const SILENT_MS = 30_000
const WITHIN_MS = 75_000
/** With a third of the partitions gone, so many sign-ups would all miss them once in 200,000 times. */
const AFTER_DEED = 30
const REGISTERED = 'identity.account.registered'
/** Class of the locks by which a process leads a topic: src/platform/events/kafka/arrivals.ts. */
const TOPIC_LOCKS = 7_316_504

interface Yard {
  identityDatabase: string
  readerDatabase: string
  identity: AppServer
  readers: Record<(typeof READERS)[number], AppServer>
}

/** Two servers of one service read from three brokers; each of both dies while people sign up elsewhere. */
export async function proveBrokers(proof: Proof): Promise<void> {
  const missing = await whyNoBroker(() => proof.note('fetching Kafka'))
  if (missing !== undefined) return proof.skip('three brokers', missing)
  const folder = join(proof.folder, 'kafka')
  mkdirSync(folder)
  const brokers = await startBrokers(folder, BROKERS)
  proof.after(() => Promise.all(brokers.map((broker) => broker.remove())))
  const yard = await openYard(proof, brokers)
  const load = startLoad(() => signUp(yard.identity.url), { clients: CLIENTS, pauseMs: PAUSE_MS })
  await until(async () => (await heard(yard)).all > 5, {
    deadlineMs: 60_000,
    everyMs: 200,
    what: `sign-ups to arrive (see ${proof.folder}/reader-one.log)`,
  })
  await proveReaderDies(proof, yard)
  await proveBrokerDies(proof, yard, brokers)
  const report = await load.stop()
  const acknowledged = report.answers['201'] ?? 0
  await until(async () => (await heard(yard)).all >= (await told(yard)), {
    deadlineMs: WITHIN_MS,
    everyMs: 200,
    what: 'the last events to arrive',
  })
  const [sent, arrived] = [await told(yard), await heard(yard)]
  proof.claim(
    'whatever was acknowledged meanwhile was told, and arrived once',
    report.failed === 0 && sent === acknowledged && arrived.all === sent && arrived.different === sent,
    `${inWords(report)}; ${sent} told, ${arrived.all} arrived, ${arrived.different} different`,
  )
}

/** The process that reads dies at once; the other one of its database goes on where it was. */
async function proveReaderDies(proof: Proof, yard: Yard): Promise<void> {
  const leader = await leadingReader(yard)
  if (leader === undefined) throw new Error('nobody reads')
  const died = await caughtUp(yard, WITHIN_MS, async () => {
    yard.readers[leader].child.kill('SIGKILL')
    await yard.readers[leader].exit
  })
  const next = await leadingReader(yard)
  proof.claim(
    'of two servers of one service the reading one is killed: the other reads on, and lags no more after seconds',
    next !== undefined && next !== leader && died.silentMs < SILENT_MS,
    `${leader} killed, ${next} reads; ${inWordsOf(died)}`,
  )
}

/** One of three brokers dies at once; two copies of everything are left, which is what a sender waits for. */
async function proveBrokerDies(proof: Proof, yard: Yard, brokers: readonly Broker[]): Promise<void> {
  const [first] = brokers
  if (!first) throw new Error('there is no broker')
  const died = await caughtUp(yard, WITHIN_MS, () => first.kill())
  proof.claim(
    'one of three brokers is killed: events go on through the others',
    died.silentMs < SILENT_MS,
    inWordsOf(died),
  )
  await first.start()
  const back = await caughtUp(yard, WITHIN_MS, async () => undefined)
  proof.claim('it comes back, and nobody notices', back.silentMs < SILENT_MS, inWordsOf(back))
}

/**
 * Does something, and waits until what is told after it arrives as before.
 * @returns for how long nothing arrived at most, and how many events waited then
 * @throws when they do not arrive in time
 */
async function caughtUp(
  yard: Yard,
  withinMs: number,
  deed: () => Promise<unknown>,
): Promise<{ silentMs: number; waited: number }> {
  let [arrived, since] = [(await heard(yard)).all, performance.now()]
  await deed()
  let [waited, silentMs] = [0, 0]
  // So many that are told after the deed have to arrive: every partition has had some.
  const after = (await told(yard)) + AFTER_DEED
  await until(
    async () => {
      const sent = await told(yard)
      const now = (await heard(yard)).all
      waited = Math.max(waited, sent - now)
      silentMs = Math.max(silentMs, performance.now() - since)
      if (now > arrived) [arrived, since] = [now, performance.now()]
      return now >= after && now >= sent
    },
    { deadlineMs: withinMs, everyMs: 50, what: 'events to arrive again' },
  )
  return { silentMs, waited }
}

/** For people. */
function inWordsOf({ silentMs, waited }: { silentMs: number; waited: number }): string {
  return `nothing arrived for ${(silentMs / 1_000).toFixed(1)} s at most, ${waited} events waited, all are there`
}

async function openYard(proof: Proof, brokers: readonly Broker[]): Promise<Yard> {
  const server = await startDatabase(proof)
  const database = async (name: string) => {
    await ask(server, `create database ${name}`)
    const url = new URL(server)
    url.pathname = `/${name}`
    return url.toString()
  }
  const [identityDatabase, readerDatabase] = [await database('identity'), await database('notifications')]
  const secrets = newSecrets()
  const settings = {
    NODE_ENV: 'development',
    DEMO: 'off',
    PUBLIC_URL: 'http://127.0.0.1',
    TOKEN_ISSUER: 'https://shop.example',
    SERVICE_TOKEN: randomBytes(32).toString('hex'),
    KAFKA_BROKERS: brokers.map(({ address }) => address).join(','),
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
  }
  const identity = await startServer(proof, 'identity', {
    port: await freePort(),
    databaseUrl: identityDatabase,
    secrets,
    args: ['--services', 'identity'],
    settings,
  })
  const reader = async (name: (typeof READERS)[number]) =>
    startServer(proof, `reader-${name}`, {
      port: await freePort(),
      databaseUrl: readerDatabase,
      secrets,
      args: ['--services', 'notifications', '--role', 'worker'],
      settings: { ...settings, IDENTITY_URL: identity.url, SHOP_URL: 'http://127.0.0.1:9' },
    })
  return {
    identityDatabase,
    readerDatabase,
    identity,
    readers: { one: await reader('one'), two: await reader('two') },
  }
}

/** Which of both processes holds the locks of topics, by the socket of its session. */
async function leadingReader({
  readerDatabase,
  readers,
}: Yard): Promise<(typeof READERS)[number] | undefined> {
  const sessions = await ask(
    readerDatabase,
    `select distinct a.client_port::text as port from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.classid = ${TOPIC_LOCKS} and l.granted`,
  )
  const found: (typeof READERS)[number][] = []
  for (const { port } of sessions) {
    const { out } = await attempt('ss', ['-Htnp', 'sport', '=', `:${port}`])
    for (const name of READERS) if (out.includes(`pid=${readers[name].child.pid},`)) found.push(name)
  }
  return found[0]
}

/** Accounts whose beginning is told by the database of identity. */
async function told({ identityDatabase }: Yard): Promise<number> {
  const [row] = await ask(identityDatabase, 'select count(*)::text as n from identity.account')
  return Number(row?.n)
}

/** The same events in the log of the other database, and of how many accounts. */
async function heard({ readerDatabase }: Yard): Promise<{ all: number; different: number }> {
  const [row] = await ask(
    readerDatabase,
    `select count(*)::text as n, count(distinct subject)::text as different from platform.event_log
     where type = '${REGISTERED}'`,
  )
  return { all: Number(row?.n), different: Number(row?.different) }
}
