import { likePattern, searchTermsOf, wholeTermsOf } from './korean-search.ts'
import { encodeLetters } from './search-encoding.ts'

/** What a keyword looks for in stored search documents. */
export interface Asked {
  /** Patterns, of each group of which one must match; none when nothing searchable was typed. */
  readonly patterns: readonly (readonly string[])[]
  /** What a name is, or begins with, that is asked for as a whole. */
  readonly whole: readonly string[]
}

/** Keywords that are remembered: every ingredient is looked for in one, which takes longer than all else that is done with it. */
const MOST = 2_000
const known = new Map<string, Asked>()

/** What a keyword looks for. Those asked for again and again are not taken apart each time. */
export function askedBy(keyword: string): Asked {
  const before = known.get(keyword)
  if (before !== undefined) return before
  const asked = {
    patterns: searchTermsOf(keyword).map((group) => group.map((term) => likePattern(encodeLetters(term)))),
    whole: wholeTermsOf(keyword).map(encodeLetters),
  }
  if (known.size >= MOST) known.clear()
  known.set(keyword, asked)
  return asked
}
