import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { cpuSeconds, familyCpuSeconds, residentMb } from '../measure/cpu.ts'
import type { Shop } from '../measure/shop.ts'
import type { BenchBank } from './bank.ts'

/** What one `billing run`, a process of its own, did while it was at full speed. */
export interface Drained {
  readonly runId: string
  readonly perSecond: number
  readonly paid: number
  /** Of both processors 2 is all. */
  readonly cpu: { readonly node: number; readonly postgres: number; readonly bank: number }
  /** Milliseconds the database was busy with statements, for each cycle paid. */
  readonly databaseMs: number
  /** Sampled each second. */
  readonly memoryMb: readonly number[]
}

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const START_LIMIT_MS = 60_000
const MORE_CONNECTIONS = 4 / 3

/** Runs billing until `seconds` after `rampSeconds` after its first charge, then ends it as Ctrl-C does. */
export async function drain(
  shop: Shop,
  bank: BenchBank,
  settings: { concurrency: number; rampSeconds: number; seconds: number },
): Promise<Drained> {
  const { concurrency, rampSeconds, seconds } = settings
  const startedAt = Temporal.Now.instant()
  const flags = process.env.BENCH_BILLING_FLAGS?.split(' ') ?? []
  const child = spawn(process.execPath, [...flags, MAIN, 'billing', 'run', '--json'], {
    env: {
      ...process.env,
      DATA_DIR: shop.dataDir,
      DATABASE_URL: shop.databaseUrl,
      BANK_PORT: String(bank.port),
      PAYMENT_CONNECTIONS: String(Math.ceil(concurrency * MORE_CONNECTIONS) + 1),
      BILLING_CONCURRENCY: String(concurrency),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-10_000)
  })
  const ended = once(child, 'exit')
  const pid = child.pid ?? 0
  const postmaster = Number(
    readFileSync(join(shop.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0],
  )
  const used = async () => ({
    node: cpuSeconds(pid),
    postgres: familyCpuSeconds(postmaster),
    bank: cpuSeconds(bank.pid),
    databaseMs: await busyMs(shop),
  })
  try {
    await begun(shop, startedAt)
    await pause(rampSeconds * 1_000)
    const memoryMb: number[] = []
    const before = await used()
    const from = Temporal.Now.instant()
    for (let second = 0; second < seconds && child.exitCode === null; second++) {
      await pause(1_000)
      memoryMb.push(residentMb(pid))
    }
    const until = Temporal.Now.instant()
    const after = await used()
    child.kill('SIGINT')
    await ended
    if (child.exitCode === 1) throw new Error(`billing run failed:\n${said}`)
    const { rows } = await sql<{ run_id: string; paid: number }>`
      select max(run_id::text) as run_id, count(*)::int as paid from subscriptions.cycle
      where run_id is not null and state = 'paid' and updated_at >= ${from} and updated_at < ${until}`.execute(
      shop.db,
    )
    const { run_id: runId = '', paid = 0 } = rows[0] ?? {}
    const elapsed = until.since(from).total('seconds')
    const cpuOf = (name: 'node' | 'postgres' | 'bank') => (after[name] - before[name]) / elapsed
    return {
      runId,
      paid,
      perSecond: paid / elapsed,
      cpu: { node: cpuOf('node'), postgres: cpuOf('postgres'), bank: cpuOf('bank') },
      databaseMs: (after.databaseMs - before.databaseMs) / Math.max(1, paid),
      memoryMb,
    }
  } finally {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await ended
    }
  }
}

async function begun(shop: Shop, since: Temporal.Instant): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS
  for (;;) {
    const { rows } = await sql`
      select 1 from subscriptions.billing_worker
      where joined_at >= ${since} and (counts ->> 'paid')::int > 0 limit 1`.execute(shop.db)
    if (rows.length > 0) return
    if (performance.now() > deadline) throw new Error('the billing run charges nothing')
    await pause(100)
  }
}

async function busyMs(shop: Shop): Promise<number> {
  // Sessions report what they did once a second or so.
  const { rows } = await sql<{ ms: number }>`
    select active_time::float8 as ms from pg_stat_database where datname = current_database()`.execute(
    shop.db,
  )
  return rows[0]?.ms ?? 0
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))
