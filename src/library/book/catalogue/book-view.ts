import Type, { type Static } from 'typebox'
import { orNull } from '../../../platform/http/schemas.ts'
import type { TitleRow } from '../title-store.ts'

const Count = Type.Integer({ minimum: 0 })

const described = {
  id: Type.String(),
  title: Type.String(),
  author: Type.String(),
  publisher: Type.String(),
  year: orNull(Type.Integer()),
  isbn: orNull(Type.String({ description: '13 digits' })),
  callNumber: Type.String({ description: '청구기호' }),
  kdc: Type.String({ description: '한국십진분류' }),
  cover: orNull(Type.String(), 'Address of a picture elsewhere, as records have it; it is not shown here'),
  picture: orNull(
    Type.String(),
    'Picture of the cover: `/api/books/pictures/{picture}-320.webp` and as wide as 160, 640, 1280 and `full`; null: none',
  ),
}

export const BookSummarySchema = Type.Object({
  ...described,
  available: Type.Integer({ minimum: 0, description: 'Copies on the shelf now, counted' }),
  waiting: Type.Integer({ minimum: 0, description: 'Patrons in the queue' }),
})
export type BookSummary = Static<typeof BookSummarySchema>

export const BookSchema = Type.Object({
  ...described,
  series: Type.String({ description: '총서명' }),
  seriesVolume: Type.String({ description: 'Its number in the series' }),
  edition: Type.String({ description: '판사항' }),
  extent: Type.String({ description: '형태사항: pages or pieces' }),
  subjects: Type.String({ description: 'With a semicolon between them' }),
  state: Type.Enum(['lendable', 'withdrawn']),
  version: Type.Integer({ minimum: 1 }),
  stock: Type.Object({
    available: Count,
    onLoan: Count,
    onShelf: Type.Integer({ minimum: 0, description: 'On the hold shelf, each for one patron' }),
    damaged: Count,
    lost: Count,
    waiting: Type.Integer({ minimum: 0, description: 'Patrons in the queue' }),
  }),
})
export type BookView = Static<typeof BookSchema>

export type DescribedRow = Pick<
  TitleRow,
  | 'id'
  | 'title'
  | 'author'
  | 'publisher'
  | 'published_year'
  | 'isbn'
  | 'call_number'
  | 'kdc'
  | 'cover'
  | 'picture'
>

/** What the catalogue says of a title, out of its row. */
export function describeTitle(row: DescribedRow) {
  return {
    id: row.id,
    title: row.title,
    author: row.author,
    publisher: row.publisher,
    year: row.published_year,
    isbn: row.isbn,
    callNumber: row.call_number,
    kdc: row.kdc,
    cover: row.cover,
    picture: row.picture,
  }
}

/** What is said of one title besides its stock: more than a list says. */
export function describeWhole(row: TitleRow): Omit<BookView, 'stock'> {
  const { series, series_volume: seriesVolume, edition, extent, subjects, state, version } = row
  return { ...describeTitle(row), series, seriesVolume, edition, extent, subjects, state, version }
}
