import { join } from 'node:path'
import { sql } from 'kysely'
import { createCipher, loadOrCreateCipherKey } from '../src/platform/cipher.ts'
import { UserError } from '../src/platform/user-error.ts'
import { type BenchBank, startBank } from './billing/bank.ts'
import { CYCLE_PRELUDE, captureCycles } from './billing/capture.ts'
import { measureClaims } from './billing/claims.ts'
import { openBeside } from './billing/database.ts'
import { bankTokenOf, fillMethods, fillSubscriptions, isFilled, numberIn } from './billing/fill.ts'
import { type Drained, drain } from './billing/run.ts'
import { loadAverage } from './measure/cpu.ts'
import { equalFigure, type Figure, mostFigure, ratioFigure } from './measure/figure.ts'
import type { BenchOptions } from './measure/options.ts'
import { type Pgbench, pgbench } from './measure/pgbench.ts'
import type { Shop } from './measure/shop.ts'
import { stockUp } from './orders/order-books.ts'

const DATABASE = 'bench_billing'
const LEAST = 0.25
const STRETCH = 0.5
const LEAST_OF_LATENCY = 0.9
const MOST_MEMORY_MB = 512
const ROUNDS = 2
const RAMP_SECONDS = 2
const CAPTURED = 60
const MOST_ITEMS = 10_000
/** Rows kept for the yardstick, more than it can use up. */
const YARDSTICK_PER_SECOND = 1_500

const LATENCY_SECONDS = 2
/** A round of calls takes the latency, and each doubles the pace, from 8 on. */
const LATENCY_LOADS = [
  { concurrency: 50, rampSeconds: 12 },
  { concurrency: 200, rampSeconds: 16 },
  { concurrency: 1_000, rampSeconds: 22 },
] as const
const LATENCY_WINDOWS = 4

/**
 * The daily billing run: taking what is due, charging with a bank that answers at once against the same statements in
 * pgbench, charging with one that takes two seconds against what so many calls at once can do at best. Afterwards the
 * bank's journal and the cycles must tell the same.
 */
export async function measureBilling(server: Shop, options: BenchOptions): Promise<Figure[]> {
  const today = Temporal.Now.plainDateISO('Asia/Seoul')
  const shop = await openBeside(server, DATABASE)
  // It has no part in this.
  server.server.pause()
  try {
    const items = await chooseItems(shop)
    await fill(shop, today, options, items)
    const claims = await measureClaims(shop, today, options, items)
    for (const figure of claims) console.error(`${figure.name}: ${figure.measured}, load ${loadAverage()}`)
    const bank = await startBank(shop.dataDir)
    try {
      const due = await dueNow(shop, today)
      await bank.know(due.map(bankTokenOf))
      return [...claims, ...(await measureCharges(shop, bank, today, due, options))]
    } finally {
      await bank.stop()
    }
  } finally {
    server.server.resume()
    await shop.stop()
  }
}

async function measureCharges(
  shop: Shop,
  bank: BenchBank,
  today: Temporal.PlainDate,
  due: readonly string[],
  options: BenchOptions,
): Promise<Figure[]> {
  const { concurrency } = options
  const seconds = Math.ceil(options.seconds / ROUNDS)
  const rows = yardstickRows(due, ROUNDS * seconds * YARDSTICK_PER_SECOND)
  const transactions = await captureCycles(shop, bank, today, rows.captured)
  let { first } = rows
  const row = await bank.lastRow()
  const drains: Drained[] = []
  const peers: Pgbench[] = []
  for (let round = 0; round < ROUNDS; round++) {
    drains.push(await drain(shop, bank, { concurrency, rampSeconds: RAMP_SECONDS, seconds }))
    const clients = Math.min(30, options.clients)
    const define = { bench_first: 100_000_000_000 + first, bench_row: 0, bench_clients: clients }
    peers.push(
      await pgbench(shop.databaseUrl, transactions, { clients, seconds, prelude: CYCLE_PRELUDE, define }),
    )
    first -= seconds * YARDSTICK_PER_SECOND
    for (const one of drains.slice(-1)) describe(`bank without delay, ${concurrency} at once`, one)
  }
  const perSecond = mean(drains.map((one) => one.perSecond))
  const yardstick = { name: 'pgbench', perSecond: mean(peers.map((one) => one.perSecond)) }
  const figures = [ratioFigure('billing run', perSecond, yardstick, LEAST, STRETCH)]
  await bank.answerAfter(LATENCY_SECONDS * 1_000)
  for (const { concurrency: calls, rampSeconds } of LATENCY_LOADS) {
    const time = LATENCY_WINDOWS * LATENCY_SECONDS
    const one = await drain(shop, bank, { concurrency: calls, rampSeconds, seconds: time })
    describe(`bank takes ${LATENCY_SECONDS} s, ${calls} at once`, one)
    drains.push(one)
    const best = { name: `${calls} ÷ ${LATENCY_SECONDS} s`, perSecond: calls / LATENCY_SECONDS }
    figures.push(ratioFigure(`billing run, ${calls} at once`, one.perSecond, best, LEAST_OF_LATENCY))
  }
  await bank.answerAfter(0)
  const memory = drains.flatMap((one) => one.memoryMb)
  return [
    ...figures,
    mostFigure('billing run, memory', Math.max(...memory), MOST_MEMORY_MB, 'MB'),
    ...(await compareBooks(shop, bank, row, drains.at(-1)?.runId ?? '')),
  ]
}

/**
 * Rows for the yardstick, from the end of what is due, while runs take it from its beginning: some to listen to, and
 * below them so many without a gap. Gaps are what an earlier benchmark was broken off in.
 */
function yardstickRows(
  due: readonly string[],
  count: number,
): { captured: readonly string[]; first: number } {
  for (let top = due.length - CAPTURED - 1; top >= count - 1; top--) {
    const [last, first] = [due[top - count + 1], due[top]]
    if (last !== undefined && first !== undefined && numberIn(first) - numberIn(last) === count - 1)
      return { captured: due.slice(top + 1, top + 1 + CAPTURED), first: numberIn(first) }
  }
  throw new UserError('Not enough is due for the yardstick: give a larger --due, or fewer --seconds.')
}

/** Every charge the bank has is one paid cycle and every paid cycle is one charge. */
async function compareBooks(shop: Shop, bank: BenchBank, row: number, runId: string): Promise<Figure[]> {
  const charges = await bank.chargesSince(row)
  const { rows } = await sql<{ attempt_id: string }>`
    select attempt_id from subscriptions.cycle where run_id = ${runId} and state = 'paid' and attempt_id = any(${charges}::uuid[])`.execute(
    shop.db,
  )
  const { rows: others } = await sql<{ missing: number }>`
    select count(*)::int as missing from subscriptions.cycle c
    where run_id = ${runId} and state <> 'paid'`.execute(shop.db)
  const paid = new Set(rows.map((one) => one.attempt_id))
  return [
    equalFigure('charges that are no paid cycle', charges.filter((one) => !paid.has(one)).length, 0),
    equalFigure('cycles charged twice', charges.length - new Set(charges).size, 0),
    equalFigure('cycles of the run not paid', others[0]?.missing ?? -1, 0),
  ]
}

async function fill(
  shop: Shop,
  today: Temporal.PlainDate,
  volume: BenchOptions,
  items: readonly string[],
): Promise<void> {
  if (!(await isFilled(shop.db, today, volume))) {
    console.error('Filling in subscriptions (kept in .data-bench for today) …')
    const from = performance.now()
    const filledAt = await fillSubscriptions(shop.db, today, volume, items)
    const cipher = createCipher(await loadOrCreateCipherKey(join(shop.dataDir, 'secrets')))
    await fillMethods(shop.db, cipher, filledAt, volume.due)
    console.error(
      `${volume.subscriptions} subscriptions in ${((performance.now() - from) / 1_000).toFixed(1)} s`,
    )
  }
  await stockUp(shop.db, items)
}

async function chooseItems(shop: Shop): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from catalog.item where status = 'on_sale' order by id limit ${MOST_ITEMS}`.execute(shop.db)
  return rows.map(({ id }) => id)
}

async function dueNow(shop: Shop, today: Temporal.PlainDate): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from subscriptions.subscription
    where next_due <= ${today} and not latest_cycle_open order by next_due, id`.execute(shop.db)
  return rows.map(({ id }) => id)
}

function describe(name: string, { perSecond, paid, cpu, databaseMs, memoryMb }: Drained): void {
  const share = (value: number) => `${Math.round(value * 100)} %`
  console.log(
    `  ${name}: ${perSecond.toFixed(0)}/s (${paid} paid), ${databaseMs.toFixed(2)} ms of the database each; ` +
      `CPU: node ${share(cpu.node)}, postgres ${share(cpu.postgres)}, bank ${share(cpu.bank)}; ` +
      `memory ${memoryMb.map((mb) => mb.toFixed(0)).join(' ')} MB; load ${loadAverage()}`,
  )
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
