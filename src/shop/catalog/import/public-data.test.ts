import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { categoriesOf } from '../rules/categories.ts'
import c003 from '../samples/demo/mfds-c003.json' with { type: 'json' }
import htfs from '../samples/demo/mfds-htfs.json' with { type: 'json' }
import { type ImportedItem, importedFields, parseOfficialRow } from './public-data.ts'
import { envelopeOf } from './public-envelope.ts'

const row = {
  PRDLST_REPORT_NO: '200400150395',
  PRDLST_NM: '영양칼슘비타민',
  BSSH_NM: '고려인삼과학주식회사',
  PRMS_DT: '20040302',
  POG_DAYCNT: '제조일로부터 2년',
  CSTDY_MTHD: '',
  PRIMARY_FNCLTY: '①뼈와 치아 형성에 필요\r\n①체내 에너지 생성에 필요',
}

function itemOf(value: unknown): ImportedItem {
  const read = parseOfficialRow(value)
  if (read.kind === 'rejected') throw new Error(`${read.code} ${read.field}`)
  return read.item
}

function itemsOf(answer: unknown): ImportedItem[] {
  const envelope = envelopeOf(answer)
  return envelope.kind === 'rows' ? envelope.rows.map(itemOf) : []
}

describe('the demo files', () => {
  test('hold five and three items that read without loss', () => {
    expect(itemsOf(c003)).toHaveLength(5)
    expect(itemsOf(htfs)).toHaveLength(3)
  })

  test('both shapes give the same item, but for what HtfsInfoService03 does not have', () => {
    const full = new Map(itemsOf(c003).map((item) => [item.statementNumber, item]))
    for (const item of itemsOf(htfs)) {
      const same = full.get(item.statementNumber)
      expect(JSON.stringify(item)).toBe(
        JSON.stringify({ ...same, rawMaterials: '', shape: '', updatedDate: null }),
      )
    }
  })

  test('fields land where they belong', () => {
    const item = itemsOf(c003)[4]
    expect(item).toMatchObject({
      statementNumber: '2004001510027',
      name: '고려홍삼분말캡슐',
      enterprise: '(주)일화',
      distributionPeriod: '제조일로부터 2년',
      appearance: '투명한 경질캡슐',
      servingUse: '1일 3회, 1회 3캡슐을 물과 함께 섭취',
      preservation: '',
      rawMaterials: '홍삼분말(진세노사이드 Rg1,Rb1 및 Rg3의 합 0.4%), 젤라틴',
      shape: '캡슐',
    })
    expect(String(item?.registeredDate)).toBe('2004-04-13')
    expect(String(item?.updatedDate)).toBe('2017-04-11')
    expect(item?.intakeHint).toMatch(/^1\. .*주의\n2\. /u)
    expect(item?.baseStandard).toContain('붕해도')
  })

  test('have the categories a reader would give them', () => {
    expect(itemsOf(c003).map((item) => categoriesOf(item.mainFunction))).toEqual([
      ['BONE', 'ANTIOXIDANT'],
      ['BONE', 'ANTIOXIDANT'],
      ['INTESTINE'],
      ['INTESTINE'],
      ['BRAIN', 'ANTIOXIDANT', 'FATIGUE'],
    ])
  })
})

describe('parseOfficialRow', () => {
  test('the registered date comes from the report date, never from a storage or shelf-life text', () => {
    expect(
      itemOf({ ...row, PRMS_DT: '', CSTDY_MTHD: '20200101', POG_DAYCNT: '20200101' }).registeredDate,
    ).toBeNull()
  })

  test('keeps the number as text and accepts it as a number', () => {
    expect(itemOf({ ...row, PRDLST_REPORT_NO: ' 002004001510027' }).statementNumber).toBe('002004001510027')
    expect(itemOf({ ...row, PRDLST_REPORT_NO: 200400150395 }).statementNumber).toBe('200400150395')
  })

  test('reads rows of a downloaded file by their Korean column names', () => {
    const item = itemOf({
      '\ufeff품목제조번호': '2004001510027',
      품목명: '홍삼',
      업소명: '㈜일화',
      '보고 일자': '2004-04-13',
      '섭취시 주의사항': '주의',
      원재료명: '홍삼',
    })
    expect(item).toMatchObject({ name: '홍삼', intakeHint: '주의', rawMaterials: '홍삼', mainFunction: '' })
    expect(String(item.registeredDate)).toBe('2004-04-13')
  })

  test('unwraps {item: {...}} and ignores fields it does not know', () => {
    expect(itemOf({ item: { ...row, EXTRA: { deep: true } } }).name).toBe('영양칼슘비타민')
  })

  test('a name is one line', () =>
    expect(itemOf({ ...row, PRDLST_NM: '영양\r\n칼슘' }).name).toBe('영양 칼슘'))

  test.each<[string, unknown, string, string | null]>([
    ['no row', null, 'unknown_shape', null],
    ['text', 'x', 'unknown_shape', null],
    ['a list', [row], 'unknown_shape', null],
    ['an unknown register', { BOOK: '1' }, 'unknown_shape', null],
    ['no name', { ...row, PRDLST_NM: ' \u0000\r\n' }, 'missing', 'name'],
    ['no maker', { ...row, BSSH_NM: undefined }, 'missing', 'enterprise'],
    ['no number', { ...row, PRDLST_REPORT_NO: null }, 'missing', 'statementNumber'],
    [
      'a short number',
      { ...row, PRDLST_REPORT_NO: '20040015039' },
      'bad_statement_number',
      'statementNumber',
    ],
    [
      'a long number',
      { ...row, PRDLST_REPORT_NO: '2004001503950000' },
      'bad_statement_number',
      'statementNumber',
    ],
    [
      'a spreadsheet number',
      { ...row, PRDLST_REPORT_NO: '2.004E+11' },
      'bad_statement_number',
      'statementNumber',
    ],
    [
      'full-width digits',
      { ...row, PRDLST_REPORT_NO: '２００４００１５０３９５' },
      'bad_statement_number',
      'statementNumber',
    ],
    ['an object for a text', { ...row, DISPOS: { a: 1 } }, 'bad_type', 'appearance'],
    ['a fraction for a text', { ...row, DISPOS: 1.5 }, 'bad_type', 'appearance'],
    ['too long a name', { ...row, PRDLST_NM: '가'.repeat(201) }, 'too_long', 'name'],
    ['too long a caution', { ...row, IFTKN_ATNT_MATR_CN: '가'.repeat(10_001) }, 'too_long', 'intakeHint'],
  ])('rejects %s', (_what, value, code, field) => {
    const read = parseOfficialRow(value)
    expect(read).toMatchObject({ kind: 'rejected', code, field })
    if (read.kind === 'rejected') {
      expect(read.message.ko).toMatch(/[가-힣]/u)
      expect(read.message.en).toMatch(/^[a-z\d ]+$/u)
    }
  })

  test('a date that cannot be read costs its field only, and is told', () => {
    const read = parseOfficialRow({ ...row, PRMS_DT: '20230229', LAST_UPDT_DTM: '어제' })
    expect(read).toMatchObject({
      kind: 'item',
      item: { registeredDate: null, updatedDate: null },
      unread: [
        { field: 'registeredDate', value: '20230229' },
        { field: 'updatedDate', value: '어제' },
      ],
    })
  })

  test('a row that is no JSON is damaged', () => {
    expect(parseOfficialRow(undefined)).toMatchObject({ kind: 'rejected', code: 'damaged' })
  })

  test('a rejected row can be found again by its number', () => {
    expect(parseOfficialRow({ ...row, PRDLST_NM: '' })).toMatchObject({ statementNumber: '200400150395' })
  })

  test('texts up to the limit pass', () => {
    expect(itemOf({ ...row, PRDLST_NM: '가'.repeat(200) }).name).toHaveLength(200)
  })

  test('never throws, and what it lets through can be stored', () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null), fc.integer(), fc.jsonValue())
    const rows = fc.record({
      PRDLST_REPORT_NO: fc.oneof(fc.constant('200400150395'), cell),
      PRDLST_NM: cell,
      BSSH_NM: cell,
      PRMS_DT: fc.oneof(fc.constantFrom('20040302', ''), cell),
      PRIMARY_FNCLTY: cell,
    })
    fc.assert(
      fc.property(fc.oneof(rows, fc.jsonValue()), (value) => {
        const read = parseOfficialRow(value)
        if (read.kind === 'rejected') return
        expect(read.item.statementNumber).toMatch(/^\d{12,15}$/u)
        for (const [field, rule] of Object.entries(importedFields)) {
          const text = Object.entries(read.item).find(([name]) => name === field)?.[1]
          if (typeof text === 'string') {
            expect(text.length).toBeLessThanOrEqual(rule.limit)
            expect(text).not.toContain('\u0000')
          }
        }
      }),
    )
  })
})
