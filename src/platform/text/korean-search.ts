/**
 * Korean text for searching: what is compared, and how a document and a word are spelled so that one is found inside the
 * other. The catalogue of the shop and that of the library build their documents and queries of these parts.
 *
 * A document is stored in one column with a trigram index (`gin (search_doc gin_trgm_ops)`); a query's terms are
 * looked for in it with LIKE. Terms consist of letters and digits only, so they never carry a LIKE wildcard.
 *
 * Why jamo: the document holds text taken apart into the letters that are typed (홍삼 → ㅎㅗㅇㅅㅏㅁ, 과 → ㄱㅗㅏ, 값 → ㄱㅏㅂㅅ).
 * - A trigram index needs three characters; a two-syllable word has four to six letters, so the usual query uses it.
 * - A half-typed last block is a plain prefix: 오메ㄱ, 오멕 and 오메가 are ㅇㅗㅁㅔㄱ(ㅏ); 비타미 is inside 비타민.
 *   Only the last block is loose (간 also finds 가나…); a query's start always falls on the start of a block, because
 *   in Korean a consonant followed by a vowel always opens one.
 * - One open block (뼈 = ㅃㅕ) would be too short for the index, so the document ends with a field of all blocks' first
 *   two letters, each followed by ㆎ: 뼈 looks for ㅃㅕㆎ. What stays too short, and is answered by a scan, is a single
 *   initial, two Latin letters, and digits alone.
 *
 * Initial consonants (초성) stand in the same column as a further field in which every unit is followed by ㆍ
 * (U+318D; like ㆎ a letter to PostgreSQL, and stripped from all other text): ㅎㅅ → ㅎㆍㅅㆍ. That makes two initials four
 * characters, enough for the index, and keeps them from matching inside ordinary words.
 *
 * Needs a database with a UTF-8 character type (C.UTF-8 or ko_KR): with plain "C" Korean yields no trigrams.
 */
const initials = [...'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ']
const vowels = 'ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ'.split(' ')
const finals =
  ' ㄱ ㄲ ㄱㅅ ㄴ ㄴㅈ ㄴㅎ ㄷ ㄹ ㄹㄱ ㄹㅁ ㄹㅂ ㄹㅅ ㄹㅌ ㄹㅍ ㄹㅎ ㅁ ㅂ ㅂㅅ ㅅ ㅆ ㅇ ㅈ ㅊ ㅋ ㅌ ㅍ ㅎ'.split(
    ' ',
  )
/** Compound letters as they are typed. Keyboards turn the initials ㄱㅅ into ㄳ, so these occur in queries. */
const compounds: Readonly<Record<string, string>> = {
  ㄳ: 'ㄱㅅ',
  ㄵ: 'ㄴㅈ',
  ㄶ: 'ㄴㅎ',
  ㄺ: 'ㄹㄱ',
  ㄻ: 'ㄹㅁ',
  ㄼ: 'ㄹㅂ',
  ㄽ: 'ㄹㅅ',
  ㄾ: 'ㄹㅌ',
  ㄿ: 'ㄹㅍ',
  ㅀ: 'ㄹㅎ',
  ㅄ: 'ㅂㅅ',
  ㅘ: 'ㅗㅏ',
  ㅙ: 'ㅗㅐ',
  ㅚ: 'ㅗㅣ',
  ㅝ: 'ㅜㅓ',
  ㅞ: 'ㅜㅔ',
  ㅟ: 'ㅜㅣ',
  ㅢ: 'ㅡㅣ',
}
const initialMark = 'ㆍ'
const openMark = 'ㆎ'

/** Longest query that is looked at, in characters; the rest is ignored. */
export const maxQueryLength = 100
/** Most words of a query that are looked at; the rest is ignored. */
export const maxQueryWords = 8
/**
 * One form for texts that mean the same: composed Hangul, lower case, full-width and compatibility letters made
 * plain (㎎ → mg), loose old-style jamo made typeable, 주식회사 = (주). Keeps spaces and punctuation.
 */
export function plain(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[^\u3131-\u318e]+/gu, (run) => run.normalize('NFKC'))
    .replace(/[\u1100-\u1112]/gu, (jamo) => initials[jamo.charCodeAt(0) - 0x1100] ?? '')
    .toLowerCase()
    .replaceAll('주식회사', ' 주 ')
}

/**
 * Text as it is compared: see above, and only letters and digits are left, so neither spacing nor punctuation
 * matters (`Omega-3 ` = `omega3`, `오메가 3` = `오메가3`).
 */
export function normalise(text: string): string {
  return plain(text).replace(/[^\p{L}\p{N}]|[ㆍㆎ]/gu, '')
}

/** Normalised text as typed letters: 홍삼 → ㅎㅗㅇㅅㅏㅁ. Latin letters and digits stay. */
export function jamoOf(text: string): string {
  let letters = ''
  for (const character of normalise(text)) {
    const index = character.charCodeAt(0) - 0xac00
    if (index >= 0 && index < 11_172) {
      letters += initials[Math.floor(index / 588)] ?? ''
      letters += vowels[Math.floor((index % 588) / 28)] ?? ''
      letters += finals[index % 28] ?? ''
    } else letters += compounds[character] ?? character
  }
  return letters
}

/** Initial consonants of each syllable, doubled ones kept: 꿀 비타민C → ㄲㅂㅌㅁc. Other letters and digits stay. */
export function choseongOf(text: string): string {
  let letters = ''
  for (const character of normalise(text)) {
    const index = character.charCodeAt(0) - 0xac00
    letters +=
      index >= 0 && index < 11_172
        ? (initials[Math.floor(index / 588)] ?? '')
        : (compounds[character] ?? character)
  }
  return letters
}

/** Whether a query is made of initial consonants only (ㅇㅁㄱ3 counts: Latin letters and digits may stand between). */
export function isChoseongQuery(query: string): boolean {
  return /^[a-z\d]*[ㄱ-ㅎ][ㄱ-ㅎa-z\d]*$/u.test(normalise(query))
}

const marked = (choseong: string): string => [...choseong].map((unit) => unit + initialMark).join('')

/** The first two letters of every block, marked: 홍삼 → ㅎㅗㆎㅅㅏㆎ. */
const openings = (jamo: string): readonly string[] =>
  (jamo.match(/[ㄱ-ㅎ][ㅏ-ㅣ]/gu) ?? []).map((pair) => pair + openMark)

/** The term that finds a normalised word. */
export function termOf(word: string): string {
  const jamo = jamoOf(word)
  return /^[ㄱ-ㅎ][ㅏ-ㅣ]$/u.test(jamo) ? jamo + openMark : jamo
}

/**
 * The term that finds a Latin letter which stands alone (비타민 D), and not one inside a word. As a field of a document
 * it holds all such letters of a text.
 */
export function letterTerm(letters: readonly string[]): string {
  return letters.length === 0 ? '' : openMark + letters.map((letter) => letter + openMark).join('')
}

/**
 * The document of some texts: fields of typed letters separated by one space (a term has none, so it never matches
 * across fields): the texts, the initials of those that are Korean, and the openings of their blocks.
 */
export function documentOf(texts: readonly string[]): string {
  const filled = [...new Set(texts.map(normalise))].filter((text) => text !== '')
  const ofInitials = filled.filter((text) => /[가-힣]/u.test(text)).map((text) => marked(choseongOf(text)))
  const letters = filled.map(jamoOf)
  return [...letters, ...ofInitials, [...new Set(letters.flatMap(openings))].join('')]
    .filter((field) => field !== '')
    .join(' ')
}

/** The words of a query as they are looked for: normalised, each once, no more than {@link maxQueryWords}. */
export function queryWords(asked: string): readonly string[] {
  const words = [...new Set(asked.split(/\s+/u).map(normalise))].filter((word) => word !== '')
  return words.slice(0, maxQueryWords)
}

/** The part of a query that is looked at, in {@link plain} form. */
export function askedText(query: string): string {
  return plain(query.slice(0, maxQueryLength).toWellFormed())
}

/** The term that finds a normalised word of initial consonants. */
export function initialsTerm(word: string): string {
  return marked(choseongOf(word))
}

/** The LIKE pattern of a term. Safe as it is: terms hold letters and digits only. */
export function likePattern(term: string): string {
  return `%${term}%`
}

/** The same decision as the SQL makes, for lists that are already in memory and for tests. */
export function matches(document: string, terms: readonly (readonly string[])[]): boolean {
  return terms.every((group) => group.some((term) => document.includes(term)))
}
