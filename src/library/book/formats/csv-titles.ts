import { isbn13Of } from '../rules/isbn.ts'
import { joinSubjects, subjectsIn } from '../rules/subjects.ts'
import {
  type Doubt,
  type ExchangedTitle,
  isBarcode,
  KDC,
  MOST_CHARACTERS,
  MOST_COPIES,
  type ReadingRules,
  type ReadTitle,
} from './exchanged-title.ts'
import { tidy } from './isbd.ts'

/** Columns of a table of titles, in the order in which they go out. */
export const COLUMNS = [
  'title',
  'author',
  'publisher',
  'year',
  'isbn',
  'callNumber',
  'kdc',
  'copies',
  'barcodes',
  'cover',
  'edition',
  'extent',
  'subjects',
  'series',
  'seriesVolume',
] as const
type Column = (typeof COLUMNS)[number]

const NAMES: Readonly<Record<string, Column>> = {
  ...Object.fromEntries(COLUMNS.map((column) => [column.toLowerCase(), column])),
  제목: 'title',
  서명: 'title',
  저자: 'author',
  출판사: 'publisher',
  발행처: 'publisher',
  연도: 'year',
  출판연도: 'year',
  발행년도: 'year',
  청구기호: 'callNumber',
  분류기호: 'kdc',
  권수: 'copies',
  등록번호: 'barcodes',
  표지: 'cover',
  판사항: 'edition',
  형태사항: 'extent',
  주제: 'subjects',
  총서명: 'series',
  총서: 'series',
  총서번호: 'seriesVolume',
  총서권차: 'seriesVolume',
}

/** Where each column stands in a file. */
export type Places = Readonly<Partial<Record<Column, number>>>

/** Reads the line of headings. */
export function placesIn(
  head: readonly string[],
): { kind: 'places'; places: Places } | { kind: 'no_column'; column: Column } {
  const places: Partial<Record<Column, number>> = {}
  for (const [place, name] of head.entries()) {
    const column = NAMES[name.replaceAll(' ', '').toLowerCase()]
    if (column !== undefined) places[column] ??= place
  }
  const missing = (['title', 'kdc'] as const).find((column) => places[column] === undefined)
  return missing === undefined ? { kind: 'places', places } : { kind: 'no_column', column: missing }
}

/** A title out of a row. Here somebody wrote every cell for this, so what is wrong is rejected, not doubted. */
export function titleOfRow(cells: readonly string[], places: Places, { unclassed }: ReadingRules): ReadTitle {
  // What is written for spreadsheets has an apostrophe before what they would take for a formula.
  const cell = (column: Column) => tidy((cells[places[column] ?? -1] ?? '').replace(/^'(?=[=+\-@])/, ''))
  if (cells.some((text) => text.includes('\ufffd')))
    return { kind: 'rejected', code: 'bad_encoding', about: '' }
  if (cell('title') === '') return { kind: 'rejected', code: 'no_title', about: '' }
  const stated = cell('kdc')
  const kdc = stated === '' ? unclassed : stated
  if (kdc === undefined) return { kind: 'rejected', code: 'no_class', about: '' }
  const year = cell('year') === '' ? null : Number(cell('year'))
  const isbn = cell('isbn') === '' ? null : isbn13Of(cell('isbn'))
  const copies = cell('copies') === '' ? null : Number(cell('copies'))
  const barcodes = [
    ...new Set(
      cell('barcodes')
        .toUpperCase()
        .split(/[\s;|]+/)
        .filter((one) => one !== ''),
    ),
  ]
  const cover = cell('cover') === '' ? null : cell('cover')
  const texts = {
    title: cell('title'),
    author: cell('author'),
    publisher: cell('publisher'),
    callNumber: cell('callNumber'),
    edition: cell('edition'),
    extent: cell('extent'),
    series: cell('series'),
    seriesVolume: cell('seriesVolume'),
  }
  const subjects = subjectsIn(cell('subjects'))
  const wrong: (readonly [string, boolean])[] = [
    ['kdc', !KDC.test(kdc)],
    ['year', year !== null && !(Number.isInteger(year) && year >= 1000 && year <= 2999)],
    ['isbn', isbn === undefined],
    ['copies', copies !== null && !(Number.isInteger(copies) && copies >= 0 && copies <= MOST_COPIES)],
    ['barcodes', !barcodes.every(isBarcode)],
    ['seriesVolume', texts.series === '' && texts.seriesVolume !== ''],
    ['subjects', subjectsIn(joinSubjects(subjects)).length < subjects.length],
    ...Object.entries({ ...texts, cover: cover ?? '' }).map(
      ([name, text]) =>
        [name, [...text].length > MOST_CHARACTERS[name as keyof typeof MOST_CHARACTERS]] as const,
    ),
  ]
  const field = wrong.find(([, isWrong]) => isWrong)?.[0]
  if (field !== undefined || isbn === undefined)
    return { kind: 'rejected', code: 'wrong_field', about: field ?? 'isbn' }
  const doubts: Doubt[] = stated === '' ? [{ code: 'class_assumed', about: kdc }] : []
  return {
    kind: 'title',
    doubts,
    title: {
      ...texts,
      year,
      isbn,
      kdc,
      cover,
      subjects: joinSubjects(subjects),
      barcodes,
      copies,
    },
  }
}

/** The row of a title, its copies named: brought back it is the same title. */
export function rowOfTitle(title: ExchangedTitle): (string | number)[] {
  const cells: Record<Column, string | number> = {
    title: title.title,
    author: title.author,
    publisher: title.publisher,
    year: title.year ?? '',
    isbn: title.isbn ?? '',
    callNumber: title.callNumber,
    kdc: title.kdc,
    copies: title.barcodes.length,
    barcodes: title.barcodes.join(' '),
    cover: title.cover ?? '',
    edition: title.edition,
    extent: title.extent,
    subjects: title.subjects,
    series: title.series,
    seriesVolume: title.seriesVolume,
  }
  return COLUMNS.map((column) => cells[column])
}
