import { type FieldError, refused } from '../../../platform/refusal.ts'
import { isbn13Of } from '../rules/isbn.ts'
import { searchDocumentOf } from '../rules/search.ts'
import { joinSubjects, subjectsIn } from '../rules/subjects.ts'

/** What a librarian states of a title. */
export interface BookDescription {
  title: string
  author: string
  publisher: string
  year: number | null
  /** 10 or 13 digits, dashes allowed. */
  isbn: string | null
  callNumber: string
  kdc: string
  cover: string | null
  /** 총서명. */
  series: string
  /** Only in a series. */
  seriesVolume: string
  edition: string
  extent: string
  /** With a semicolon between them. */
  subjects: string
}

/** The columns of a described title. Refusals: invalid_request with the fields that are wrong. */
export function titleColumns(described: BookDescription) {
  const title = described.title.trim()
  const isbn = described.isbn === null ? null : isbn13Of(described.isbn)
  const subjects = subjectsIn(described.subjects)
  const kept = joinSubjects(subjects)
  const errors: FieldError[] = [
    ...(title === '' ? [wrong('title', '제목을 입력해 주세요.', 'Please state the title.')] : []),
    ...(isbn === undefined
      ? [
          wrong(
            'isbn',
            'ISBN이 올바르지 않습니다(확인 숫자 포함).',
            'This is not an ISBN; check its last digit.',
          ),
        ]
      : []),
    ...(described.series.trim() === '' && described.seriesVolume.trim() !== ''
      ? [
          wrong(
            'seriesVolume',
            '총서명 없이 총서 번호만 둘 수 없습니다.',
            'A number in a series needs the name of the series.',
          ),
        ]
      : []),
    ...(subjectsIn(kept).length < subjects.length
      ? [wrong('subjects', '주제어가 너무 많습니다.', 'These are too many subjects.')]
      : []),
  ]
  if (errors.length > 0 || isbn === undefined) return refused('invalid_request', { errors })
  const { author, publisher, year, callNumber, kdc, cover, edition, extent } = described
  const series = described.series.trim()
  const seriesVolume = described.seriesVolume.trim()
  return {
    kind: 'columns' as const,
    columns: {
      title,
      author: author.trim(),
      publisher: publisher.trim(),
      published_year: year,
      isbn,
      call_number: callNumber.trim(),
      kdc,
      cover,
      series,
      series_volume: seriesVolume,
      edition: edition.trim(),
      extent: extent.trim(),
      subjects: kept,
      search_doc: searchDocumentOf({ title, author, publisher, isbn, series, seriesVolume }),
    },
  }
}

const wrong = (field: string, ko: string, en: string): FieldError => ({
  field: `body.${field}`,
  code: 'invalid',
  message: { ko, en },
})
