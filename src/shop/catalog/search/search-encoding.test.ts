import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { likePattern, searchDocumentOf, searchTermsOf } from './korean-search.ts'
import { encodeLetters } from './search-encoding.ts'

const korean = fc
  .array(
    fc.oneof(fc.constantFrom('홍', '삼', '꿀', '뼈', '유', '얘', 'ㅎ', 'ㅅ', 'Omega-3 ', 'Àé'), fc.string()),
  )
  .map((parts) => parts.join(''))

describe('the stored form of search texts', () => {
  it('finds exactly what the letters themselves find', () => {
    fc.assert(
      fc.property(korean, korean, (name, query) => {
        const document = searchDocumentOf({ name, enterprise: '(주)고려' })
        for (const term of searchTermsOf(query).flat()) {
          expect(encodeLetters(document).includes(encodeLetters(term))).toBe(document.includes(term))
          expect(likePattern(encodeLetters(term))).not.toMatch(/[_\\]|.%./u)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('writes ordinary Korean in one byte a letter', () => {
    const document = encodeLetters(searchDocumentOf({ name: '고려 홍삼정 골드', enterprise: '한국인삼' }))
    expect(document).toMatch(/^[A-Za-z ]+$/)
  })
})
