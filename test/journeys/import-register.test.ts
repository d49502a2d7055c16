import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type RunningRegister, SIMULATED_KEY, startRegister } from '../../simulators/register/server.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { expectBody } from '../support/api.ts'
import { colleague } from '../support/people.ts'
import { type Started, start, temporaryFolder } from '../support/server-process.ts'
import { adminItem } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { ItemList } from '../support/views.ts'

let system: System
let register: RunningRegister
let folder: { path: string; remove(): Promise<void> }
beforeAll(async () => {
  folder = await temporaryFolder()
  system = await startSystem()
  register = await startRegister({ rows: 230 })
})
afterAll(async () => {
  await register?.close()
  await system?.stop()
  await folder?.remove()
})
beforeEach(() => {
  register.asked.splice(0)
})

/** The command beside the running server, on the same database. */
function begin(settings: Record<string, string>, ...args: string[]): Started {
  return start(['import', 'register', ...args], {
    DATABASE_URL: system.databaseUrl,
    DATA_DIR: join(folder.path, 'data'),
    FOOD_SAFETY_URL: register.url,
    DATA_PORTAL_URL: register.url,
    ...settings,
  })
}

async function importRegister(settings: Record<string, string>, ...args: string[]) {
  const command = begin(settings, ...args)
  return { code: await command.exit, output: command.output() }
}

const BOTH = { FOOD_SAFETY_KEY: SIMULATED_KEY, DATA_PORTAL_KEY: SIMULATED_KEY }
const PORTAL = { DATA_PORTAL_KEY: SIMULATED_KEY }

test('without a key it says what is missing; in production no simulated key is taken', async () => {
  const none = await importRegister({})
  expect(none.code).toBe(1)
  expect(none.output).toContain('set FOOD_SAFETY_KEY or DATA_PORTAL_KEY')
  const production = await importRegister({ ...BOTH, NODE_ENV: 'production' })
  expect(production.code).toBe(1)
  expect(production.output).toContain('FOOD_SAFETY_KEY=…: is a published test value')
  expect(production.output).toContain(`DATA_PORTAL_URL=${register.url}: must start with https://`)
  expect(register.asked).toEqual([])
})

test('a try says what would change and changes nothing', async () => {
  const { code, output } = await importRegister(PORTAL, '--dry-run')
  expect(output).toContain('would add     999000000001 모의 비타민C 1')
  expect(output).toMatch(/230 of 230 rows read: 2\d\d would be added/)
  expect(code).toBe(0)
  const merchant = await colleague(system, 'merchant')
  const found = await merchant.api.get('/api/admin/items?status=hidden&keyword=999000000001')
  expect(found).toMatchObject({ status: 200, body: { data: [] } })
})

test('killed in the middle it goes on at the next page; nothing is imported twice, and progress is shown', async () => {
  const killed = begin(PORTAL)
  // The second page never comes to its end: the kill finds the command in the middle of it.
  await until(() => register.asked.length > 0 || undefined, { what: 'the first call', deadlineMs: 60_000 })
  register.fault('htfs', 'slow')
  await until(() => register.asked.length > 1 || undefined, { what: 'the second call', deadlineMs: 60_000 })
  expect(killed.output()).toContain('data.go.kr HtfsInfoService03: 40 % 100 rows')
  killed.signal('SIGKILL')
  await killed.exit
  const before = register.asked.length
  const { code, output } = await importRegister(PORTAL, '--offer', 'demo')
  expect(output).toContain('went on at row 101')
  expect(output).toMatch(/data\.go\.kr HtfsInfoService03: 230 of 230 rows read/)
  expect(code).toBe(0)
  expect(register.asked.slice(before).map(({ from }) => from)).toEqual([101, 201])
  const again = await importRegister(PORTAL)
  expect(again.output).toMatch(/0 added, 0 changed, 230 unchanged, 0 rejected/)
}, 120_000)

test('a refused key stops it at once and is not printed; the other register is read', async () => {
  const wrong = 'wrong-key-that-nobody-knows'
  register.fault('c003', 'echo_key')
  const { code, output } = await importRegister({ FOOD_SAFETY_KEY: wrong, ...PORTAL })
  expect(code).toBe(1)
  expect(output).toContain('STOPPED   식품안전나라 C003 at row 1: The key was refused. Check the key.')
  expect(output).not.toContain(wrong)
  expect(output).toMatch(/HtfsInfoService03: 230 of 230 rows read/)
  expect(register.asked.filter(({ source }) => source === 'c003')).toHaveLength(1)
})

test('rejected rows are told and written down; what is new is for the merchant to offer', async () => {
  const rows = register.rows.c003
  rows.push(
    { ...rows[0], PRDLST_REPORT_NO: '12' },
    { ...rows[0], PRDLST_REPORT_NO: '999900000077', PRDLST_NM: '새 시험 상품' },
  )
  const file = join(folder.path, 'rejected.ndjson')
  const { code, output } = await importRegister(BOTH, '--rejected', file)
  expect(output).toContain('rejected  c003 row 231 (12): statement number is not a number of 12 to 15 digits')
  expect(code).toBe(0)
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  expect(lines).toHaveLength(1)
  const merchant = await colleague(system, 'merchant')
  const found = await merchant.api.get('/api/admin/items?status=hidden&keyword=999900000077')
  expect(found).toMatchObject({ status: 200, body: { data: [{ name: '새 시험 상품' }] } })
  // Whoever bought by the demo's offer sees prices as they were made then.
  const shown = expectBody(await system.api().get('/api/items?keyword=모의'), 200, ItemList).data
  expect(shown.length).toBeGreaterThan(0)
  expect((await adminItem(merchant, shown[0]?.id ?? '')).originPrice).toBeGreaterThan(0)
})

test('asked to stop it ends after the page and says how to go on', async () => {
  register.fault('htfs', 'slow', 9)
  const command = begin(PORTAL)
  await until(() => register.asked.length > 0 || undefined, { what: 'the first call', deadlineMs: 60_000 })
  command.signal('SIGINT')
  expect(await command.exit).toBe(130)
  expect(command.output()).toContain('running the same command again continues')
  register.clear('htfs')
}, 60_000)
