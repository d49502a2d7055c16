import {
  askedText,
  documentOf,
  initialsTerm,
  isChoseongQuery,
  normalise,
  queryWords,
  termOf,
} from '../../../platform/text/korean-search.ts'
import { encodeLetters } from '../../../platform/text/search-encoding.ts'
import { isbn13Of } from './isbn.ts'

/** What of a title is searched. */
export interface Searchable {
  readonly title: string
  readonly author: string
  readonly publisher: string
  /** 13 digits. */
  readonly isbn: string | null
  readonly series: string
  readonly seriesVolume: string
}

/** What is stored as `search_doc` of a title. */
export function searchDocumentOf(book: Searchable): string {
  const { title, author, publisher, isbn, series, seriesVolume } = book
  return encodeLetters(documentOf([title, author, publisher, isbn ?? '', `${series} ${seriesVolume}`.trim()]))
}

/**
 * The terms all of which a title's document must contain. Spacing does not matter, words may stand in any order; an
 * ISBN is found with or without dashes, also by its old form of ten digits. Empty: nothing searchable was asked.
 */
export function searchTermsOf(query: string): readonly string[] {
  const isbn = isbn13Of(query)
  if (isbn !== undefined) return [isbn]
  const asked = askedText(query)
  if (normalise(asked) === '') return []
  return queryWords(asked).map((word) =>
    encodeLetters(isChoseongQuery(word) ? initialsTerm(word) : termOf(word)),
  )
}
