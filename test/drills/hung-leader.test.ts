/** Of two workers the one that leads hangs: stopped, not dead, its connections open. The other one takes over. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/platform/database/embedded.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { execute } from '../support/database.ts'
import { colleague, type Person } from '../support/people.ts'
import { type Started, start } from '../support/server-process.ts'
import { buy, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { inOneProcess, type System, startSystem } from '../support/system.ts'
import { ItemDetail } from '../support/views.ts'
import { somebody } from './passer-by.ts'

/** How long events may stand still: a lease, and what a busy machine adds. */
const REPLACED_WITHIN_MS = 60_000

let system: System
const workers: Started[] = []
let buyer: Person
let itemId: string
beforeAll(async () => {
  if (!inOneProcess) return
  // This process answers requests and does no background work.
  system = await startSystem({ settings: { ROLE: 'api' } })
  const [item] = await stockShelves(system, 12)
  itemId = item?.id ?? ''
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000 })
  await setStock(merchant, itemId, 100)
  buyer = await somebody(system)
})
afterAll(async () => {
  for (const worker of workers) {
    worker.signal('SIGCONT')
    worker.signal('SIGKILL')
    await worker.exit
  }
  await system?.stop()
})

async function startWorker(): Promise<Started> {
  const port = await freePort()
  const worker = start(['serve'], {
    ROLE: 'worker',
    PORT: String(port),
    NODE_ENV: 'test',
    DEMO: 'off',
    SOCIAL_PORT: '0',
    REGISTER_PORT: '0',
    LOG_LEVEL: 'warn',
    DATA_DIR: system.dataDir,
    DATABASE_URL: system.databaseUrl,
    PUBLIC_URL: system.url,
    KAKAOPAY_BASE_URL: system.bank.url,
    KAKAOPAY_SECRET_KEY: 'DEV_KAKAOPAY_SECRET',
    KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/settlement',
  })
  workers.push(worker)
  await until(
    async () => (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.status === 200,
    { what: `a worker to be ready: ${worker.output()}`, deadlineMs: 90_000, everyMs: 200 },
  )
  return worker
}

const sales = async () =>
  expectBody(await system.api().get(`/api/items/${itemId}`), 200, ItemDetail).salesCount
const soldOne = async (before: number, deadlineMs: number) =>
  until(async () => (await sales()) === before + 1, { what: 'the event of a sale', deadlineMs, everyMs: 100 })

test.runIf(inOneProcess)(
  'a leader that hangs is replaced, and does no harm when it goes on',
  async () => {
    const leader = await startWorker()
    await buy(system, buyer, itemId)
    await soldOne(0, 30_000)
    await startWorker()
    leader.signal('SIGSTOP')
    await buy(system, buyer, itemId)
    const from = performance.now()
    await soldOne(1, REPLACED_WITHIN_MS)
    console.log(`a hung leader was replaced after ${((performance.now() - from) / 1_000).toFixed(1)} s`)
    leader.signal('SIGCONT')
    await buy(system, buyer, itemId)
    await soldOne(2, 30_000)
    await until(
      async () =>
        (await execute(system.databaseUrl, 'select from platform.undelivered')).length === 0 &&
        (await execute(system.databaseUrl, 'select from platform.parked_event')).length === 0,
      { what: 'all events to be delivered', deadlineMs: 30_000 },
    )
    expect(await sales()).toBe(3)
  },
  240_000,
)
