import { encodeLetters } from '../../../platform/text/search-encoding.ts'
import { type Searchable, searchDocumentOf } from './korean-search.ts'

export { encodeLetters } from '../../../platform/text/search-encoding.ts'

/** What is stored as `search_doc` of an item. */
export function storedSearchDocument(item: Searchable): string {
  return encodeLetters(searchDocumentOf(item))
}
