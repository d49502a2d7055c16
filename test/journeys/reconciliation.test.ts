/** A day held against the bank's list: by an operator, and by the command line. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
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

/** What a merchant downloads from the partner centre. */
async function download(): Promise<string> {
  const day = businessDate(system.now()).toString()
  return (await fetch(`${system.bank.url}/kakaopay/settlement?startDate=${day}&endDate=${day}`)).text()
}

test('a table is told first, kept by its token, changes nothing the second time, and keeps nothing that is wrong', async () => {
  const day = businessDate(system.now()).toString()
  const bring = (body: string, more: object = {}) =>
    merchant.api.post(
      `/api/admin/reconciliations/table?${new URLSearchParams({ provider: 'kakaopay', day, ...more })}`,
      { raw: { body, type: 'text/csv' } },
    )
  const findings = async () =>
    (await merchant.api.get('/api/admin/reconciliation-findings?open=false&size=500')).body
  const good = await download()
  expect((await bring(good)).body).toMatchObject({
    applied: false,
    rows: 1,
    matched: 1,
    late: 0,
    listedTotal: 30_000,
    differenceCount: 0,
  })
  const before = await findings()
  // One line less that is ours, one more that is not, as a spreadsheet would write it.
  const [head = ''] = good.split('\n')
  const other = `PAYMENT,T9-manual,A9-manual,,nobody,someone,"12,000",0,1091,CARD,${day} 10:00:00`
  const table = `${head}\n${other}\n`
  const told = await bring(table)
  expect(told.body).toMatchObject({
    applied: false,
    matched: 0,
    differences: [
      { kind: 'missing_here', key: 'T9-manual', here: null, there: 12_000, paymentId: null },
      { kind: 'missing_there', here: 30_000, there: null },
    ],
  })
  expect(await findings()).toEqual(before)
  const token = String(at(told.body, 'token'))
  expect((await bring(good, { token })).code).toBe('settlement_table_differs')
  expect(await findings()).toEqual(before)
  expect((await bring(table, { token })).body).toMatchObject({ applied: true, differenceCount: 2 })
  const kept = await findings()
  expect(at(kept, 'data', 0)).toMatchObject({ day })
  expect((await bring(table, { token })).body).toMatchObject({ applied: true, differenceCount: 2 })
  expect(await findings()).toEqual(kept)
  const wrong = await bring(`${table}CANCEL,T9-manual,,,nobody,someone,오천원,0,0,CARD,${day} 10:00:00\n`, {
    token,
  })
  expect([wrong.status, wrong.code, at(wrong.body, 'errors', 0, 'field')]).toEqual([
    422,
    'settlement_rows_wrong',
    'rows.3.aid',
  ])
  const otherDay = await bring(table.replace(`${day} 10`, '2026-01-01 10'))
  expect([otherDay.code, at(otherDay.body, 'errors', 0, 'code')]).toEqual([
    'settlement_rows_wrong',
    'other_day',
  ])
  expect((await bring(good, { provider: 'toss' })).code).toBe('settlement_table_unknown')
  expect((await bring(good, { day: '2099-01-01' })).code).toBe('reconciliation_too_early')
  const audit = await (await colleague(system, 'admin')).api.get(
    '/api/admin/audit?action=reconciliation.by_table',
  )
  expect(at(audit.body, 'data', 0)).toMatchObject({ action: 'reconciliation.by_table' })
  const right = await bring(good)
  await bring(good, { token: String(at(right.body, 'token')) })
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

test('the command line takes a table, too', async () => {
  const date = businessDate(system.now()).toString()
  const file = join(system.dataDir, 'settled.csv')
  await writeFile(file, await download())
  expect(await reconcile('--date', date, '--file', file)).toEqual({
    code: 0,
    out: `kakaopay ${date}: 1 agree, 0 on another day, 0 differ\n`,
  })
  await writeFile(file, `${(await download()).split('\n')[0]}\n`)
  const { code, out } = await reconcile('--date', date, '--file', file, '--dry-run')
  expect([code, out]).toEqual([3, expect.stringContaining('missing_there charge')])
  await writeFile(file, 'type,tid\nPAYMENT,T1\n')
  expect((await reconcile('--date', date, '--file', file)).code).toBe(1)
  expect((await reconcile('--date', date, '--file', `${file}.none`)).code).toBe(1)
}, 120_000)

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
