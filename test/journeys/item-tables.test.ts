/** The catalogue changed in bulk: a table goes out, comes back, is shown, and is done. */
import Type from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { XLSX } from '../../src/platform/http/input/table-body.ts'
import { readXlsx } from '../../src/platform/tables/read-xlsx.ts'
import { writeXlsx } from '../../src/platform/tables/write-xlsx.ts'
import { workbookOf } from '../../src/platform/tables/zip.fixture.ts'
import { expectBody } from '../support/api.ts'
import { at } from '../support/json.ts'
import { colleague, customer, type Person } from '../support/people.ts'
import { adminItem, changeItem, placeOrder, setStock, stockShelves } from '../support/shop.ts'
import { type System, startSystem } from '../support/system.ts'

const Facts = Type.Object({
  status: Type.String(),
  originPrice: Type.Integer(),
  discountPercent: Type.Number(),
  realPrice: Type.Integer(),
  onHand: Type.Integer(),
})
const Told = Type.Object({
  applied: Type.Boolean(),
  rows: Type.Integer(),
  changes: Type.Array(Type.Object({ itemId: Type.String(), before: Facts, after: Facts })),
  token: Type.String(),
})

let system: System
let merchant: Person
let items: string[]
beforeAll(async () => {
  system = await startSystem()
  items = (await stockShelves(system, 12)).slice(0, 3).map(({ id }) => id)
  merchant = await colleague(system, 'merchant')
  for (const itemId of items) {
    await changeItem(merchant, itemId, { status: 'on_sale', originPrice: 10_000, discountPercent: 0 })
    await setStock(merchant, itemId, 50)
  }
})
afterAll(() => system?.stop())

type Cells = [n: number, status: string, price: string, discount: string, delta: string]
async function tableOf(...rows: Cells[]): Promise<string> {
  const written = await Promise.all(
    rows.map(async ([n, ...cells]) => {
      const { version } = await adminItem(merchant, items[n] ?? '')
      return [items[n], version, ...cells].join(',')
    }),
  )
  return ['상품ID,버전,판매상태,정가,할인율,재고증감', ...written].join('\n')
}
const bring = (body: string, token?: string, reason = '가을 개편') =>
  merchant.api.post(
    `/api/admin/items/table?${new URLSearchParams({ reason, ...(token === undefined ? {} : { token }) })}`,
    { raw: { body, type: 'text/csv' } },
  )
const factsOf = async (n: number) => {
  const { status, originPrice, realPrice, stock } = await adminItem(merchant, items[n] ?? '')
  return [status, originPrice, realPrice, stock.onHand]
}

test('what goes out comes back unchanged, and is written for spreadsheets', async () => {
  const answer = await merchant.api.get('/api/admin/items/table.csv?status=on_sale')
  expect(answer.status).toBe(200)
  const csv = String(answer.body)
  for (const itemId of items) expect(csv).toContain(itemId)
  const told = expectBody(await bring(csv), 200, Told)
  expect([told.applied, told.changes]).toEqual([false, []])
})

test('as a workbook it goes out and comes back the same way, and files made to harm are refused', async () => {
  const answer = await fetch(`${system.url}/api/admin/items/table.xlsx?status=on_sale`, {
    headers: { authorization: `Bearer ${merchant.tokens.accessToken}`, 'accept-language': 'ko' },
  })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, XLSX])
  // Asked as all others do, its bytes are held against the document.
  expect((await merchant.api.get('/api/admin/items/table.xlsx?status=on_sale')).status).toBe(200)
  const read = await readXlsx(Buffer.from(await answer.arrayBuffer()), 2_000)
  if (read.kind !== 'table') throw new Error(read.kind)
  const [head, ...rows] = read.rows.map(({ cells }) => cells)
  const row = rows.find(([id]) => id === items[0]) ?? []
  const { version } = await adminItem(merchant, items[0] ?? '')
  const cells = [1, 5, 6, 8, 9].map((column) => row[column])
  expect(cells).toEqual([String(version), '판매중', '10000', '과세', '50'])
  const send = (body: Buffer, token?: string) =>
    merchant.api.post(
      `/api/admin/items/table?${new URLSearchParams({ reason: '엑셀', ...(token === undefined ? {} : { token }) })}`,
      { raw: { body, type: XLSX } },
    )
  // As a merchant types it: the price a number, the discount a percent.
  const changed = await writeXlsx([head ?? [], [...row.slice(0, 6), 11_000, '10%', '', 50, '']], '표')
  const told = expectBody(await send(changed), 200, Told)
  expect(told.changes.map(({ after }) => [after.originPrice, after.discountPercent])).toEqual([[11_000, 10]])
  expect(expectBody(await send(changed, told.token), 200, Told).applied).toBe(true)
  expect((await send(changed, told.token)).code).toBe('item_rows_wrong')
  await changeItem(merchant, items[0] ?? '', { originPrice: 10_000, discountPercent: 0 })

  expect((await send(Buffer.from('상품ID,버전'))).code).toBe('malformed_body')
  const bomb = workbookOf('', [
    { name: 'xl/sharedStrings.xml', content: Buffer.alloc(40 * 1024 * 1024, ' ') },
  ])
  expect((await send(bomb)).status).toBe(413)
  const long = Array.from(
    { length: 1_002 },
    (_, n) => `<row r="${n + 2}"><c r="A${n + 2}"><v>1</v></c></row>`,
  )
  const tooLong = workbookOf(
    `<row r="1"><c r="A1" t="str"><v>itemId</v></c><c r="B1" t="str"><v>version</v></c></row>${long.join('')}`,
  )
  expect((await send(tooLong)).code).toBe('item_rows_wrong')
})

test('a table is shown first, then done by its token, and never twice', async () => {
  const table = await tableOf(
    [0, '', '12000', '10', '+5'],
    [1, '숨김', '', '', ''],
    [2, '판매중', '10000', '0', ''],
  )
  const told = expectBody(await bring(table), 200, Told)
  expect(told).toMatchObject({ applied: false, rows: 3 })
  expect(
    told.changes
      .map(({ before, after }) => [before.realPrice, after.realPrice, after.status, after.onHand])
      .toSorted(),
  ).toEqual(
    [
      [10_000, 10_000, 'hidden', 50],
      [10_000, 10_800, 'on_sale', 55],
    ].toSorted(),
  )
  expect(await factsOf(0)).toEqual(['on_sale', 10_000, 10_000, 50])
  expect((await bring(table, 'of-another-preview')).code).toBe('item_table_differs')
  expect((await bring(table, told.token, '다른 사유')).code).toBe('item_table_differs')
  expect(await factsOf(1)).toEqual(['on_sale', 10_000, 10_000, 50])

  // Several at once: it is done once.
  const answers = await Promise.all(Array.from({ length: 5 }, () => bring(table, told.token)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(answers.filter(({ code }) => code === 'item_rows_wrong')).toHaveLength(4)
  expect([await factsOf(0), await factsOf(1)]).toEqual([
    ['on_sale', 12_000, 10_800, 55],
    ['hidden', 10_000, 10_000, 50],
  ])
  const history = await merchant.api.get(`/api/admin/items/${items[0]}/stock-changes?size=1`)
  expect(at(history.body, 'data', 0)).toMatchObject({
    delta: 5,
    onHand: 55,
    reason: '가을 개편',
  })
})

test('one wrong row, and nothing is changed; each is told by its line', async () => {
  const before = [await factsOf(0), await factsOf(2)]
  // Pieces that an unpaid order holds cannot be taken away.
  await placeOrder(await customer(system), items[2] ?? '', 3)
  const table = await tableOf([0, '', '15000', '', ''], [2, '', '', '', '-48'])
  const unknown = '01930003-7000-7000-8000-000000000001,1,숨김,,,'
  const late = `${items[1]},1,숨김,,,`
  const refused = await bring(`${table}\n${unknown}\n${late}`)
  expect(refused).toMatchObject({ status: 422, code: 'item_rows_wrong', body: { wrongRows: 3 } })
  expect(refused.body).toMatchObject({
    errors: [
      { field: 'rows.3', code: 'stock_below_held' },
      { field: 'rows.4', code: 'not_found' },
      { field: 'rows.5', code: 'item_changed_meanwhile' },
    ],
  })
  expect([await factsOf(0), await factsOf(2)]).toEqual(before)
  expect((await bring('이름,값\n1,2')).body).toMatchObject({ errors: [{ field: 'rows.1.itemId' }] })
})

test('an item is entered by hand, hidden until it has a price, and its texts are written anew', async () => {
  const item = {
    statementNumber: '991234567890',
    name: '직접 만든 루테인',
    enterprise: '건강제약',
    mainFunction: '눈 건강에 도움을 줄 수 있음',
  }
  const enter = (json: object) => merchant.api.post('/api/admin/items', { json })
  const Created = Type.Object({ id: Type.String(), version: Type.Integer(), status: Type.String() })
  const answers = await Promise.all(Array.from({ length: 4 }, () => enter(item)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
  const created = expectBody(
    answers.find(({ status }) => status === 201) ?? (await enter(item)),
    201,
    Created,
  )
  expect(created.status).toBe('hidden')
  expect((await enter(item)).body).toMatchObject({ code: 'item_number_known', itemId: created.id })
  expect((await system.api().get(`/api/items/${created.id}`)).status).toBe(404)
  const write = (version: number) =>
    merchant.api.send('PUT', `/api/admin/items/${created.id}/texts`, {
      json: { version, name: '새 이름 루테인', enterprise: '건강제약', mainFunction: item.mainFunction },
    })
  expectBody(await write(created.version), 200, Created)
  expect((await write(created.version)).code).toBe('item_changed_meanwhile')
  await changeItem(merchant, created.id, { status: 'on_sale', originPrice: 15_000 })
  await setStock(merchant, created.id, 3)
  const shown = await system.api().get(`/api/items/${created.id}`)
  expect(shown.body).toMatchObject({ name: '새 이름 루테인', realPrice: 15_000 })
  expect(JSON.stringify((await system.api().get('/api/items?keyword=새이름루테인')).body)).toContain(
    created.id,
  )
})

test('what has to be said of an item is written, brought by a table, and stands on its page', async () => {
  const itemId = items[0] ?? ''
  const patch = async (notice: object) =>
    merchant.api.send('PATCH', `/api/admin/items/${itemId}`, {
      json: { version: (await adminItem(merchant, itemId)).version, notice },
    })
  await changeItem(merchant, itemId, { status: 'on_sale' })
  const written = {
    origin: 'imported',
    importer: '(주)수입상사, 서울특별시 중구',
    country: '캐나다',
    importDeclared: false,
    contents: '54 g (600 mg × 90캡슐)',
    ingredients: '마리골드꽃추출물 20 %',
    nutrition: '열량 5 kcal',
    sideEffects: '알려진 것 없음',
    geneticallyModified: false,
  }
  expect((await patch({ origin: 'domestic', importer: '수입상사' })).code).toBe('notice_importer_of_domestic')
  expect((await patch({ phone: '전화' })).code).toBe('notice_phone_invalid')
  expect(at((await patch(written)).body, 'notice')).toMatchObject(written)
  const row = async () => {
    const list = await merchant.api.get('/api/admin/items?notice=incomplete&size=100')
    const data = at(list.body, 'data')
    return Array.isArray(data) ? data.find((one) => at(one, 'id') === itemId) : undefined
  }
  expect(at(await row(), 'noticeLacks')).toEqual(['importDeclared'])

  const csv = String((await merchant.api.get('/api/admin/items/table.csv?columns=notice')).body)
  expect(csv).toContain('54 g (600 mg × 90캡슐)')
  const told = expectBody(await bring(csv), 200, Told)
  expect(told.changes).toEqual([])
  const { version } = await adminItem(merchant, itemId)
  // Nobody has said yet that it was declared.
  const page = async () => (await fetch(new URL(`/items/${itemId}`, system.url))).text()
  expect(await page()).toMatch(/수입신고<\/dt><dd><span class="lines">상품 포장 표시 참조/)
  const changed = `상품ID,버전,소비자상담 전화번호,수입신고\n${itemId},${version},080-123-4567,필함`
  const { token } = expectBody(await bring(changed), 200, Told)
  expect(expectBody(await bring(changed, token), 200, Told).applied).toBe(true)

  for (const words of [
    '수입업소명과 소재지',
    '(주)수입상사',
    '캐나다',
    '54 g (600 mg × 90캡슐)',
    '질병의 예방 및 치료를 위한 의약품이 아닙니다',
    '080-123-4567',
    '수입식품안전관리 특별법에 따른 수입신고를 필함',
  ])
    expect(await page()).toContain(words)
  expect(await row()).toBeUndefined()
  const english = await (await fetch(new URL(`/en/items/${itemId}`, system.url))).text()
  expect(english).toContain('Ingredients and amounts')
  // Of an item of which nothing is written: the package says it, and the shop's telephone stands for its own.
  const { version: bare } = await adminItem(merchant, items[2] ?? '')
  await merchant.api.send('PATCH', `/api/admin/items/${items[2]}`, {
    json: {
      version: bare,
      notice: {
        contents: '',
        nutrition: '',
        geneticallyModified: null,
        origin: null,
        importer: '',
        country: '',
      },
    },
  })
  const plain = await (await fetch(new URL(`/items/${items[2]}`, system.url))).text()
  expect(plain).toMatch(/영양정보<\/dt><dd><span class="lines">상품 포장 표시 참조/)
  expect(plain).toContain('1588-0000')
})
