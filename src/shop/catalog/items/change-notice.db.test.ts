import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../platform/ids.ts'
import { readCsv } from '../../../platform/text/csv.ts'
import { adminItem, itemDetail } from '../browse/item-detail.ts'
import { addItem, openCatalog, type TestCatalog } from '../catalog.fixture.ts'
import { anyNotice } from '../rules/item-notice.fixture.ts'
import { lacksOf, NO_NOTICE } from '../rules/item-notice.ts'
import { changeItem } from './change-item.ts'
import { importSheet } from './import-sheet.ts'
import { listItemsForMerchant } from './list-items.ts'

let test: TestCatalog
beforeAll(async () => {
  test = await openCatalog()
})
afterAll(() => test.database.drop())

const deps = () => ({ db: test.database.db, clock: test.clock, committed: async () => {} })
async function known(itemId: string) {
  const item = await adminItem(test.database.db, itemId)
  if (!item) throw new Error('there is no such item')
  return item
}
const write = async (itemId: string, notice: Parameters<typeof changeItem>[1]['notice'], version?: number) =>
  changeItem(deps(), {
    itemId,
    version: version ?? (await known(itemId)).version,
    notice: notice ?? {},
    actorId: newId(),
  })
const audited = async (itemId: string) => {
  const { rows } = await sql<{ action: string; before: unknown; after: unknown }>`
    select action, before, after from platform.audit_entry where subject_id = ${itemId} order by at, id`.execute(
    test.database.db,
  )
  return rows
}

describe('the notice of an item', () => {
  it('is shown to customers as written, and nothing but it changes', async () => {
    const id = await addItem(test, { originPrice: 9_000, stock: 4 })
    const before = await known(id)
    expect(before.notice).toEqual(NO_NOTICE)
    const wrote = await write(id, { origin: 'domestic', contents: ' 60정 ', geneticallyModified: false })
    const notice = { ...NO_NOTICE, origin: 'domestic', contents: '60정', geneticallyModified: false }
    expect(wrote).toMatchObject({ kind: 'changed', item: { version: before.version + 1, notice } })
    expect(await itemDetail(test.database.db, id)).toMatchObject({ notice, realPrice: 9_000, available: 4 })
    // Who comes second, having seen what was: refused, and nothing is written.
    expect(await write(id, { contents: '90정' }, before.version)).toMatchObject({
      code: 'item_changed_meanwhile',
    })
    expect((await known(id)).notice.contents).toBe('60정')
    const [entry, ...more] = await audited(id)
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      action: 'item.changed',
      before: { notice: NO_NOTICE },
      after: { notice: { contents: '60정' } },
    })
  })

  it('changes nothing and tells nobody where all is as it was', async () => {
    const id = await addItem(test, {})
    await write(id, { contents: '60정' })
    const { version } = await known(id)
    expect(await write(id, { contents: '60정' })).toMatchObject({ item: { version } })
    expect(await audited(id)).toHaveLength(1)
  })

  it('has no importer of what is made here, not even in the database', async () => {
    const id = await addItem(test, {})
    expect(await write(id, { importer: '수입사' })).toMatchObject({ code: 'notice_importer_of_domestic' })
    await expect(
      sql`insert into catalog.item_notice (item_id, origin, importer) values (${id}, 'domestic', '수입사')`.execute(
        test.database.db,
      ),
    ).rejects.toThrow('item_notice_importer')
    await expect(
      sql`insert into catalog.item_notice (item_id, importer) values (${id}, '수입사')`.execute(
        test.database.db,
      ),
    ).rejects.toThrow('item_notice_importer')
    expect((await known(id)).notice).toEqual(NO_NOTICE)
  })

  it('was declared for import only where it is imported, not even for a release that knows nothing of it', async () => {
    const id = await addItem(test, {})
    const { db } = test.database
    const imported = {
      origin: 'imported',
      importer: '수입사',
      country: '미국',
      importDeclared: true,
    } as const
    expect(await write(id, { ...imported, origin: 'domestic' })).toMatchObject({
      code: 'notice_importer_of_domestic',
    })
    expect(await write(id, imported)).toMatchObject({ item: { notice: imported } })
    expect((await audited(id)).at(-1)).toMatchObject({
      before: { notice: { importDeclared: false } },
      after: { notice: { importDeclared: true } },
    })
    expect(await itemDetail(db, id)).toMatchObject({ notice: { importDeclared: true } })
    await sql`update catalog.item_notice set origin = 'domestic', importer = '', country = '' where item_id = ${id}`.execute(
      db,
    )
    await sql`update catalog.item_notice set origin = 'imported' where item_id = ${id}`.execute(db)
    expect((await known(id)).notice).toMatchObject({ origin: 'imported', importDeclared: false })
    const other = await addItem(test, {})
    await expect(
      sql`insert into catalog.item_notice (item_id, origin, import_declared) values (${other}, 'domestic', true)`.execute(
        db,
      ),
    ).rejects.toThrow('item_notice_declared')
    await write(other, { origin: 'domestic' })
    await expect(
      sql`update catalog.item_notice set import_declared = true where item_id = ${other}`.execute(db),
    ).rejects.toThrow('item_notice_declared')
  })

  it('is found by what is missing, as the rule says it, whatever is written', async () => {
    const id = await addItem(test, { name: '누락 검사용 상품' })
    const state = async (notice?: 'incomplete' | 'complete') =>
      (await listItemsForMerchant(test.database.db, { notice, page: 1, size: 100 })).data.find(
        (one) => one.id === id,
      )
    await fc.assert(
      fc.asyncProperty(
        anyNotice,
        fc.record({
          distributionPeriod: fc.constantFrom('', '2년'),
          preservation: fc.constantFrom('', ' \n', '서늘한 곳'),
          mainFunction: fc.constantFrom('', '눈 건강'),
          servingUse: fc.constantFrom('', '1일 1회'),
          intakeHint: fc.constantFrom('', '주의'),
        }),
        async (notice, texts) => {
          await sql`update catalog.item_text set distribution_period = ${texts.distributionPeriod},
            preservation = ${texts.preservation}, main_function = ${texts.mainFunction},
            serving_use = ${texts.servingUse}, intake_hint = ${texts.intakeHint}
            where item_id = ${id}`.execute(test.database.db)
          await write(id, notice)
          const lacks = lacksOf(notice, texts)
          expect((await known(id)).noticeLacks).toEqual(lacks)
          expect((await state())?.noticeLacks).toEqual(lacks)
          expect(await state(lacks.length > 0 ? 'complete' : 'incomplete')).toBeUndefined()
          expect(await state(lacks.length > 0 ? 'incomplete' : 'complete')).toBeDefined()
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('notices in a table', () => {
  const bring = (csv: string, token?: string) =>
    importSheet(deps(), { table: readCsv(csv), reason: '고시 정보', actorId: newId(), token })

  it('are told first, then written; empty cells leave what is there', async () => {
    const id = await addItem(test, {})
    await write(id, { origin: 'domestic', nutrition: '열량 5 kcal' })
    const { version } = await known(id)
    const csv = `상품ID,버전,내용량,영양정보,유전자변형\n${id},${version},"60정, 30일분",,해당 없음`
    const told = await bring(csv)
    if (told.kind === 'refused') throw new Error(told.code)
    expect(told.changes).toMatchObject([
      {
        itemId: id,
        notice: [
          { part: 'contents', before: '', after: '60정, 30일분' },
          { part: 'geneticallyModified', before: null, after: false },
        ],
      },
    ])
    expect((await known(id)).version).toBe(version)
    expect(await bring(csv, told.token)).toMatchObject({ applied: true, changes: [{ itemId: id }] })
    expect((await known(id)).notice).toMatchObject({
      origin: 'domestic',
      contents: '60정, 30일분',
      nutrition: '열량 5 kcal',
      geneticallyModified: false,
    })
    expect(await bring(csv, told.token)).toMatchObject({ code: 'item_rows_wrong' })
  })

  it('make of an imported item one that is made here', async () => {
    const id = await addItem(test, {})
    await write(id, { origin: 'imported', importer: '수입사', country: '미국', importDeclared: true })
    const { version } = await known(id)
    const csv = `상품ID,버전,제조구분,수입업소명과 소재지,제조국,수입신고\n${id},${version},국내 제조,,,`
    const told = await bring(csv)
    if (told.kind === 'refused') throw new Error(told.code)
    expect(await bring(csv, told.token)).toMatchObject({ applied: true })
    expect((await known(id)).notice).toEqual({ ...NO_NOTICE, origin: 'domestic' })
  })

  it('are refused by row where they contradict what is there, and nothing of the table is done', async () => {
    const [first, second] = [await addItem(test, {}), await addItem(test, {})]
    const csv = `상품ID,버전,내용량,수입업소명과 소재지\n${first},1,60정,\n${second},1,,수입사`
    expect(await bring(csv)).toMatchObject({
      code: 'item_rows_wrong',
      errors: [{ field: 'rows.3', code: 'notice_importer_of_domestic' }],
    })
    expect((await known(first)).notice).toEqual(NO_NOTICE)
  })
})
