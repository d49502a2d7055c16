import { freePort } from '../../../../src/platform/database/embedded.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { startWatchedRedis, type WatchedRedis } from '../../../../test/support/outside/sentinels.ts'
import { startDatabase } from '../../kit/database.ts'
import { inWords, startLoad } from '../../kit/load.ts'
import { browse, signUp } from '../../kit/people/customers.ts'
import { newSecrets } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { type AppServer, startServer } from '../../kit/server.ts'
import { install } from '../../kit/tools.ts'

const CLAIM = 'Redis of which another takes the place'
const TAKEN_OVER_WITHIN_MS = 60_000
/** Of these requests each looks at what is kept, or counts towards a limit. */
const REQUESTS_BEFORE = 100
/** Nobody waits for Redis; the rest is what a busy machine takes. */
const SLOWEST_MS = 10_000

/** Two servers share a Redis that sentinels watch; the primary is killed while people look around and sign up. */
export async function proveRedisFailover(proof: Proof): Promise<void> {
  const missing = await install('redis-server')
  if (missing.length > 0) return proof.skip(CLAIM, 'redis-server cannot be installed here')
  const redis = await startWatchedRedis()
  proof.after(redis.close)
  const secrets = newSecrets()
  const databaseUrl = await startDatabase(proof)
  const start = async (name: string) =>
    startServer(proof, name, {
      port: await freePort(),
      databaseUrl,
      secrets,
      settings: { REDIS_URL: redis.url, REDIS_SENTINELS: redis.sentinels.join() },
    })
  const servers = [await start('one'), await start('two')]
  const connected = () => bothConnected(servers, secrets.METRICS_TOKEN)
  await until(connected, { deadlineMs: 20_000, everyMs: 100, what: 'both to be connected' })

  const load = startLoad(
    (n) => {
      const { url = '' } = servers[n % 2] ?? {}
      return n % 10 > 7 ? signUp(url) : browse(url, n)
    },
    { clients: 4, pauseMs: 50 },
  )
  await until(() => load.sent() > REQUESTS_BEFORE, { deadlineMs: 60_000, everyMs: 50, what: 'the load' })
  const before = await redis.primary()
  const began = performance.now()
  await redis.killPrimary()
  await until(async () => !(await connected()), {
    deadlineMs: 10_000,
    everyMs: 20,
    what: 'the end to be seen',
  })
  await until(connected, {
    deadlineMs: TAKEN_OVER_WITHIN_MS,
    everyMs: 50,
    what: 'both to be connected again',
  })
  const after = await redis.primary()
  const backMs = performance.now() - began
  await keptBy(redis, after)
  const usedMs = performance.now() - began
  proof.claim(
    'the primary of Redis is killed: both servers go on with the one that sentinels choose',
    after !== before,
    `both connected again after ${seconds(backMs)}, lists and counts kept there after ${seconds(usedMs)}`,
  )
  redis.restart(before)
  await until(async () => (await redis.look(before, (client) => client.role()))[0] === 'slave', {
    deadlineMs: TAKEN_OVER_WITHIN_MS,
    everyMs: 100,
    what: 'the old primary to follow',
  })
  const report = await load.stop()
  proof.claim(
    'meanwhile no request fails, nor waits',
    report.failed === 0 && report.slowest < SLOWEST_MS,
    `${inWords(report)}; the slowest ${report.slowest} ms`,
  )
  proof.claim('the old primary comes back as a replica', await connected(), 'both servers stay connected')
}

/** Resolves when servers have kept lists and counts in it that were not there before. */
async function keptBy(redis: WatchedRedis, port: number): Promise<void> {
  await redis.look(port, (client) => client.config('RESETSTAT'))
  await until(
    async () => {
      const stats = await redis.look(port, (client) => client.info('commandstats'))
      return stats.includes('cmdstat_set:') && stats.includes('cmdstat_hincrby:')
    },
    { deadlineMs: TAKEN_OVER_WITHIN_MS, everyMs: 50, what: 'lists and counts to be kept' },
  )
}

async function bothConnected(servers: readonly AppServer[], token: string): Promise<boolean> {
  const told = await Promise.all(
    servers.map(async ({ url }) => {
      const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
      return /^redis_connected 1$/m.test(await answer.text())
    }),
  )
  return told.every(Boolean)
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
