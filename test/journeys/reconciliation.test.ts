/** A day held against the bank's list: by an operator, and by the command line. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { businessDate } from '../../src/platform/time/clock.ts'
import { at, parseJson } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { buy, changeItem, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

let system: System
let merchant: Person
beforeAll(async () => {
  system = await startSystem()
  const [item] = await stockShelves(system, 12)
  const itemId = item?.id ?? ''
  merchant = await colleague(system, 'merchant')
  await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 30_000, discountPercent: 0 })
  await setStock(merchant, itemId, 10)
  await buy(system, await customer(system), itemId)
})
afterAll(async () => {
  await system?.stop()
})

const lie = (effect: object) =>
  system.bank.faults({
    match: { operation: 'settlement', times: 1 },
    effect: { kind: 'transactions', ...effect },
  })

test('a lost line is found, explained by a person, and stays explained', async () => {
  const json = { provider: 'kakaopay', day: businessDate(system.now()).toString() }
  const reconcile = () => merchant.api.post('/api/admin/reconciliations', { json })
  expect((await reconcile()).body).toEqual({ matched: 1, late: 0, differences: 0 })
  await lie({ omitFirst: true })
  expect((await reconcile()).body).toEqual({ matched: 0, late: 0, differences: 1 })
  const open = async () => (await merchant.api.get('/api/admin/reconciliation-findings')).body
  const finding = at(await open(), 'data', 0)
  expect(finding).toMatchObject({ kind: 'missing_there', movement: 'charge', here: 30_000, there: null })
  const decide = () =>
    merchant.api.post(`/api/admin/reconciliation-findings/${String(at(finding, 'id'))}/decision`, {
      json: { decision: 'claimed', reason: '카카오페이에 문의함' },
    })
  expect([(await decide()).status, (await decide()).code]).toEqual([204, 'finding_settled'])
  expect(at(await open(), 'data')).toEqual([])
  const days = (await merchant.api.get('/api/admin/reconciliations')).body
  expect(at(days, 'data', 0)).toMatchObject({ provider: 'kakaopay', open: 0, matched: 0 })
  const future = { ...json, day: '2099-01-01' }
  expect((await merchant.api.post('/api/admin/reconciliations', { json: future })).code).toBe(
    'reconciliation_too_early',
  )
  expect([...(await system.metric('reconciliation_findings_open')).values()]).toEqual([0])
})

/** `pillivery reconcile`, as an operator runs it beside the server. */
async function reconcile(...args: string[]): Promise<{ code: number; out: string }> {
  const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    DATABASE_URL: system.databaseUrl,
    DATA_DIR: system.dataDir,
    KAKAOPAY_BASE_URL: system.bank.url,
    KAKAOPAY_SETTLEMENT_PATH: '/kakaopay/settlement',
  }
  return new Promise((resolve) =>
    execFile(process.execPath, [main, 'reconcile', ...args], { env }, (error, out) =>
      resolve({ code: error ? Number(error.code) : 0, out }),
    ),
  )
}

test('the command line says so, and by its exit code', async () => {
  const date = businessDate(system.now()).toString()
  expect(await reconcile('--date', date)).toEqual({
    code: 0,
    out: `kakaopay ${date}: 1 agree, 0 on another day, 0 differ\n`,
  })
  await lie({ addExtra: true })
  const { code, out } = await reconcile('--date', date, '--json')
  expect([code, at(parseJson(out), 0, 'differences', 0)]).toEqual([
    3,
    expect.objectContaining({ kind: 'missing_here', there: 12_345 }),
  ])
  await lie({ addExtra: true })
  expect((await reconcile('--date', date)).out).toContain(
    'missing_here charge T0-never: here -, there 12345 won',
  )
  expect((await reconcile('--date', '2099-01-01')).code).toBe(3)
  expect((await reconcile('--date', 'yesterday')).code).toBe(1)
}, 120_000)
