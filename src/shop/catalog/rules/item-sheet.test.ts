import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv, writeCsv } from '../../../platform/text/csv.ts'
import { anyNotice } from './item-notice.fixture.ts'
import { NO_NOTICE } from './item-notice.ts'
import { type ItemToShow, itemSheet, MOST_ITEM_ROWS, readItemSheet } from './item-sheet.ts'

const ID = '01930003-7000-7000-8000-000000000001'
const read = (text: string) => readItemSheet(readCsv(text))
const table = (...rows: string[]) =>
  ['상품ID,버전,판매상태,정가,할인율,재고증감,과세구분', ...rows].join('\n')

const anyItem: fc.Arbitrary<ItemToShow> = fc.record({
  itemId: fc.uuid(),
  version: fc.integer({ min: 1, max: 1_000 }),
  statementNumber: fc.stringMatching(/^[0-9]{12}$/),
  name: fc.string({ minLength: 1, maxLength: 40 }),
  enterprise: fc.constantFrom('건강제약', '=1+1', '"따옴표", 회사'),
  status: fc.constantFrom('on_sale', 'sold_out', 'hidden'),
  originPrice: fc.integer({ min: 0, max: 100_000_000 }),
  discountPercent: fc.integer({ min: 0, max: 1_000 }).map((permille) => permille / 10),
  taxFree: fc.boolean(),
  onHand: fc.integer({ min: 0, max: 1_000_000 }),
  notice: anyNotice,
})

describe('a table of items', () => {
  it('comes back as it went out, in either language', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyItem, { selector: ({ itemId }) => itemId, maxLength: 5 }),
        fc.constantFrom('ko', 'en'),
        (items, language) => {
          const { rows, errors } = read(writeCsv(itemSheet(items, language)))
          expect(errors).toEqual([])
          expect(rows.map(({ row: _row, ...one }) => one)).toEqual(
            items.map(({ itemId, version, status, originPrice, discountPercent, taxFree }) => ({
              itemId,
              version,
              status,
              originPrice,
              discountPercent,
              taxFree,
            })),
          )
        },
      ),
    )
  })

  it('comes back with its notices as they went out, where they say something', () => {
    fc.assert(
      fc.property(anyItem, fc.constantFrom('ko', 'en'), (item, language) => {
        const { rows, errors } = read(writeCsv(itemSheet([item], language, 'notice')))
        expect(errors).toEqual([])
        const [row] = rows
        expect({ ...NO_NOTICE, ...row?.notice }).toEqual(item.notice)
        expect(Object.keys(row ?? {})).not.toContain('originPrice')
      }),
    )
    const minus = { ...NO_NOTICE, nutrition: '-열량 5 kcal' }
    const [item] = fc.sample(anyItem, 1)
    if (!item) throw new Error('no sample')
    expect(read(writeCsv(itemSheet([{ ...item, notice: minus }], 'ko', 'notice'))).rows[0]?.notice).toEqual({
      nutrition: '-열량 5 kcal',
    })
  })

  it.each([
    ['제조구분', '해외', 'origin'],
    ['수입신고', '모름', 'importDeclared'],
    ['유전자변형', '모름', 'geneticallyModified'],
    ['소비자상담 전화번호', '02', 'phone'],
    ['제조국', '가'.repeat(101), 'country'],
  ])('says what is wrong in %s', (head, cell, column) => {
    expect(read(`상품ID,버전,${head}\n${ID},1,${cell}`)).toMatchObject({
      rows: [],
      errors: [{ field: `rows.2.${column}` }],
    })
  })

  it('takes back a declaration', () => {
    for (const [cell, importDeclared] of [
      ['미신고', false],
      ['Not declared', false],
      ['필함', true],
    ] as const)
      expect(read(`상품ID,버전,수입신고\n${ID},1,${cell}`).rows).toMatchObject([
        { notice: { importDeclared } },
      ])
  })

  it('leaves what a cell leaves empty, and reads what spreadsheets make of numbers', () => {
    expect(read(table(`${ID},3,,"12,000",12.5%,+30`)).rows).toEqual([
      { row: 2, itemId: ID, version: 3, originPrice: 12_000, discountPercent: 12.5, stockDelta: 30 },
    ])
    expect(read(table(`${ID},3,,,,`)).rows).toEqual([{ row: 2, itemId: ID, version: 3 }])
    expect(read(table(`${ID},3,,,,,면세`)).rows).toEqual([{ row: 2, itemId: ID, version: 3, taxFree: true }])
    expect(read(table(`${ID},3,,,,,taxed`)).rows).toEqual([
      { row: 2, itemId: ID, version: 3, taxFree: false },
    ])
  })

  it.each([
    ['nonsense,1,,,,', 'itemId'],
    [`${ID},0,,,,`, 'version'],
    [`${ID},,,,,`, 'version'],
    [`${ID},1,세일,,,`, 'status'],
    [`${ID},1,,,,,비과세`, 'tax'],
    [`${ID},1,,-5,,`, 'originPrice'],
    [`${ID},1,,1.5,,`, 'originPrice'],
    [`${ID},1,,100000001,,`, 'originPrice'],
    [`${ID},1,,,12.34,`, 'discountPercent'],
    [`${ID},1,,,,많이`, 'stockDelta'],
  ])('says what is wrong with %s', (row, column) => {
    expect(read(table(row))).toMatchObject({ rows: [], errors: [{ field: `rows.2.${column}` }] })
  })

  it('names an item once, needs its head, and is not too long', () => {
    expect(read(table(`${ID},1,,,,`, `${ID},1,숨김,,,`)).errors).toMatchObject([
      { field: 'rows.3.itemId', code: 'twice' },
    ])
    expect(read('이름,값\n1,2').errors).toMatchObject([{ field: 'rows.1.itemId' }])
    const many = Array.from({ length: MOST_ITEM_ROWS + 1 }, () => `${ID},1,,,,`)
    expect(read(table(...many))).toMatchObject({
      rows: [],
      errors: [{ field: `rows.${MOST_ITEM_ROWS + 2}.itemId` }],
    })
  })
})
