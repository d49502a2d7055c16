import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { freePort } from '../../../src/platform/database/embedded.ts'
import { until } from '../../../src/platform/resilience/poll-until.ts'
import { ask, type Cluster, startCluster } from '../kit/patroni.ts'
import { startCrowd } from '../kit/people/crowd.ts'
import type { Proof } from '../kit/proof.ts'
import { attempt, keep, ROOT } from '../kit/shell.ts'
import { install } from '../kit/tools.ts'
import { proveRedisFailover } from './failover/redis.ts'

const SHOPPERS = 6
const BOUGHT_BEFORE = 12
const BOUGHT_AFTER = 12
const PATIENCE_MS = 90_000
/** Between two purchases: accounts may order so often and no more. */
const THINKING_MS = 4_000
/** The lease of the leader (15 s), a round of the others (3 s), and their start. */
const WRITABLE_WITHIN_MS = 30_000
const SWITCHED_WITHIN_MS = 15_000

/** The drills: another database takes the place of the leader, and another Redis that of the primary. */
export async function proveFailover(proof: Proof): Promise<void> {
  await proveRedisFailover(proof)
  await proveDatabaseFailover(proof)
}

/** People buy while the leader of three databases loses its power, comes back, and hands over its office. */
async function proveDatabaseFailover(proof: Proof): Promise<void> {
  const missing = await install('/usr/lib/postgresql/15/bin/pg_basebackup', 'etcd', 'patroni', 'haproxy')
  if (missing.length > 0) return proof.skip('fail-over', `cannot be installed here: ${missing.join(', ')}`)
  const cluster = await startCluster(proof)
  proof.claim('three databases have one leader', true, `${await cluster.leader()} leads, two standbys stream`)
  const [mode] = await ask(
    cluster.ownerUrl,
    'select sync_state, count(*)::text as n from pg_stat_replication group by 1 order by 1 desc',
  )
  proof.claim('commits wait for a standby', mode?.sync_state === 'sync', JSON.stringify(mode))

  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const settings = {
    NODE_ENV: 'development',
    DEMO: 'on',
    DATABASE_URL: cluster.url,
    DATA_DIR: `${proof.folder}/data`,
    HOST: '127.0.0.1',
    PORT: String(port),
    BANK_PORT: String(await freePort()),
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    SIGN_UP_PER_MINUTE: '1000',
    REQUESTS_PER_MINUTE: '100000',
    CHANGES_PER_MINUTE: '100000',
  }
  const app = keep(proof, 'shop', process.execPath, ['src/main.ts', 'serve'], settings)
  await until(async () => (await fetch(`${url}/health/ready`)).ok, {
    deadlineMs: 180_000,
    everyMs: 200,
    what: 'the shop to be ready',
  })

  const crowd = await startCrowd(url, {
    shoppers: SHOPPERS,
    patienceMs: PATIENCE_MS,
    thinkingMs: THINKING_MS,
  })
  await crowd.bought(BOUGHT_BEFORE)
  const dead = await timed(cluster, async () => cluster.killLeader())
  proof.claim(
    'the leader is killed under load: another database takes writes',
    dead.writableMs < WRITABLE_WITHIN_MS && (await cluster.leader()) !== dead.value,
    `${dead.value} killed, writable again after ${seconds(dead.writableMs)}, ${await cluster.leader()} leads`,
  )
  const atKill = crowd.paid().length
  const began = performance.now()
  await crowd.bought(BOUGHT_AFTER)
  proof.claim(
    'people buy again, nothing restarted',
    app.child.exitCode === null,
    `${crowd.paid().length - atKill} purchases paid within ${seconds(performance.now() - began)} of that`,
  )
  await cluster.start(dead.value)
  await until(async () => (await cluster.standbys()) === 2, {
    deadlineMs: 120_000,
    everyMs: 300,
    what: 'the old leader to follow the new one',
  })
  proof.claim(
    'the old leader comes back as a standby',
    true,
    `${dead.value} streams from ${await cluster.leader()}`,
  )

  const from = await cluster.leader()
  const handed = await timed(cluster, async () => cluster.switchOver())
  await crowd.bought(BOUGHT_AFTER)
  proof.claim(
    'the office is handed over, as before an upgrade',
    handed.writableMs < SWITCHED_WITHIN_MS && (await cluster.leader()) !== from,
    `from ${from} to ${await cluster.leader()}, writable again after ${seconds(handed.writableMs)}`,
  )
  const { paid, failures } = await crowd.stop()
  proof.claim(
    'every purchase that was begun was paid',
    failures.length === 0,
    failures.slice(0, 3).join('; ') || `${paid.length} purchases`,
  )
  await proveNothingLost(proof, cluster, settings, paid)
}

/** Whether haproxy takes its configuration with the addresses of the example. */
export async function checkHaproxy(proof: Proof): Promise<void> {
  const file = readFileSync(join(ROOT, 'deploy/failover/host.env.example'), 'utf8')
  const { code, all } = await attempt('haproxy', ['-c', '-f', join(ROOT, 'deploy/failover/haproxy.cfg')], {
    env: Object.fromEntries(Object.entries(parseEnv(file)).map(([name, value = '']) => [name, value])),
  })
  proof.claim('haproxy takes its file', code === 0, all.trim() || 'nothing to say')
}

async function proveNothingLost(
  proof: Proof,
  cluster: Cluster,
  settings: Readonly<Record<string, string>>,
  paid: readonly string[],
): Promise<void> {
  const rows = await ask(
    cluster.url,
    `select distinct order_id::text as id from payments.attempt where state = 'succeeded'`,
  )
  const known = new Set(rows.map(({ id }) => id))
  const lost = paid.filter((id) => !known.has(id))
  proof.claim(
    'no acknowledged purchase is lost',
    paid.length > 0 && lost.length === 0,
    `${lost.length} of ${paid.length} lost`,
  )
  await until(
    async () =>
      (
        await ask(
          cluster.url,
          `select count(*)::text as n from payments.attempt where state in ('sent', 'unknown')`,
        )
      )[0]?.n === '0',
    { deadlineMs: 180_000, everyMs: 1_000, what: 'the last payment to be settled' },
  )
  const today = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10)
  const compared = await attempt(process.execPath, ['src/main.ts', 'reconcile', '--date', today, '--json'], {
    env: settings,
  })
  const days = JSON.parse(compared.out || '[]') as { matched?: number; differences?: { kind: string }[] }[]
  const differences = days.flatMap((day) => day.differences ?? [])
  proof.claim(
    'our books are the bank’s',
    compared.code === 0 && days.length > 0 && differences.length === 0,
    `exit code ${compared.code}, ${differences.length} differences`,
  )
}

/** Does something to the cluster. @returns how long after it a write was first taken again, by a witness of its own */
async function timed<Value>(
  cluster: Cluster,
  deed: () => Promise<Value>,
): Promise<{ value: Value; writableMs: number }> {
  await ask(cluster.ownerUrl, 'create table if not exists witness (at timestamptz)')
  const began = performance.now()
  const value = await deed()
  const before = performance.now()
  let failed = false
  for (;;) {
    const took = await ask(cluster.ownerUrl, 'insert into witness values (now()) returning true').catch(
      () => undefined,
    )
    if (took === undefined) failed = true
    // The deed may return before it is felt.
    if (took !== undefined && (failed || performance.now() - before > 3_000)) break
    if (performance.now() - began > 120_000) throw new Error('no database takes writes')
    await new Promise((over) => setTimeout(over, 50))
  }
  return { value, writableMs: performance.now() - began }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
