/**
 * Korean search: what is stored for an item, and what a query looks for in it.
 *
 * **One column** `search_doc text NOT NULL` with `CREATE INDEX … USING gin (search_doc gin_trgm_ops)`, filled from
 * {@link searchDocumentOf} whenever name or enterprise change, and for all items when `synonyms.ts` changed. A query becomes {@link searchTermsOf}: a list of
 * groups; an item is found when **every** group has **some** term inside the document:
 * ```sql
 * WHERE search_doc LIKE ANY (ARRAY['%ㅎㅗㅇㅅㅏㅁ%', …]) AND search_doc LIKE ANY (ARRAY[…])   -- patterns: likePattern(term)
 * ```
 * Terms consist of letters and digits only, so they never carry a LIKE wildcard.
 *
 * How text becomes letters, and why, is told in platform/text/korean-search.ts.
 */
import { koreanKeys } from '../../../platform/text/keyboard.ts'
import {
  askedText,
  documentOf,
  initialsTerm,
  isChoseongQuery,
  normalise,
  plain,
  queryWords,
  termOf,
} from '../../../platform/text/korean-search.ts'
import { synonymGroups } from './synonyms.ts'

export {
  choseongOf,
  isChoseongQuery,
  jamoOf,
  likePattern,
  matches,
  maxQueryWords,
  normalise,
} from '../../../platform/text/korean-search.ts'

/** Most spellings tried for one word. */
const maxAlternatives = 12

interface Synonyms {
  /** Normalised members, without duplicates. */
  readonly members: readonly string[]
  /** Finds a member in plain text: Latin ones as whole words, Korean ones anywhere, any spacing. */
  readonly found: RegExp
}

const gap = '[^\\p{L}\\p{N}]*'
const groups: readonly Synonyms[] = synonymGroups.map((names) => {
  const patterns = names.map((name) => {
    const words = (plain(name).match(/\p{Script=Hangul}|[a-z]+|\d+/gu) ?? []).join(gap)
    const before = /^[a-z]/u.test(words) ? '(?<![a-z])' : ''
    const after = /[a-z]$/u.test(words) ? '(?![a-z])' : /\d$/u.test(words) ? '(?!\\d)' : ''
    return before + words + after
  })
  return { members: [...new Set(names.map(normalise))], found: new RegExp(patterns.join('|'), 'u') }
})

/** All spellings of the ingredients named in a text, normalised; the text's own spelling is among them. */
export function synonymsIn(text: string): readonly string[] {
  const plainText = plain(text)
  return [...new Set(groups.filter((group) => group.found.test(plainText)).flatMap((group) => group.members))]
}

/** What is known of an item when its document is made. */
export interface Searchable {
  readonly name: string
  readonly enterprise: string
}

/**
 * The text stored in `search_doc`: fields of typed letters separated by one space (a term has none, so it never
 * matches across fields): name, enterprise, all spellings of ingredients in the name, the initials of these, and the
 * openings of their blocks.
 */
export function searchDocumentOf(item: Searchable): string {
  return documentOf([item.name, item.enterprise, ...synonymsIn(item.name)])
}

/**
 * One word of a query, normalised, and the same with the ingredient named in it in its other spellings
 * (밀크씨슬골드 → 밀크시슬골드). A word that is nothing but an ingredient's name needs none: the document already holds
 * every spelling, there found as a whole word, whereas iron as a bare term would also find Environ.
 */
export function alternativesOf(word: string): readonly string[] {
  const own = normalise(word)
  const alternatives = new Set([own])
  for (const { members } of groups) {
    // The longest member that occurs: 종합비타민 must not be taken for 비타민 first.
    const member = members.filter((each) => own.includes(each)).toSorted((a, b) => b.length - a.length)[0]
    if (member === undefined || member === own) continue
    for (const other of members) alternatives.add(own.replace(member, other))
  }
  return [...alternatives].slice(0, maxAlternatives)
}

/**
 * What a query looks for: groups joined by AND, the terms of a group by OR. Words may stand in any order and any
 * spacing. An empty list means that nothing searchable was typed (the caller then applies no keyword filter).
 */
export function searchTermsOf(query: string): readonly (readonly string[])[] {
  const asked = askedText(query)
  const whole = normalise(asked)
  if (whole === '') return []
  // "red ginseng" and "오메가 3" are one name although written apart.
  if (groups.some((group) => group.members.includes(whole))) return [[termOf(whole)]]
  return queryWords(asked).map((word) => {
    if (isChoseongQuery(word)) return [initialsTerm(word)]
    const meant = koreanKeys(word)
    return [...alternativesOf(word).map(termOf), ...(meant === undefined ? [] : [meant])]
  })
}
