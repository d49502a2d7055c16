import { loadavg } from 'node:os'
import { sql } from 'kysely'
import { createCipher } from '../../../../src/platform/cipher.ts'
import { until } from '../../../../src/platform/resilience/poll-until.ts'
import { startDatabase } from '../../kit/database.ts'
import { type DueNight, startDueNight } from '../../kit/due-night.ts'
import { newSecrets } from '../../kit/production.ts'
import type { Proof } from '../../kit/proof.ts'
import { keep, ROOT, type Running } from '../../kit/shell.ts'

const MOST_WORKERS = 3
const BANK_MS = 2_000
/** What a provider may allow one client; the processors are not what bounds it then. */
const CHARGES_AT_ONCE = 20
const [RAMP_MS, WINDOW_MS] = [6_000, 20_000]
const DUE = 3_000
/** Of what so many calls on their way at once can do at best, once the database is shared with everything here. */
const LEAST_OF_BEST = 0.6

/** Billing workers as processes of their own, one, two and three of them at once on the same run. */
export async function proveWorkers(proof: Proof): Promise<void> {
  const databaseUrl = await startDatabase(proof)
  const { PAYMENT_TOKEN_KEY } = newSecrets()
  const night = await startDueNight(proof, { databaseUrl, cipher: createCipher(PAYMENT_TOKEN_KEY), due: DUE })
  await night.bank.answerAfter(BANK_MS)
  const env = {
    ...night.settings,
    PAYMENT_TOKEN_KEY,
    DATABASE_URL: databaseUrl,
    DATA_DIR: `${proof.folder}/data`,
    LOG_LEVEL: 'warn',
  }
  for (let count = 1; count <= MOST_WORKERS; count += 1) {
    const workers = Array.from({ length: count }, (_, n) =>
      keep(
        proof,
        `billing-${count}-${n + 1}`,
        process.execPath,
        [`${ROOT}/src/main.ts`, 'billing', 'run', '--json', '--concurrency', String(CHARGES_AT_ONCE)],
        env,
      ),
    )
    const perSecond = await measured(night, workers)
    const best = (count * CHARGES_AT_ONCE) / (BANK_MS / 1_000)
    proof.claim(
      `${count} billing workers with ${CHARGES_AT_ONCE} charges on their way each, a bank of ${BANK_MS / 1_000} s`,
      perSecond >= LEAST_OF_BEST * best,
      `${perSecond.toFixed(1)} a second of ${best} at best, load ${loadavg()[0]?.toFixed(1)}`,
    )
    for (const { child } of workers) child.kill('SIGINT')
    await Promise.all(workers.map(({ exit }) => exit))
  }
  const [cycles, charges] = [await night.cycles(), await night.charges()]
  proof.claim(
    'every charge of the bank is one paid cycle, none is there twice',
    charges.twice === 0 && cycles.paid === charges.all && Object.keys(cycles).length === 1,
    `${charges.all} charges, ${charges.twice} twice; ${cycles.paid} cycles paid, of ${Object.keys(cycles).join(', ')}`,
  )
}

/** Cycles paid a second while all workers are at full speed. */
async function measured(night: DueNight, workers: readonly Running[]): Promise<number> {
  const before = await paid(night)
  await until(
    async () => {
      const dead = workers.find(({ child }) => child.exitCode !== null)
      if (dead) throw new Error('a worker ended')
      return (await joined(night)) >= workers.length && (await paid(night)) > before
    },
    { deadlineMs: 90_000, everyMs: 200, what: 'all workers to charge' },
  )
  await pause(RAMP_MS)
  const [from, began] = [await paid(night), performance.now()]
  await pause(WINDOW_MS)
  return ((await paid(night)) - from) / ((performance.now() - began) / 1_000)
}

/** Workers that have taken part within the last minute and still do. */
async function joined({ db }: DueNight): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from subscriptions.billing_worker
    where left_at is null and (counts ->> 'paid')::int > 0`.execute(db)
  return rows[0]?.n ?? 0
}

async function paid({ db }: DueNight): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from subscriptions.cycle where cycle_no = 2 and state = 'paid'`.execute(db)
  return rows[0]?.n ?? 0
}

function pause(ms: number): Promise<void> {
  return new Promise((over) => setTimeout(over, ms))
}
