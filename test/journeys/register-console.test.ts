import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningRegister, SIMULATED_KEY, startRegister } from '../../simulators/register/server.ts'
import { until } from '../../src/platform/resilience/poll-until.ts'
import { execute } from '../support/database.ts'
import { at } from '../support/json.ts'
import { colleague, type Person } from '../support/people.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let register: RunningRegister
let merchant: Person
beforeAll(async () => {
  register = await startRegister({ rows: 6_000 })
  system = await startSystem({
    settings: {
      DATA_PORTAL_KEY: SIMULATED_KEY,
      DATA_PORTAL_URL: register.url,
      DATA_PORTAL_CALLS_A_DAY: '300',
    },
  })
  merchant = await colleague(system, 'merchant')
})
afterAll(async () => {
  await system?.stop()
  await register?.close()
})

const state = async () => (await merchant.api.get('/api/admin/register-import')).body
const become = (wanted: string) =>
  until(async () => at(await state(), 'state') === wanted, {
    what: `the import is ${wanted}`,
    deadlineMs: 20_000,
  })
const start = () => merchant.api.post('/api/admin/register-import/start')
const stop = () => merchant.api.post('/api/admin/register-import/stop')

test('a merchant imports the registers now, once at a time, stops it, and has it gone on with', async () => {
  expect(await state()).toMatchObject({ state: 'idle', startedAt: null, callsLeft: 300 })
  expect(await stop()).toMatchObject({ status: 409, code: 'register_import_idle' })
  expect(await start()).toMatchObject({ status: 202 })
  await until(async () => register.asked.length > 1, {
    what: 'pages that are asked for',
    deadlineMs: 20_000,
  })
  expect(await start()).toMatchObject({ status: 409, code: 'register_import_running' })
  expect(await stop()).toMatchObject({ status: 202 })
  await become('idle')
  const half = at(await state(), 'registers', 1, 'lastRead')
  expect(half).toMatchObject({ ofPages: 60, endedAt: null, stop: null })
  expect(await start()).toMatchObject({ status: 202 })
  await until(async () => at(await state(), 'registers', 1, 'lastRead', 'endedAt') !== null, {
    what: 'an import that came to its end',
    deadlineMs: 60_000,
  })
  await become('idle')
  expect(await state()).toMatchObject({
    registers: [{ callsADay: null, lastRead: null }, { lastRead: { read: 6_000, added: 6_000, missed: 0 } }],
  })
  const audit = await (await colleague(system, 'admin')).api.get('/api/admin/audit?size=20')
  expect(JSON.stringify(audit.body)).toContain('register.import_stopped')
}, 120_000)

test('a page that does not come is skipped by a person, once', async () => {
  await execute(
    system.databaseUrl,
    `insert into catalog.register_unread (source, next_row, failed_days, failed_on, stuck_at)
     values ('htfs', 301, 3, current_date, now())`,
  )
  expect(at(await state(), 'registers', 1, 'stuck')).toMatchObject({
    row: 301,
    rows: 100,
    days: 3,
    skipped: false,
  })
  expect([...(await system.metric('register_pages_stuck')).values()]).toEqual([1])
  const skip = (row: number) =>
    merchant.api.post('/api/admin/register-import/skip-page', { json: { source: 'htfs', row } })
  expect(await skip(201)).toMatchObject({ status: 409, code: 'register_page_not_stuck' })
  expect((await skip(1)).status).toBe(400)
  const skipped = await skip(301)
  expect(skipped.status).toBe(200)
  expect(at(skipped.body, 'registers', 1, 'stuck', 'skipped')).toBe(true)
  expect(await skip(301)).toMatchObject({ status: 409, code: 'register_page_not_stuck' })
  expect([...(await system.metric('register_pages_stuck')).values()]).toEqual([0])
})
