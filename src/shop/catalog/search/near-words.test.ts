import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { knownWords, nearestQuery, slipsBetween } from './near-words.ts'

const known = knownWords(['루테인 지아잔틴', '홍삼 젤리', '젤리', '밀크씨슬 골드', 'Vitamin Complex'])

describe('a mistyped word', () => {
  it.each([
    ['루테잉', '루테인'],
    ['루태인', '루테인'],
    ['홍산', '홍삼'],
    ['홍산 젤리', '홍삼 젤리'],
    ['젤리 밀크씨슬골드', undefined],
    ['밀크시슬 골두', '밀크시슬 골드'],
    ['vitmain', 'vitamin'],
    ['complxe', 'complex'],
  ])('%s is taken for %s', (typed, meant) => {
    expect(nearestQuery(typed, known)).toBe(meant)
  })

  it('is left alone when it is known, too short, initials only, or like nothing', () => {
    for (const typed of ['루테인', '젤', 'ㅎㅅㅈㄹ', '자전거', 'q', '!!!', ''])
      expect(nearestQuery(typed, known)).toBeUndefined()
  })

  it('is taken for the word that is met more often when two are equally near', () => {
    const two = knownWords(['칼슘 칼숨 칼슙', '칼슘'])
    expect(nearestQuery('칼슈ㅁㅁ', two)).toBe('칼슘')
  })
})

describe('slips', () => {
  it('count letters left out, put in, exchanged and swapped', () => {
    expect(slipsBetween('abcd', 'abd', 2)).toBe(1)
    expect(slipsBetween('abcd', 'abxcd', 2)).toBe(1)
    expect(slipsBetween('abcd', 'abxd', 2)).toBe(1)
    expect(slipsBetween('abcd', 'acbd', 2)).toBe(1)
    expect(slipsBetween('abcd', 'dcba', 1)).toBe(2)
  })

  it('are none for a word itself, the same both ways, and at least the difference in length', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        const slips = slipsBetween(a, b, 8)
        expect(slipsBetween(a, a, 8)).toBe(0)
        expect(slips).toBe(slipsBetween(b, a, 8))
        expect(slips).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
        expect(slips === 0).toBe(a === b)
      }),
    )
  })
})
