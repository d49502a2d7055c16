import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joinSubjects } from '../rules/subjects.ts'
import { COLUMNS, placesIn, rowOfTitle, titleOfRow } from './csv-titles.ts'
import type { ExchangedTitle } from './exchanged-title.ts'

const head = placesIn(COLUMNS)
const read = (cells: readonly (string | number)[]) =>
  head.kind === 'places' && titleOfRow(cells.map(String), head.places, { unclassed: undefined })

const text = fc.string({
  unit: fc.constantFrom('가', '힣', 'A', 'é', '漢', '-', '"', ',', '1', '👍', '.'),
  minLength: 1,
  maxLength: 40,
})
const titles: fc.Arbitrary<ExchangedTitle> = fc
  .record({
    title: text,
    author: text,
    publisher: text,
    year: fc.option(fc.integer({ min: 1000, max: 2999 })),
    isbn: fc.constantFrom(null, '9788937460777'),
    callNumber: text,
    kdc: fc.constantFrom('813.6', '000'),
    cover: fc.constantFrom(null, 'https://covers.example.kr/1.jpg'),
    series: fc.oneof(text, fc.constant('')),
    seriesVolume: fc.oneof(text, fc.constant('')),
    edition: fc.oneof(text, fc.constant('')),
    extent: fc.oneof(text, fc.constant('')),
    subjects: fc.array(text, { maxLength: 3 }).map((each) => joinSubjects([...new Set(each)])),
    barcodes: fc.uniqueArray(fc.stringMatching(/^[A-Z0-9-]{4,32}$/), { maxLength: 5 }),
  })
  .map((title) => ({
    ...title,
    seriesVolume: title.series && title.seriesVolume,
    copies: title.barcodes.length,
  }))

it('a title that went out as a row comes back the same', () => {
  fc.assert(
    fc.property(titles, (title) => {
      expect(read(rowOfTitle(title))).toEqual({ kind: 'title', doubts: [], title })
    }),
  )
})

it('a row whose texts are too long is rejected, by the name of the column', () => {
  const cells = { title: '책', kdc: '000' }
  const row = (more: Partial<Record<(typeof COLUMNS)[number], string>>) =>
    read(COLUMNS.map((column) => ({ ...cells, ...more })[column as keyof typeof cells] ?? ''))
  const wrong = (about: string) => ({ kind: 'rejected', code: 'wrong_field', about })
  expect(row({ edition: '가'.repeat(201) })).toEqual(wrong('edition'))
  expect(row({ extent: '가'.repeat(201) })).toEqual(wrong('extent'))
  expect(row({ series: '가'.repeat(301) })).toEqual(wrong('series'))
  expect(row({ seriesVolume: '3' })).toEqual(wrong('seriesVolume'))
  const many = Array.from({ length: 400 }, (_, n) => String(n)).join(';')
  expect(row({ subjects: many })).toEqual(wrong('subjects'))
  expect(row({ subjects: ' 소설;소설 ;; 역사' })).toMatchObject({ title: { subjects: '소설 ; 역사' } })
})
