/**
 * What an import makes of a title of a file, as a pure rule. A title is the one with its ISBN; without an ISBN the one
 * its copies belong to; else the one that is described the same. So the same file again changes nothing.
 */
import { type Doubt, type ExchangedTitle, MOST_COPIES, type Rejection } from '../formats/exchanged-title.ts'

const FIELDS = [
  'title',
  'author',
  'publisher',
  'year',
  'isbn',
  'callNumber',
  'kdc',
  'cover',
  'series',
  'seriesVolume',
  'edition',
  'extent',
  'subjects',
] as const

/** What of a title the library says, and may say otherwise after an import. */
export type Described = Pick<ExchangedTitle, (typeof FIELDS)[number]>

/** A title the library has, or will have once what was decided so far is done. */
export interface KnownTitle {
  /** Undefined: new in this import. */
  readonly id: string | undefined
  readonly state: 'lendable' | 'withdrawn'
  readonly version: number
  described: Described
  /** Also of copies that are lost or withdrawn. */
  readonly barcodes: Set<string>
  /** Copies without barcodes in the file, for a new title. */
  unnamed: number
  /** What is added to it now. */
  readonly added: string[]
}

/** The titles a batch may be about. */
export interface Known {
  readonly byIsbn: Map<string, KnownTitle>
  readonly byBarcode: Map<string, KnownTitle>
  /** Titles without ISBN, by {@link keyOf}. */
  readonly byDescription: Map<string, KnownTitle>
}

export interface ImportWish {
  /** Whether known titles are described anew; they get new copies in any case. */
  readonly update: boolean
  /** Copies of new titles of which the file says nothing. */
  readonly copies: number
}

export interface FieldChange {
  readonly field: keyof Described
  readonly before: string | number | null
  readonly after: string | number | null
}

export type Decision =
  | { readonly kind: 'added'; readonly known: KnownTitle; readonly copies: number }
  | {
      readonly kind: 'changed'
      readonly known: KnownTitle
      readonly copies: number
      readonly changes: readonly FieldChange[]
    }
  | { readonly kind: 'unchanged'; readonly known: KnownTitle }
  | ({ readonly kind: 'rejected' } & Rejection)

/** A row of a file, read. */
export interface TitleRead {
  readonly title: ExchangedTitle
  readonly doubts: readonly Doubt[]
}

/** Titles without ISBN that have it in common are one. */
export const keyOf = ({ title, author, publisher, year }: Described) =>
  JSON.stringify([title, author, publisher, year])

/** Decides about one title, and notes it in `known`, so that the next one of the file is compared with it too. */
export function decideImport(known: Known, title: ExchangedTitle, wish: ImportWish): Decision {
  const found = knownTitle(known, title)
  if (found !== undefined && 'code' in found) return { kind: 'rejected', ...found }
  return found === undefined ? addTitle(known, title, wish) : changeTitle(known, found, title, wish)
}

function knownTitle(known: Known, title: ExchangedTitle): KnownTitle | Rejection | undefined {
  const byIsbn = title.isbn === null ? undefined : known.byIsbn.get(title.isbn)
  let found = byIsbn
  for (const barcode of title.barcodes) {
    const owner = known.byBarcode.get(barcode)
    if (owner === undefined || owner === found) continue
    const isOtherEdition = title.isbn !== null && owner.described.isbn !== null
    if (found !== undefined || isOtherEdition) return { code: 'barcode_elsewhere', about: barcode }
    found = owner
  }
  return found ?? (title.isbn === null ? known.byDescription.get(keyOf(title)) : undefined)
}

function addTitle(known: Known, title: ExchangedTitle, wish: ImportWish): Decision {
  const { barcodes, copies, ...described } = title
  const unnamed = Math.max(0, (copies ?? (barcodes.length > 0 ? 0 : wish.copies)) - barcodes.length)
  if (barcodes.length + unnamed > MOST_COPIES) return { kind: 'rejected', code: 'too_many_copies', about: '' }
  const added: KnownTitle = {
    id: undefined,
    state: 'lendable',
    version: 1,
    described,
    barcodes: new Set(barcodes),
    unnamed,
    added: [...barcodes],
  }
  note(known, added)
  return { kind: 'added', known: added, copies: barcodes.length + unnamed }
}

function changeTitle(
  known: Known,
  found: KnownTitle,
  title: ExchangedTitle,
  { update }: ImportWish,
): Decision {
  const { barcodes, copies: _, ...described } = title
  const fresh = barcodes.filter((barcode) => !found.barcodes.has(barcode))
  const changes = update ? changesOf(found.described, described) : []
  if (fresh.length + changes.length === 0) return { kind: 'unchanged', known: found }
  if (found.state === 'withdrawn') return { kind: 'rejected', code: 'book_withdrawn', about: '' }
  if (found.barcodes.size + found.unnamed + fresh.length > MOST_COPIES)
    return { kind: 'rejected', code: 'too_many_copies', about: '' }
  for (const barcode of fresh) {
    found.barcodes.add(barcode)
    found.added.push(barcode)
  }
  found.described = {
    ...found.described,
    ...Object.fromEntries(changes.map(({ field, after }) => [field, after])),
  }
  note(known, found)
  return { kind: 'changed', known: found, copies: fresh.length, changes }
}

function note(known: Known, title: KnownTitle): void {
  if (title.described.isbn === null) known.byDescription.set(keyOf(title.described), title)
  else known.byIsbn.set(title.described.isbn, title)
  for (const barcode of title.barcodes) known.byBarcode.set(barcode, title)
}

/** What the file says otherwise. What it leaves blank erases nothing, but for the number in a series it has left; an ISBN
 * stays what it is. */
function changesOf(before: Described, after: Described): FieldChange[] {
  return FIELDS.flatMap((field) => {
    const isLeft = field === 'seriesVolume' && after.series !== '' && after.series !== before.series
    const isBlank = (after[field] === null || after[field] === '') && !isLeft
    const isKept = field === 'isbn' && before.isbn !== null
    return isBlank || isKept || before[field] === after[field]
      ? []
      : [{ field, before: before[field], after: after[field] }]
  })
}
