import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { won } from '../../../platform/money.ts'
import { importedFields, parseOfficialRow } from '../import/public-data.ts'
import { envelopeOf } from '../import/public-envelope.ts'
import { categoriesOf, categoryCodes } from '../rules/categories.ts'
import { between, demoOfferOf, diceOf, pick } from '../rules/demo-offer.ts'
import { matches, searchDocumentOf, searchTermsOf } from '../search/korean-search.ts'
import c003 from './demo/mfds-c003.json' with { type: 'json' }
import { claimsOf, maxSampleItems, sampleCatalogue, sampleNumberPrefix } from './sample-catalogue.ts'
import { sampleIngredients } from './sample-ingredients.ts'

const envelope = envelopeOf(c003)
const rows = (envelope.kind === 'rows' ? envelope.rows : []).flatMap((row) => {
  const read = parseOfficialRow(row)
  return read.kind === 'item' ? [read.item] : []
})
const many = [...sampleCatalogue(rows, 'test', 4_000)]
const text = (value: unknown) => JSON.stringify(value)

describe('sampleCatalogue', () => {
  test('is the same every time, and a longer one begins like a shorter one', () => {
    expect(text([...sampleCatalogue(rows, 'test', 50)])).toBe(text(many.slice(0, 50)))
    expect(text([...sampleCatalogue(rows, 'other', 50)])).not.toBe(text(many.slice(0, 50)))
  })

  test('numbers are valid, unique and outside the register', () => {
    const numbers = many.map(({ item }) => item.statementNumber)
    expect(new Set(numbers).size).toBe(many.length)
    for (const number of numbers) expect(number).toMatch(/^9999\d{11}$/u)
    for (const row of rows) expect(row.statementNumber.startsWith(sampleNumberPrefix)).toBe(false)
  })

  test('fits every limit of an imported item', () => {
    for (const { item } of many) {
      for (const [field, value] of Object.entries(item)) {
        const rule = Object.entries(importedFields).find(([name]) => name === field)?.[1]
        if (typeof value === 'string') {
          expect(value).not.toBe('')
          expect(value.length).toBeLessThanOrEqual(rule?.limit ?? 0)
        }
      }
    }
  })

  test('spreads over all nine categories, makers, prices, discounts, stock and years', () => {
    for (const code of categoryCodes) {
      expect(many.filter(({ categories }) => categories.includes(code)).length).toBeGreaterThan(
        many.length / 40,
      )
    }
    const share = (counts: (entry: (typeof many)[number]) => boolean) =>
      many.filter(counts).length / many.length
    expect(new Set(many.map(({ item }) => item.enterprise)).size).toBe(100)
    expect(new Set(many.map(({ item }) => item.name)).size).toBeGreaterThan(many.length * 0.8)
    expect(share(({ offer }) => offer.discountRate === 0)).toBeCloseTo(0.4, 1)
    expect(share(({ offer }) => offer.stock === 0)).toBeCloseTo(0.03, 1)
    expect(share(({ offer }) => offer.originPrice > 100_000)).toBeGreaterThan(0.1)
    expect(new Set(many.map(({ item }) => item.registeredDate?.year)).size).toBe(22)
  })

  test('items can be searched for by their ingredient', () => {
    const found = many.filter(({ item }) => matches(searchDocumentOf(item), searchTermsOf('red ginseng')))
    expect(found.length).toBeGreaterThan(10)
    for (const { item } of found) expect(item.name).toContain('홍삼')
  })

  test('works without real rows', () => {
    for (const { item } of sampleCatalogue([], 'x', 20)) expect(item.intakeHint).not.toBe('')
  })

  test.each([-1, 0.5, maxSampleItems + 1])('%s is not a number of items', (count) => {
    expect(() => [...sampleCatalogue(rows, 'x', count)]).toThrow(RangeError)
  })
})

test('claims of a real main function come apart', () => {
  expect(claimsOf('①면역력 증진②피로개선\n① 기억력')).toEqual(['면역력 증진', '피로개선', '기억력'])
  expect(claimsOf('')).toEqual([])
})

test('every category has an ingredient of its own', () => {
  const covered = new Set(sampleIngredients.flatMap(({ mainFunction }) => categoriesOf(mainFunction)))
  expect([...covered].toSorted()).toEqual([...categoryCodes].toSorted())
})

describe('demo offers', () => {
  test('are the same for the same number and differ between numbers', () => {
    expect(demoOfferOf('200400150395')).toEqual(demoOfferOf('200400150395'))
    expect(new Set(rows.map((row) => text(demoOfferOf(row.statementNumber)))).size).toBe(rows.length)
  })

  test('never change: an import of years ago agrees', () => {
    expect(demoOfferOf('2004001510027')).toEqual({ originPrice: won(20_600), discountRate: 60, stock: 411 })
  })

  test('stay within what they promise', () => {
    fc.assert(
      fc.property(fc.string(), (number) => {
        const { originPrice, discountRate, stock } = demoOfferOf(number)
        expect(originPrice).toBeGreaterThanOrEqual(5_000)
        expect(originPrice).toBeLessThanOrEqual(150_000)
        expect(originPrice % 100).toBe(0)
        expect(discountRate).toBeLessThanOrEqual(500)
        expect(discountRate % 10).toBe(0)
        expect(Number.isInteger(stock) && stock >= 0 && stock <= 500).toBe(true)
      }),
    )
  })

  test('dice are fair enough and keep to their bounds', () => {
    const dice = diceOf('fair')
    const throws = Array.from({ length: 6_000 }, () => between(dice, 1, 6))
    for (const face of [1, 2, 3, 4, 5, 6]) {
      expect(Math.abs(throws.filter((thrown) => thrown === face).length - 1_000)).toBeLessThan(150)
    }
    expect(() => pick(dice, [])).toThrow(RangeError)
  })
})
