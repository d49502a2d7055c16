import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alternativesOf,
  choseongOf,
  isChoseongQuery,
  jamoOf,
  likePattern,
  matches,
  maxQueryWords,
  normalise,
  searchDocumentOf,
  searchTermsOf,
  synonymsIn,
} from './korean-search.ts'
import { synonymGroups } from './synonyms.ts'

const syllable = fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCharCode(code))
const word = fc.array(syllable, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
const finds = (query: string, name: string, enterprise = '(주)바람') =>
  matches(searchDocumentOf({ name, enterprise }), searchTermsOf(query))

describe('normalise', () => {
  test.each([
    ['Omega-3 ', 'omega3'],
    ['오메가 3', '오메가3'],
    ['오메가３', '오메가3'],
    ['비타민Ｃ 500㎎', '비타민c500mg'],
    ['비타민'.normalize('NFD'), '비타민'],
    ['(주)비피도', '주비피도'],
    ['주식회사 비피도', '주비피도'],
    ['㈜비피도', '주비피도'],
    ['눈ㆍ간·장', '눈간장'],
    ['%_\\', ''],
    ['ᄒᄉ', 'ㅎㅅ'],
  ])('%j → %j', (text, normal) => expect(normalise(text)).toBe(normal))

  test('twice is once, and no spacing or punctuation survives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = normalise(text.toWellFormed())
        expect(normalise(once)).toBe(once)
        expect(once).not.toMatch(/[\s%_\\ㆍㆎ]/u)
      }),
    )
  })
})

describe('jamo and initials', () => {
  test.each([
    ['홍삼', 'ㅎㅗㅇㅅㅏㅁ', 'ㅎㅅ'],
    ['과', 'ㄱㅗㅏ', 'ㄱ'],
    ['값', 'ㄱㅏㅂㅅ', 'ㄱ'],
    ['꿀 비타민C', 'ㄲㅜㄹㅂㅣㅌㅏㅁㅣㄴc', 'ㄲㅂㅌㅁc'],
    ['오메ㄱ', 'ㅇㅗㅁㅔㄱ', 'ㅇㅁㄱ'],
    ['ㄳ', 'ㄱㅅ', 'ㄱㅅ'],
    ['힣', 'ㅎㅣㅎ', 'ㅎ'],
    ['가', 'ㄱㅏ', 'ㄱ'],
    ['의사', 'ㅇㅡㅣㅅㅏ', 'ㅇㅅ'],
    ['빨래', 'ㅃㅏㄹㄹㅐ', 'ㅃㄹ'],
  ])('%s → %s, %s', (text, jamo, choseong) => {
    expect(jamoOf(text)).toBe(jamo)
    expect(choseongOf(text)).toBe(choseong)
  })

  test('agrees with the decomposition of Unicode for every syllable', () => {
    const wrong: string[] = []
    for (let code = 0xac00; code <= 0xd7a3; code += 1) {
      const text = String.fromCharCode(code)
      const decomposed = text.normalize('NFD')
      const shape = decomposed.length === 2 ? /^[ㄱ-ㅎ][ㅏ-ㅣ]{1,2}$/ : /^[ㄱ-ㅎ][ㅏ-ㅣ]{1,2}[ㄱ-ㅎ]{1,2}$/
      const initial = choseongOf(text)
      const right = initial === normalise(decomposed.charAt(0)) && jamoOf(text).startsWith(initial)
      if (!right || !shape.test(jamoOf(text))) wrong.push(text)
    }
    expect(wrong).toEqual([])
  })

  test.each([
    ['ㅎㅅ', true],
    ['ㅇㅁㄱ3', true],
    ['ㄲ ㄸ', true],
    ['ㄳ', true],
    ['홍ㅅ', false],
    ['ㅏ', false],
    ['omega', false],
    ['3', false],
    ['', false],
  ])('%j is a query of initials: %s', (query, expected) => expect(isChoseongQuery(query)).toBe(expected))
})

describe('finds', () => {
  test.each([
    ['영양칼슘', '영양칼슘비타민'],
    ['영양 칼슘', '영양칼슘비타민'],
    ['비타민 칼슘', '영양칼슘비타민'],
    ['영 양', '영양칼슘비타민'],
    ['칼슘비타민', '영양 칼슘 비타민'],
    ['오메ㄱ', '알티지 오메가3'],
    ['오멕', '알티지 오메가3'],
    ['비타미', '비타민C 1000'],
    ['비탐', '비타민C 1000'],
    ['ㅂㅌㅁ', '비타민C 1000'],
    ['ㅂㅌㅁc', '비타민C 1000'],
    ['ㅎㅅ', '고려홍삼분말캡슐'],
    ['뼈', '튼튼 뼈칼슘'],
    ['고', '튼튼관절'],
    ['뼈 ㅋㅅ', '튼튼 뼈칼슘'],
    ['ㄱㄹ ㅎㅅ', '고려홍삼분말캡슐'],
    ['ㄳ', '간수치'],
    ['오메가3', 'rTG Omega-3 1200'],
    ['오메가 3', 'OMEGA 3'],
    ['omega-3', '알티지 오메가3'],
    ['Omega 3', '알티지 오메가 3'],
    ['omeg', '알티지 오메가3'],
    ['vitamin', '멀티비타민'],
    ['red ginseng', '고려홍삼분말캡슐'],
    ['RED-GINSENG', '고려홍삼분말캡슐'],
    ['홍삼', 'Korean Red Ginseng Extract'],
    ['유산균', '키즈 프로바이오틱스'],
    ['probiotics', '장편한 유산균'],
    ['밀크시슬', '밀크씨슬 골드'],
    ['밀크씨슬골드', '밀크 시슬 골드'],
    ['코큐텐', '코엔자임Q10'],
    ['CoQ10', '코엔자임 큐텐 플러스'],
    ['folic acid', '임산부 엽산'],
    ['ㅎㅅ', 'Korean Red Ginseng'],
    ['밀크 thistle', '밀크씨슬'],
    ['프로폴리스', '프로폴리스\u200b 스프레이'],
    ['ghdtka', '고려홍삼분말캡슐'],
    ['qlxkals 1000', '비타민C 1000'],
    ['비타민 D', '비타민D 2000IU'],
    ['비타민d', '멀티비타민 D-칼슘'],
    ['비타민씨', '비타민C 1000'],
    ['비타민 씨 1000', '비타민C 1000'],
    ['비타민C', '유기농 비타민씨'],
    ['홍삼젤리', '홍삼 진한 젤리'],
    ['홍삼 젤리', '진한홍삼젤리'],
    ['고려홍삼', '홍삼정 고려'],
    ['omega3골드', '오메가3 더 골드'],
    ['오메가 3골드', 'Omega-3 골드'],
    ['omega3fish', '오메가3 Fish Oil'],
    ['red ginseng 젤리', '홍삼젤리'],
  ])('%j finds %j', (query, name) => expect(finds(query, name)).toBe(true))

  test.each([
    ['비피도', '지근억비피더스'],
    ['주식회사 비피도', '지근억비피더스'],
    ['비피도 지근억', '지근억비피더스'],
    ['ㅂㅍㄷ', '지근억'],
  ])('%j finds %j by its maker', (query, name) => expect(finds(query, name, '(주)비피도')).toBe(true))

  test.each([
    ['홍삼', '홍어'],
    ['ㅎㅅ', '비타민'],
    ['ㅎㄱ', '고려홍삼'],
    ['뼈', '튼튼칼슘'],
    ['철분', 'Environ 바디'],
    ['아연', '철분'],
    ['칼슘 홍삼', '영양칼슘비타민'],
    ['오메가3', '오메가6'],
    ['비피도다른', '비피도 캡슐'],
    ['비타민 D', '비타민E 400IU'],
    ['비타민 D', '비타민 Gold'],
    ['비타민씨', '비타민D 2000IU'],
    ['비타민 씨', '비타민 플러스 씨드'],
    ['홍삼정', '홍삼 저분자'],
  ])('%j does not find %j', (query, name) => expect(finds(query, name)).toBe(false))

  test('every query of a whole syllable or of two initials is long enough for a trigram index', () => {
    const initials = fc
      .array(fc.constantFrom(...'ㄱㄲㄴㅅㅎ'), { minLength: 2, maxLength: 5 })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(fc.oneof(word, initials), (query) => {
        for (const term of searchTermsOf(query).flat()) expect(term.length).toBeGreaterThanOrEqual(3)
      }),
    )
  })

  test('nothing typed is no filter', () => {
    for (const query of ['', '   ', '%', '()', '\u200b']) expect(searchTermsOf(query)).toEqual([])
  })

  test('any part of a name, however spaced and half-typed, finds it', () => {
    fc.assert(
      fc.property(word, word, fc.nat(), fc.nat(), fc.nat(), (name, enterprise, from, length, cut) => {
        const start = from % name.length
        const part = name.slice(start, start + 1 + (length % (name.length - start)))
        expect(finds(part, name, enterprise)).toBe(true)
        expect(finds([...part].join(' '), name, enterprise)).toBe(true)
        expect(finds(choseongOf(part), name, enterprise)).toBe(true)
        const letters = jamoOf(part.slice(-1))
        const halfTyped = part.slice(0, -1) + letters.slice(0, 1 + (cut % letters.length))
        // A lone first letter alone is a query of initials; after whole blocks it is a half-typed block.
        if (part.length > 1) expect(finds(halfTyped, name, enterprise)).toBe(true)
      }),
    )
  })

  test('a match on whole blocks is a match in the text, but for the loose last block', () => {
    fc.assert(
      fc.property(word, word, (query, name) => {
        const document = jamoOf(name)
        if (!document.includes(jamoOf(query))) return
        expect(normalise(name)).toContain(query.slice(0, -1))
      }),
    )
  })

  test('terms never hold what LIKE would read as a wildcard', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (query) => {
        const terms = searchTermsOf(query)
        expect(terms.length).toBeLessThanOrEqual(maxQueryWords)
        for (const term of terms.flat()) expect(likePattern(term)).toMatch(/^%[\p{L}\p{N}]+%$/u)
      }),
    )
  })
})

describe('synonyms', () => {
  test('each member finds every other of its group, in both directions', () => {
    for (const group of synonymGroups) {
      for (const stored of group) {
        for (const asked of group)
          expect([asked, stored, finds(asked, stored)]).toEqual([asked, stored, true])
      }
    }
  })

  test('no member is in two groups, and Korean ones have two syllables or more', () => {
    const members = synonymGroups.flatMap((group) => [...new Set(group.map(normalise))])
    expect(members.toSorted()).toEqual([...new Set(members)].toSorted())
    for (const member of members) expect(member.length).toBeGreaterThanOrEqual(2)
  })

  test('spellings are those of the ingredients named', () => {
    expect(synonymsIn('크릴오일 1000')).toEqual(['크릴오일', '크릴유', 'krilloil'])
    expect(synonymsIn('바디로션 Environ 오메가369')).toEqual([])
    expect(alternativesOf('Iron')).toEqual(['iron'])
    expect(alternativesOf('루테인 골드')).toEqual(['루테인골드', 'lutein골드'])
  })
})
