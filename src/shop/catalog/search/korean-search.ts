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
  jamoOf,
  letterTerm,
  maxQueryWords,
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
  /** The same, every one of them. */
  readonly all: RegExp
}

/** How the letters of vitamins are said: 비타민씨 is 비타민C. */
const letterNames: Readonly<Record<string, string>> = {
  에이: 'a',
  비: 'b',
  씨: 'c',
  시: 'c',
  디: 'd',
  이: 'e',
  케이: 'k',
}
const saidVitamin = /(비타민|바이타민)\s*(에이|케이|비|씨|시|디|이)(?![가-힣])/gu

/** Plain text with the letters of vitamins as letters. */
function withLetters(text: string): string {
  return text.replace(
    saidVitamin,
    (_, vitamin: string, name: string) => vitamin + (letterNames[name] ?? name),
  )
}

/** The Latin letters of a text that stand alone, each once. */
function loneLetters(text: string): string[] {
  return [...new Set(withLetters(plain(text)).match(/(?<![a-z])[a-z](?![a-z])/gu) ?? [])]
}

const gap = '[^\\p{L}\\p{N}]*'
const groups: readonly Synonyms[] = synonymGroups.map((names) => {
  const patterns = names.map((name) => {
    const words = (plain(name).match(/\p{Script=Hangul}|[a-z]+|\d+/gu) ?? []).join(gap)
    const before = /^[a-z]/u.test(words) ? '(?<![a-z])' : ''
    const after = /[a-z]$/u.test(words) ? '(?![a-z])' : /\d$/u.test(words) ? '(?!\\d)' : ''
    return before + words + after
  })
  const pattern = patterns.join('|')
  const members = [...new Set(names.map(normalise))]
  return { members, found: new RegExp(pattern, 'u'), all: new RegExp(pattern, 'gu') }
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
 * matches across fields): name, enterprise, all spellings of ingredients in the name, the initials of these, the
 * openings of their blocks, and the letters that stand alone in the name.
 */
export function searchDocumentOf(item: Searchable): string {
  const document = documentOf([item.name, item.enterprise, ...synonymsIn(item.name)])
  const letters = letterTerm(loneLetters(item.name))
  return letters === '' ? document : `${document} ${letters}`
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

/** Fewest characters of what stands beside an ingredient's name to be a word of its own. */
const leastRest = { hangul: 2, other: 3 } as const

/**
 * A word of a query, and the ingredient's name it begins or ends with as a word of its own: 홍삼젤리 looks for what 홍삼 젤리
 * looks for, 비타민c for 비타민 and the letter. What is left is long enough to be a word, else they stay one (홍삼정).
 */
function partsOf(word: string): readonly string[] {
  const own = normalise(word)
  const members = groups.flatMap((group) => group.members).filter((member) => own !== member)
  const longest = (fits: (member: string) => boolean) =>
    members.filter(fits).toSorted((a, b) => b.length - a.length)[0]
  const first = longest((member) => own.startsWith(member) && isWord(own.slice(member.length)))
  if (first !== undefined) return [first, own.slice(first.length)]
  const last = longest((member) => own.endsWith(member) && isWord(own.slice(0, -member.length)))
  return last === undefined ? [own] : [own.slice(0, -last.length), last]
}

function isWord(rest: string): boolean {
  if (isLetter(rest)) return true
  return rest.length >= (/^[가-힣]/u.test(rest) ? leastRest.hangul : leastRest.other)
}

const isLetter = (word: string) => /^[a-z]$/u.test(word)

/** What a name begins with, or is, that a query asks for as a whole: the letters of the query in all its spellings. */
export function wholeTermsOf(query: string): readonly string[] {
  const asked = withLetters(askedText(query))
  const whole = normalise(asked)
  if (whole === '') return []
  const named = groups.find((group) => group.members.includes(whole))
  return (named?.members ?? alternativesOf(whole)).map(jamoOf)
}

/**
 * What a query looks for: groups joined by AND, the terms of a group by OR. Words may stand in any order and any
 * spacing. An empty list means that nothing searchable was typed (the caller then applies no keyword filter).
 */
export function searchTermsOf(query: string): readonly (readonly string[])[] {
  // "red ginseng" and "오메가 3" are one name although written apart, also with other words around them.
  const asked = groups.reduce((text, { all }) => text.replace(all, normalise), withLetters(askedText(query)))
  const whole = normalise(asked)
  if (whole === '') return []
  if (groups.some((group) => group.members.includes(whole))) return [[termOf(whole)]]
  const words = queryWords(asked).flatMap((word) => (isChoseongQuery(word) ? [word] : partsOf(word)))
  return [...new Set(words)].slice(0, maxQueryWords).map((word) => {
    if (isLetter(word)) return [letterTerm([word])]
    if (isChoseongQuery(word)) return [initialsTerm(word)]
    const meant = koreanKeys(word)
    return [...alternativesOf(word).map(termOf), ...(meant === undefined ? [] : [meant])]
  })
}
