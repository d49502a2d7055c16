import { subjectsIn } from '../rules/subjects.ts'
import type { ExchangedTitle } from './exchanged-title.ts'
import { tidy } from './isbd.ts'
import type { MarcField, MarcRecord, Subfield } from './record.ts'

/** So many copies fit into a record of ISO 2709, with the longest barcodes. */
export const COPIES_OF_RECORD = 1_000

/** New (n) book (a, m) in UTF-8 (a), with ISBD-less description; lengths are counted when it is written. */
const LEADER = '00000nam a2200000   4500'

export interface StoredTitle extends ExchangedTitle {
  readonly id: string
  /** Day of the latest change. */
  readonly changedOn: Temporal.PlainDate
}

/**
 * A title as KORMARC, read by MARC 21 systems too; what {@link titleOfRecord} reads of it is the title again. More
 * copies than fit go into further records of the same title.
 */
export function recordsOfTitle(title: StoredTitle): MarcRecord[] {
  const parts = Math.max(1, Math.ceil(title.barcodes.length / COPIES_OF_RECORD))
  return Array.from({ length: parts }, (_, part) => ({
    leader: LEADER,
    fields: [
      ...description(title),
      ...title.barcodes
        .slice(part * COPIES_OF_RECORD, (part + 1) * COPIES_OF_RECORD)
        .map((barcode) => field('049', '0 ', ['l', barcode])),
      ...names(title),
    ].toSorted((a, b) => (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0)),
  }))
}

function description({ id, changedOn, ...title }: StoredTitle): MarcField[] {
  const [shelf = '', ...marks] = tidy(title.callNumber).split(' ')
  const imprint: Subfield[] = [
    ...(title.publisher === '' ? [] : [['b', tidy(title.publisher)] as const]),
    ...(title.year === null ? [] : [['c', String(title.year)] as const]),
  ]
  return [
    { tag: '001', value: id },
    { tag: '005', value: `${changedOn.toString().replaceAll('-', '')}000000.0` },
    { tag: '008', value: codedData(title, changedOn) },
    ...(title.isbn === null ? [] : [field('020', '  ', ['a', title.isbn])]),
    field('056', '  ', ['a', title.kdc]),
    ...(shelf === ''
      ? []
      : [field('090', '  ', ['a', shelf], ...(marks.length === 0 ? [] : [['b', marks.join(' ')] as const]))]),
    field('245', '00', ['a', tidy(title.title)]),
    ...textField('250', title.edition),
    ...(imprint.length === 0 ? [] : [field('260', '  ', ...imprint)]),
    ...textField('300', title.extent),
    ...seriesField(title),
    // Of no list: which one a subject is from is not known here.
    ...subjectsIn(title.subjects).flatMap((subject) => textField('653', subject)),
    ...(title.cover === null ? [] : [field('856', '40', ['3', '표지'], ['u', tidy(title.cover)])]),
  ]
}

const names = ({ author }: ExchangedTitle) =>
  author
    .split(/\s*;\s*/)
    .map(tidy)
    .flatMap((name) => (name === '' ? [] : [field('700', '1 ', ['a', name])]))

/** Not traced (0): no heading of ours stands for it. */
const seriesField = ({ series, seriesVolume }: Pick<ExchangedTitle, 'series' | 'seriesVolume'>) =>
  tidy(series) === ''
    ? []
    : [
        field(
          '490',
          '0 ',
          ['a', tidy(series)],
          ...(tidy(seriesVolume) === '' ? [] : [['v', tidy(seriesVolume)] as const]),
        ),
      ]

/** 008: date entered, date of publication, and blanks or `|` (no attempt to code) for all that is not known here. */
function codedData({ year }: Pick<ExchangedTitle, 'year'>, changedOn: Temporal.PlainDate): string {
  const entered = changedOn.toString().replaceAll('-', '').slice(2)
  const date = year === null ? 'n||||||||' : `s${year}    `
  return `${entered}${date}${'|'.repeat(25)}`
}

const textField = (tag: string, text: string) =>
  tidy(text) === '' ? [] : [field(tag, '  ', ['a', tidy(text)])]

const field = (tag: string, indicators: string, ...subfields: Subfield[]): MarcField => ({
  tag,
  indicators,
  subfields,
})
