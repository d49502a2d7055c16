import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import type { RowRejected } from '../index.ts'
import { demoFiles } from '../samples/seed.ts'
import { rebuildSearchDocuments, searchRulesVersion } from '../search/search-rules.ts'

let test: TestCatalog
let folder = ''

beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catalog-import-'))
  await sql`truncate catalog.item cascade`.execute(test.database.db)
  await sql`truncate platform.outbox`.execute(test.database.db)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const rowOf = (index: number, more: Record<string, string> = {}) => ({
  PRDLST_REPORT_NO: String(200_400_160_000 + index),
  PRDLST_NM: `홍삼 ${index}`,
  BSSH_NM: '(주)고려',
  PRMS_DT: '20040302',
  LAST_UPDT_DTM: '20150522',
  PRIMARY_FNCLTY: '면역력 증진, 피로개선에 도움을 줄 수 있음',
  ...more,
})
const fileOf = async (rows: readonly unknown[], name = 'rows.json') => {
  const path = join(folder, name)
  const C003 = { total_count: String(rows.length), row: rows, RESULT: { CODE: 'INFO-000', MSG: '' } }
  await writeFile(path, JSON.stringify({ C003 }, null, 1))
  return path
}

/** Everything the catalogue holds, without ids and times. */
async function contents(): Promise<unknown[]> {
  const { rows } = await sql<{ row: unknown }>`
    select (to_jsonb(i) - 'id' - 'created_at' - 'updated_at') || (to_jsonb(t) - 'item_id')
      || (to_jsonb(s) - 'item_id') || jsonb_build_object('shelves', (
        select jsonb_agg(to_jsonb(p) - 'item_id' order by p.shelf) from catalog.shelf as p where p.item_id = i.id)) as row
    from catalog.item as i join catalog.item_text as t on t.item_id = i.id
      join catalog.stock as s on s.item_id = i.id
      join catalog.item_numbers as n on n.item_id = i.id
    order by statement_number`.execute(test.database.db)
  return rows.map((row) => row.row)
}
async function events(): Promise<unknown[]> {
  const { rows } = await sql<{ data: unknown }>`
    select data from platform.outbox where type = 'shop.catalog.item-changed' order by position`.execute(
    test.database.db,
  )
  return rows.map((row) => row.data)
}

describe('importing the register', () => {
  it('takes both demo files, and a second run changes nothing', async () => {
    const first = await test.catalog.importItems(demoFiles, { offer: 'demo' })
    expect(first).toEqual({
      read: 8,
      added: 5,
      changed: 0,
      unchanged: 3,
      rejected: 0,
      doubted: 0,
      missing: [],
      refusedFiles: [],
      stopped: false,
    })
    const before = await contents()
    expect(before).toHaveLength(5)
    expect(before[0]).toMatchObject({ status: 'on_sale', version: 1, shelves: expect.anything() })
    const second = await test.catalog.importItems([...demoFiles].reverse(), { offer: 'demo' })
    expect(second).toMatchObject({ read: 8, added: 0, changed: 0, unchanged: 8 })
    expect(await contents()).toEqual(before)
    expect(await events()).toEqual([])
  })

  it('offers nothing unless asked: hidden, without price, on no shelf', async () => {
    await test.catalog.importItems([await fileOf([rowOf(1)])], { offer: 'none' })
    expect(await contents()).toMatchObject([
      { status: 'hidden', origin_price: 0, on_hand: 0, shelves: null, categories: ['FATIGUE'] },
    ])
  })

  it('updates changed texts with one event each and leaves what the merchant decides', async () => {
    await test.catalog.importItems([await fileOf([rowOf(1), rowOf(2)])], { offer: 'demo' })
    await sql`update catalog.item set origin_price = 77700, discount_permille = 0, status = 'sold_out'`.execute(
      test.database.db,
    )
    await sql`update catalog.stock set on_hand = 3`.execute(test.database.db)
    const changed = rowOf(1, { PRDLST_NM: '흑마늘 진액', PRIMARY_FNCLTY: '눈 건강에 도움을 줄 수 있음' })
    const report = await test.catalog.importItems([await fileOf([changed, rowOf(2)])], { offer: 'demo' })
    expect(report).toMatchObject({ added: 0, changed: 1, unchanged: 1 })
    const [item] = await contents()
    expect(item).toMatchObject({
      name: '흑마늘 진액',
      categories: ['EYE'],
      origin_price: 77_700,
      status: 'sold_out',
      on_hand: 3,
      version: 2,
      shelves: [{ shelf: 'ALL', real_price: 77_700 }, { shelf: 'EYE' }],
    })
    expect(await events()).toMatchObject([{ name: '흑마늘 진액', originPrice: 77_700, changed: ['text'] }])
  })

  it('tells what is missing, strange or damaged, and imports the rest', async () => {
    const doubted: string[] = []
    const rejected: RowRejected[] = []
    const rows = [rowOf(1, { PRMS_DT: '어제' }), rowOf(1, { PRDLST_NM: '다른 제품' }), rowOf(2)]
    const text = JSON.stringify({ C003: { total_count: '9', row: rows } })
    const path = join(folder, 'strange.json')
    await writeFile(path, text.replace('"PRDLST_NM":"홍삼 2"', '"PRDLST_NM":"홍삼 "2"'))
    const report = await test.catalog.importItems([path], {
      offer: 'none',
      onDoubted: ({ code, row }) => doubted.push(`${row} ${code}`),
      onRejected: (row) => rejected.push(row),
    })
    expect(report).toMatchObject({
      read: 3,
      added: 1,
      rejected: 1,
      doubted: 2,
      missing: [{ source: 'c003', announced: 9, read: 3 }],
    })
    expect(doubted).toEqual(['1 unread_date', '2 number_of_another'])
    expect(rejected).toMatchObject([{ row: 3, code: 'damaged', text: expect.stringContaining('홍삼 "2"') }])
  })

  it('reports rejected rows with line and reason and imports the others', async () => {
    const rejected: RowRejected[] = []
    const file = await fileOf([rowOf(1), rowOf(2, { PRDLST_NM: '' }), { other: 1 }, 7, rowOf(3)])
    const report = await test.catalog.importItems([file], {
      offer: 'demo',
      onRejected: (row) => rejected.push(row),
    })
    expect(report).toMatchObject({ read: 5, added: 2, rejected: 3 })
    expect(rejected).toMatchObject([
      { file, line: 13, code: 'missing', statementNumber: '200400160002' },
      { file, line: 21, code: 'unknown_shape' },
      { file, line: 24, code: 'unknown_shape' },
    ])
    expect(rejected[0]?.message.ko).toContain('품목명')
  })

  it('ends the same when it is killed in the middle and runs again', async () => {
    const rows = Array.from({ length: 1_300 }, (_, index) => rowOf(index))
    const file = await fileOf(rows)
    await test.catalog.importItems([file], { offer: 'demo' })
    const whole = await contents()
    await sql`truncate catalog.item cascade`.execute(test.database.db)

    const kill = new AbortController()
    const first = await test.catalog.importItems([file], {
      offer: 'demo',
      signal: kill.signal,
      onProgress: () => kill.abort(),
    })
    expect(first).toMatchObject({ added: 500, stopped: true })
    expect(await contents()).toEqual(whole.slice(0, 500))
    const second = await test.catalog.importItems([file], { offer: 'demo' })
    expect(second).toMatchObject({ read: 1_300, added: 800, unchanged: 500, stopped: false })
    expect(await contents()).toEqual(whole)
  })

  it('keeps what came before a truncation, and refuses pages and error answers clearly', async () => {
    const good = await fileOf([rowOf(1), rowOf(2)], 'good.json')
    const cut = join(folder, 'cut.json')
    await writeFile(cut, JSON.stringify([rowOf(3), rowOf(4)]).slice(0, -10))
    const html = join(folder, 'page.json')
    await writeFile(html, '<html><body>접근이 차단되었습니다</body></html>')
    const limit = join(folder, 'limit.json')
    await writeFile(limit, JSON.stringify({ RESULT: { CODE: 'INFO-300', MSG: '호출건수 초과' } }))
    const report = await test.catalog.importItems([cut, html, limit, join(folder, 'none.json'), good], {
      offer: 'demo',
    })
    expect(report).toMatchObject({
      read: 3,
      added: 3,
      refusedFiles: [
        { file: cut, code: 'truncated' },
        { file: html, code: 'html_page' },
        { file: limit, code: 'quota_exceeded' },
        { file: expect.stringContaining('none.json'), code: 'unreadable' },
      ],
    })
    expect(report.refusedFiles[2]?.message.ko).toContain('호출건수 초과')
    expect(await contents()).toHaveLength(3)
  })

  it('lets two imports of the same file run at once', async () => {
    const file = await fileOf(Array.from({ length: 700 }, (_, index) => rowOf(index)))
    const reports = await Promise.all([1, 2].map(() => test.catalog.importItems([file], { offer: 'demo' })))
    expect(reports.reduce((sum, report) => sum + report.added, 0)).toBe(700)
    expect(await contents()).toHaveLength(700)
  })
})

describe('seeding', () => {
  it('adds what is missing, the same everywhere, and shows a living shop', async () => {
    expect(await test.catalog.isEmpty()).toBe(true)
    const progress: number[] = []
    const options = { count: 1_500, seed: 'a', onProgress: (done: number) => progress.push(done) }
    await sql`update catalog.search_rules set version = 0`.execute(test.database.db)
    expect(await test.catalog.seedItems(options)).toEqual({ added: 1_500 })
    const { rows } = await sql`select version from catalog.search_rules`.execute(test.database.db)
    expect(rows).toEqual([{ version: searchRulesVersion }])
    expect(progress).toEqual([1_000, 1_500])
    const before = await contents()
    expect(await test.catalog.seedItems(options)).toEqual({ added: 0 })
    expect(await test.catalog.seedItems({ count: 1_501, seed: 'a' })).toEqual({ added: 1 })
    expect((await contents()).slice(0, 1_500)).toEqual(before)
    const pages = await Array.fromAsync(test.catalog.itemPages(400))
    expect(pages.map((page) => page.length)).toEqual([400, 400, 400, 301])
    expect(pages.flat()[0]).toMatchObject({ id: expect.any(String), realPrice: expect.any(Number) })
    expect(await test.catalog.isEmpty()).toBe(false)
  })

  it('makes the demo shop twice without doubling it', async () => {
    expect(await test.catalog.seedDemo()).toMatchObject({ added: 305, rejected: 0 })
    expect(await test.catalog.seedDemo()).toMatchObject({ added: 0 })
    expect(await contents()).toHaveLength(305)
  })
})

describe('search documents', () => {
  it('are rebuilt once when the rules became newer, and never by older rules', async () => {
    await test.catalog.importItems([await fileOf([rowOf(1), rowOf(2)])], { offer: 'demo' })
    const before = await contents()
    await sql`update catalog.item set search_doc = 'old'`.execute(test.database.db)
    expect(await rebuildSearchDocuments(test.database.db)).toBe(0)
    await sql`update catalog.search_rules set version = ${searchRulesVersion - 1}`.execute(test.database.db)
    expect(await rebuildSearchDocuments(test.database.db)).toBe(2)
    expect(await contents()).toEqual(before)
    await sql`update catalog.search_rules set version = ${searchRulesVersion + 1}`.execute(test.database.db)
    await sql`update catalog.item set search_doc = 'newer'`.execute(test.database.db)
    expect(await rebuildSearchDocuments(test.database.db)).toBe(0)
    await sql`update catalog.search_rules set version = ${searchRulesVersion}`.execute(test.database.db)
  })
})
