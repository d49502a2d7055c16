import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCipher } from '../../src/platform/cipher.ts'
import { type Db, openDatabase } from '../../src/platform/database/database.ts'
import { nothingAcknowledged } from './acknowledged.ts'
import { FAULTS, startFaults, TOSS_FAULTS } from './faults.ts'
import { type Kills, killAsPlanned } from './killer.ts'
import type { Shopping } from './people/buyer.ts'
import { openShop } from './people/crowd.ts'
import type { Trouble } from './people/insist.ts'
import { createMerchant } from './people/merchant.ts'
import { stockShelves } from './people/shelves.ts'
import { type KillMode, planKills, randomFor } from './plan.ts'
import { reconcileRun } from './reconciling/reconcile.ts'
import { REGISTRATION_FAULTS } from './registrations/faults.ts'
import type { Registering } from './registrations/registrar.ts'
import { registrationTables } from './registrations/report.ts'
import { nothingSeen } from './registrations/seen.ts'
import { readRegistrations } from './registrations/snapshot.ts'
import { countBy, showUnsettled, table, verdictLines } from './report.ts'
import { notTried } from './rough.ts'
import { verifyPurchaseTokens } from './rules/purchase-tokens.ts'
import { verifyReconciled } from './rules/reconciled.ts'
import { verifyRegistrations } from './rules/registrations.ts'
import { verify } from './rules/verify.ts'
import type { Situation } from './rules/violation.ts'
import { serverLogFindings } from './server-log.ts'
import { settle } from './settle.ts'
import { readBank, readDatabase } from './snapshot.ts'
import { endWhenTold } from './when-told.ts'
import { createWorld, type World } from './world.ts'

export interface CrashTest {
  purchases: number
  kills: number
  seed: number
  mode: KillMode
  buyers: number
  keep: boolean
}

const SETTLE_WITHIN_MS = 240_000

/** Runs the whole test. @returns whether every promise held */
export async function runCrashTest(test: CrashTest): Promise<boolean> {
  const startedAt = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'pillivery-crash-'))
  const { purchases, kills, mode, buyers, seed } = test
  console.log(
    `Crash test: ${purchases} purchases by ${buyers} at a time, ${kills} kills (${mode}), --seed ${seed}`,
  )
  const tokenKey = randomBytes(32).toString('base64url')
  const world = await createWorld({
    folder,
    seed,
    redis: mode === 'all' ? await (await import('../support/redis.ts')).startRedis() : undefined,
    settings: { PAYMENT_TOKEN_KEY: tokenKey, KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/settlement' },
  })
  endWhenTold(() => world.stop(), 1)
  let held = false
  try {
    held = await storm(test, world, tokenKey)
  } catch (error) {
    console.error(error)
  } finally {
    const exitCode = await world.stop()
    if (exitCode !== 0) {
      held = false
      console.log(`✗ the server did not stop cleanly at the end: exit code ${exitCode}`)
    }
  }
  const repeat = `npm run crash -- --purchases ${purchases} --kills ${kills} --mode ${mode} --buyers ${buyers} --seed ${seed}`
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  console.log(
    held ? `\nEvery promise held (${seconds} s).` : `\nBROKEN after ${seconds} s. Repeat: ${repeat} --keep`,
  )
  if (test.keep) console.log(`Kept: ${folder}`)
  else await rm(folder, { recursive: true, force: true })
  return held
}

async function storm(test: CrashTest, world: World, tokenKey: string): Promise<boolean> {
  const { seed, purchases } = test
  await world.startServer()
  const { shelf, initialStock } = await withDatabase(world, (db) => stockShelves(db, purchases))
  const faults = await startFaults(
    world.bankUrl,
    [...FAULTS, ...TOSS_FAULTS, ...REGISTRATION_FAULTS],
    randomFor(seed, 'cuts'),
  )

  const trouble: Trouble = { connection: 0, unavailable: 0, errors: [] }
  const merchant = createMerchant(world.shopUrl, trouble)
  const shopping: Shopping = { shopUrl: world.shopUrl, shelf, merchant, log: nothingAcknowledged(), trouble }
  const registering: Registering = { shopUrl: world.shopUrl, seen: nothingSeen(), trouble, returning: 0 }
  const crowd = openShop(test, shopping, registering)
  const plans = planKills(seed, test.mode, test.kills, purchases)
  const killing = killAsPlanned(world, plans, crowd, crowd.toldOfKills)
  // Whoever fails first ends the run; the other must not stay unhandled.
  const [, kills] = await Promise.all([crowd.finished, killing])
  const struck = await faults.calm()
  const stormMs = crowd.elapsedMs()

  console.log('Settling')
  return withDatabase(world, async (db) => {
    const { unsettled, askedByOperator } = await settle({
      db,
      ...shopping,
      accountOf: crowd.accountOf,
      told: everyFewSeconds(showUnsettled),
      patienceMs: SETTLE_WITHIN_MS,
    })
    const snapshot = { ...(await readBank(world.bankUrl)), ...(await readDatabase(db)) }
    const situation: Situation = { snapshot, acknowledged: shopping.log, initialStock }
    const logs = ['server.log', 'server.out'].map((name) => join(world.folder, name))
    const methods = await readRegistrations(
      { db, bankUrl: world.bankUrl, cipher: createCipher(tokenKey), files: logs },
      {
        seen: registering.seen,
        roughness: {
          tried: crowd.registrations.length,
          kills: kills.server + kills.database + kills.redis,
          aimed: plans.filter(({ atRegistration }) => atRegistration).length,
          met: kills.atRegistration,
        },
      },
    )
    const reconciling = await reconcileRun(world.shopUrl, world.bankUrl, trouble)
    const found = new Map([
      ...verify(situation),
      ...verifyRegistrations(methods),
      ...verifyPurchaseTokens(methods.purchases),
      ...verifyReconciled(reconciling),
    ])
    const findings = await serverLogFindings(join(world.folder, 'server.log'))

    console.log(
      table(
        '\nCustomers',
        countBy(crowd.endings, (ending) => ending),
      ),
    )
    console.log(
      table(
        'Orders',
        countBy(snapshot.orders, ({ state }) => state),
      ),
    )
    console.log(
      table(
        'Payments',
        countBy(snapshot.attempts, ({ provider, state }) => `${provider} ${state}`),
      ),
    )
    console.log(
      table(
        'Refunds',
        countBy(snapshot.refunds, ({ state }) => state),
      ),
    )
    const uses = snapshot.couponUses
    console.log(
      table(
        'Coupons',
        countBy(uses, ({ returned }) => (returned ? 'came back' : 'used')),
      ),
    )
    console.log(
      table(
        'Returns',
        countBy(snapshot.returns, ({ state }) => state),
      ),
    )
    for (const lines of registrationTables(methods, crowd.registrations, struck)) console.log(lines)
    console.log(table('Bank', bankRows(situation, struck)))
    console.log(table('Crashes', crashRows(kills, trouble, stormMs)))
    const people = [['asked again by an operator', askedByOperator]] as const
    console.log(table('Left after the storm', people))
    if (findings.length > 0) console.log(table('Errors the server logged', findings))
    for (const line of verdictLines(found)) console.log(line)

    const others = [
      ...notTried({ purchases, snapshot, cartOrders: shopping.log.cartOrders }).map(
        (what) => `✗ the run was not as rough as asked for: no ${what}`,
      ),
      ...Object.entries(unsettled).map(([what, n]) => `✗ never settled: ${n} ${what}`),
      ...world.unexpectedExits.map((exit) => `✗ ${exit}`),
      ...crowd.surprises.map((surprise) => `✗ a customer got ${surprise}`),
      ...countBy(trouble.errors, (where) => where.replace(/[0-9a-f-]{36}/g, ':id')).map(
        ([where, n]) => `✗ ${n} × 500 from ${where}`,
      ),
    ]
    for (const line of others) console.log(line)
    return others.length === 0 && [...found.values()].every((broken) => broken.length === 0)
  })
}

/** Works on the world's database over a small pool of its own. */
export async function withDatabase<T>(world: World, work: (db: Db) => Promise<T>): Promise<T> {
  const url = await world.databaseUrl()
  const database = openDatabase({ url, poolSize: 2, statementTimeoutMs: 30_000 })
  try {
    return await work(database.db)
  } finally {
    await database.close()
  }
}

function bankRows({ snapshot }: Situation, struck: ReadonlyMap<string, number>): [string, number][] {
  const sum = (rows: readonly { amount: number }[]) => rows.reduce((total, { amount }) => total + amount, 0)
  return [
    ['charges', snapshot.charges.length],
    ['charged, won', sum(snapshot.charges)],
    ['refunds', snapshot.bankRefunds.length],
    ['refunded, won', sum(snapshot.bankRefunds)],
    ['faults made', [...struck].reduce((n, [id, fired]) => (id === 'latency' ? n : n + fired), 0)],
    ['line cut', struck.get('line cut') ?? 0],
  ]
}

function crashRows(
  kills: Kills,
  trouble: { connection: number; unavailable: number },
  stormMs: number,
): [string, number | string][] {
  const [slowest] = kills.recoveries.toSorted((a, b) => b.ms - a.ms)
  return [
    ['server killed', kills.server],
    ['… while starting', kills.whileStarting],
    ['database killed', kills.database],
    ['Redis killed', kills.redis],
    ['… either, while a method was registered', kills.atRegistration],
    ['slowest recovery', slowest ? `${(slowest.ms / 1_000).toFixed(1)} s (${slowest.victim})` : '–'],
    ['requests that lost their connection', trouble.connection],
    ['requests put off (429, 503, in progress)', trouble.unavailable],
    ['purchases took, s', (stormMs / 1_000).toFixed(1)],
  ]
}

/** Tells at most once in five seconds. */
export function everyFewSeconds<A extends unknown[]>(tell: (...args: A) => void): (...args: A) => void {
  let last = Number.NEGATIVE_INFINITY
  return (...args) => {
    if (performance.now() - last < 5_000) return
    last = performance.now()
    tell(...args)
  }
}
