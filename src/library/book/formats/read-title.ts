import { isbn13Of } from '../rules/isbn.ts'
import { joinSubjects, subjectsIn } from '../rules/subjects.ts'
import {
  type Doubt,
  type ExchangedTitle,
  isBarcode,
  MOST_CHARACTERS,
  type ReadingRules,
  type ReadTitle,
} from './exchanged-title.ts'
import {
  codedYear,
  headingName,
  kdcIn,
  mainClassOfDdc,
  namesIn,
  publisherName,
  tidy,
  withoutSign,
  yearIn,
} from './isbd.ts'
import { inOwnScript } from './linked-fields.ts'
import { properTitle } from './proper-title.ts'
import { controlOf, type DataField, fieldsOf, firstOf, type MarcRecord, valuesOf } from './record.ts'
import { seriesOf } from './series.ts'

/** Types of records that describe something one can lend (leader/06); authorities, holdings and classes are none. */
const BIBLIOGRAPHIC = 'acdefgijkmoprt'
const BETWEEN_NAMES = ' ; '

/** A title out of a record of MARC 21 or KORMARC. Rejections and doubts are told by code. */
export function titleOfRecord(given: MarcRecord, { unclassed }: ReadingRules): ReadTitle {
  const type = given.leader.charAt(6)
  if (given.leader.charAt(5) === 'd') return { kind: 'rejected', code: 'deleted_record', about: '' }
  if (type !== ' ' && !BIBLIOGRAPHIC.includes(type))
    return { kind: 'rejected', code: 'not_a_book', about: type }
  const record = inOwnScript(given)
  const doubts: Doubt[] = []
  const doubt = (code: Doubt['code'], about: string) => doubts.push({ code, about: about.slice(0, 80) })
  const cut = (name: keyof typeof MOST_CHARACTERS, text: string) => {
    const letters = [...text]
    if (letters.length <= MOST_CHARACTERS[name]) return text
    doubt('shortened', name)
    return letters.slice(0, MOST_CHARACTERS[name]).join('').trim()
  }
  const title = cut('title', properTitle(fieldsOf(record, '245')[0]))
  if (title === '') return { kind: 'rejected', code: 'no_title', about: '245' }
  const kdc = classOf(record, unclassed, doubt)
  if (kdc === undefined) return { kind: 'rejected', code: 'no_class', about: '056' }
  return {
    kind: 'title',
    doubts,
    title: {
      title,
      author: cut('author', authorsOf(record)),
      ...imprintOf(record, cut),
      isbn: isbnOf(record, doubt),
      callNumber: cut('callNumber', callNumberOf(record)),
      kdc,
      cover: coverOf(record),
      ...statedSeries(record, cut, doubt),
      edition: cut('edition', beginningOf(fieldsOf(record, '250')[0])),
      extent: cut('extent', beginningOf(fieldsOf(record, '300')[0])),
      subjects: subjectsOf(record, doubt),
      barcodes: barcodesOf(record, doubt),
      copies: null,
    },
  }
}

type Tell = (code: Doubt['code'], about: string) => void

/** Headings (100, 700 …); KORMARC has them in 7xx alone. Without any, the statement of responsibility. */
function authorsOf(record: MarcRecord): string {
  const headings = fieldsOf(record, '100', '110', '700', '710')
    // The author of another work that is only named here.
    .filter((field) => firstOf(field, 't') === '')
    .map((field) => headingName(valuesOf(field, 'ab').slice(0, 2).join(' ')))
    .filter((name) => name !== '')
  if (headings.length > 0) return [...new Set(headings)].join(BETWEEN_NAMES)
  const stated = valuesOf(fieldsOf(record, '245')[0], 'cde').flatMap(namesIn)
  return [...new Set(stated)].join(BETWEEN_NAMES)
}

function imprintOf(record: MarcRecord, cut: (name: 'publisher', text: string) => string) {
  // 264 with second indicator 1 is publication; 4 is copyright, for the year alone.
  const fields = [
    ...fieldsOf(record, '264').filter(({ indicators }) => indicators.charAt(1) === '1'),
    ...fieldsOf(record, '260'),
  ]
  const publisher =
    fields.map((field) => publisherName(firstOf(field, 'b'))).find((name) => name !== '') ?? ''
  const dated = [...fields, ...fieldsOf(record, '264')].map((field) => yearIn(firstOf(field, 'c')))
  const year = dated.find((one) => one !== null) ?? codedYear(controlOf(record, '008'))
  return { publisher: cut('publisher', publisher), year }
}

/** One series is kept. */
function statedSeries(
  record: MarcRecord,
  cut: (name: 'series' | 'seriesVolume', text: string) => string,
  doubt: Tell,
) {
  const [first, ...more] = seriesOf(record)
  for (const { series } of more) doubt('more_series', series)
  return {
    series: cut('series', first?.series ?? ''),
    seriesVolume: cut('seriesVolume', first?.volume ?? ''),
  }
}

/** The first `$a`, without the sign that announces what follows it: `352 p. :` is 352 p. */
function beginningOf(field: DataField | undefined): string {
  const last = field?.subfields.findLast(([code]) => code !== '6')
  return withoutSign(firstOf(field, 'a'), last?.[0] === 'a')
}

/** Headings with what divides them (650 topics, 651 places: `한국--역사`), then words of no list (653). */
function subjectsOf(record: MarcRecord, doubt: Tell): string {
  const headings = fieldsOf(record, '650', '651').map((field) =>
    valuesOf(field, 'avxyz').map(headingName).join('--'),
  )
  const words = fieldsOf(record, '653').flatMap((field) => valuesOf(field, 'a').map(headingName))
  const found = subjectsIn([...headings, ...words].join(';'))
  const subjects = joinSubjects(found)
  if (subjectsIn(subjects).length < found.length) doubt('shortened', 'subjects')
  return subjects
}

/** The first of a volume; qualifiers may stand behind the number (`8937460777 (v.1) :`), the price is in `$c`. */
function isbnOf(record: MarcRecord, doubt: Tell): string | null {
  let ofSet: string | undefined
  let unread: string | undefined
  for (const field of fieldsOf(record, '020')) {
    const text = firstOf(field, 'a')
    const digits = /^[\s0-9Xx–-]+/u.exec(tidy(text))?.[0].trim() ?? ''
    if (text === '') continue
    const isbn = isbn13Of(digits)
    const about = [text, ...valuesOf(field, 'qg')].join(' ')
    if (isbn === undefined) unread ??= tidy(text)
    else if (field.indicators.startsWith('1') || /세트|전집|\bset\b/iu.test(about)) ofSet ??= isbn
    else return isbn
  }
  if (ofSet !== undefined) doubt('isbn_of_set', ofSet)
  else if (unread !== undefined) doubt('isbn_unread', unread)
  return null
}

/** KDC (056), else what KORMARC libraries put before the author mark (090), else the main class out of DDC (082). */
function classOf(record: MarcRecord, unclassed: string | undefined, doubt: Tell): string | undefined {
  const own = ['056', '090', '852']
    .flatMap((tag) => fieldsOf(record, tag).flatMap((field) => valuesOf(field, tag === '852' ? 'h' : 'a')))
    .map(kdcIn)
    .find((kdc) => kdc !== undefined)
  if (own !== undefined) return own
  for (const ddc of fieldsOf(record, '082').flatMap((field) => valuesOf(field, 'a'))) {
    const main = mainClassOfDdc(ddc)
    if (main !== undefined) {
      doubt('class_of_ddc', tidy(ddc))
      return main
    }
  }
  if (unclassed !== undefined) doubt('class_assumed', unclassed)
  return unclassed
}

/** 청구기호: 090 of the library itself, else 852 of MARC 21, else 052 of the national library. */
function callNumberOf(record: MarcRecord): string {
  const found = [
    ...fieldsOf(record, '090').map((field) => valuesOf(field, 'abc')),
    ...fieldsOf(record, '852').map((field) => valuesOf(field, 'hi')),
    ...fieldsOf(record, '052').map((field) => valuesOf(field, 'abc')),
  ]
  return tidy(found.find((parts) => parts.length > 0)?.join(' ') ?? '')
}

/** 등록번호: KORMARC 049 `$l`, MARC 21 852 `$p`; each once. */
function barcodesOf(record: MarcRecord, doubt: Tell): string[] {
  const stated = [
    ...fieldsOf(record, '049').flatMap((field) => valuesOf(field, 'l')),
    ...fieldsOf(record, '852').flatMap((field) => valuesOf(field, 'p')),
  ]
  const barcodes = new Set<string>()
  for (const text of stated) {
    const barcode = tidy(text).toUpperCase()
    if (isBarcode(barcode)) barcodes.add(barcode)
    else doubt('barcode_unread', tidy(text))
  }
  return [...barcodes]
}

/** 856 that is an image or says so. */
function coverOf(record: MarcRecord): ExchangedTitle['cover'] {
  for (const field of fieldsOf(record, '856')) {
    const says = valuesOf(field, '3yz').join(' ')
    for (const address of valuesOf(field, 'u').map(tidy)) {
      const isImage = /\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)/i.test(address) || /표지|cover/iu.test(says)
      if (isImage && isShortAddress(address)) return address
    }
  }
  return null
}

const isShortAddress = (text: string) =>
  text.length <= MOST_CHARACTERS.cover && /^https?:$/.test(URL.parse(text)?.protocol ?? '')
