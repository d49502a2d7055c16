import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBody } from '../support/api.ts'
import { colleague } from '../support/people.ts'
import { start, temporaryFolder } from '../support/server-process.ts'
import { adminItem, changeItem, setStock } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'
import { ItemList } from '../support/views.ts'

const DEMO = new URL('../../src/shop/catalog/samples/demo/', import.meta.url)

let system: System
let folder: { path: string; remove(): Promise<void> }
beforeAll(async () => {
  folder = await temporaryFolder()
  system = await startSystem()
})
afterAll(async () => {
  await system?.stop()
  await folder?.remove()
})

/** Runs the command beside the running server, on the same database. */
async function importItems(...args: string[]): Promise<{ code: number | null; output: string }> {
  const command = start(['import', 'items', ...args], {
    DATABASE_URL: system.databaseUrl,
    DATA_DIR: join(folder.path, 'data'),
  })
  return { code: await command.exit, output: command.output() }
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder.path, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const row = (number: string, more: object = {}) => ({
  PRDLST_REPORT_NO: number,
  PRMS_DT: '20260101',
  PRDLST_NM: `시험 비타민 ${number}`,
  BSSH_NM: '시험제약',
  PRIMARY_FNCLTY: '정상적인 면역기능에 필요',
  ...more,
})

const visible = async (keyword: string) =>
  expectBody(await system.api().get(`/api/items?keyword=${encodeURIComponent(keyword)}`), 200, ItemList).data

test('files of both shapes, beside a running server; twice changes nothing', async () => {
  const files = ['mfds-c003.json', 'mfds-htfs.json'].map((name) => new URL(name, DEMO).pathname)
  const first = await importItems('--offer', 'demo', ...files)
  expect(first.output).toMatch(/8 .*added|added.* 8/i)
  expect(first.code).toBe(0)
  expect((await visible('비타민')).length).toBeGreaterThan(0)
  const second = await importItems('--offer', 'demo', ...files)
  expect(second.code).toBe(0)
  expect(second.output).toMatch(/8 .*unchanged|unchanged.* 8/i)
  expect(second.output).toMatch(/\b0 .*added|added.* 0\b/i)
})

test('rows that are wrong are reported by line and number, and the others are imported, hidden', async () => {
  const path = await file('mixed.json', {
    C003: {
      total_count: '3',
      row: [row('209900000001'), row('209900000002', { PRDLST_NM: '' }), row('', {})],
    },
  })
  const rejectedPath = join(folder.path, 'rejected.ndjson')
  const { code, output } = await importItems('--rejected', rejectedPath, path)
  expect(output).toMatch(/2 .*rejected|rejected.* 2/i)
  // Two of three: hardly the right file, so the command fails although the good row is in.
  expect(code).toBe(1)
  const rejected = (await readFile(rejectedPath, 'utf8')).trim().split('\n')
  expect(rejected).toHaveLength(2)
  expect(rejected.some((line) => line.includes('209900000002'))).toBe(true)
  // New items are hidden until the merchant sets price and stock; the merchant finds them.
  expect(await visible('시험 비타민')).toEqual([])
  const merchant = await colleague(system, 'merchant')
  const found = await merchant.api.get('/api/admin/items?status=hidden&keyword=209900000001')
  expect(found).toMatchObject({
    status: 200,
    body: { data: [{ statementNumber: '209900000001', status: 'hidden' }] },
  })
})

test('what the merchant set survives the next import, what the register changed does not', async () => {
  const path = await file('again.json', { C003: { total_count: '1', row: [row('209900000009')] } })
  expect((await importItems('--offer', 'demo', path)).code).toBe(0)
  const [item] = await visible('시험비타민209900000009')
  const merchant = await colleague(system, 'merchant')
  await changeItem(merchant, item?.id ?? '', { originPrice: 12_300, discountPercent: 0 })
  await setStock(merchant, item?.id ?? '', 7)
  const changed = row('209900000009', { PRDLST_NM: '시험 오메가3 새이름', LAST_UPDT_DTM: '20261101' })
  const next = await file('next.json', { C003: { total_count: '1', row: [changed] } })
  const report = await importItems('--offer', 'demo', next)
  expect(report.output).toMatch(/1 .*changed|changed.* 1/i)
  const after = await adminItem(merchant, item?.id ?? '')
  expect(after).toMatchObject({ name: '시험 오메가3 새이름', originPrice: 12_300, stock: { onHand: 7 } })
})

test('a file that is no register, is cut off, or is not there: named, exit code 1, good ones imported', async () => {
  const html = await file('error.html', '<html>서비스 점검</html>')
  const whole = JSON.stringify({
    C003: { total_count: '2', row: [row('209900000021'), row('209900000022')] },
  })
  const cut = await file('cut.json', whole.slice(0, whole.indexOf('209900000022')))
  const good = await file('good.json', { C003: { total_count: '1', row: [row('209900000031')] } })
  const missing = join(folder.path, 'missing.json')
  const { code, output } = await importItems('--offer', 'demo', html, cut, missing, good)
  expect(code).toBe(1)
  for (const name of ['error.html', 'cut.json', 'missing.json']) expect(output).toContain(name)
  expect(output).not.toMatch(/\n\s+at /)
  expect(await visible('시험비타민209900000031')).toHaveLength(1)
  expect(await visible('시험비타민209900000021')).toHaveLength(1)
  expect((await importItems()).code).toBe(1)
})
