import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Changed,
  checkWritten,
  countedStars,
  editText,
  markDeleted,
  markHidden,
  markShown,
  type Review,
} from './review.ts'

const NOW = Temporal.Instant.from('2026-11-21T01:00:00Z')
const LATER = NOW.add({ hours: 1 })
const BODY = '아침마다 먹기 편하고 속이 편안해서 다시 샀어요.'
const review: Review = {
  id: 'r',
  orderId: 'o',
  lineNo: 1,
  itemId: 'i',
  authorId: 'a',
  authorName: '김**',
  version: 1,
  stars: 4,
  pictures: [],
  body: BODY,
  writtenAt: NOW,
  editedAt: null,
  deletedAt: null,
  hidden: null,
}
const hiding = { at: LATER, by: 'm', reason: '광고' }

const refusedFields = (stars: number, body: string) => {
  const checked = checkWritten({ stars, body })
  return checked.kind === 'refused' ? checked.errors?.map(({ field }) => field) : []
}

describe('what may be written', () => {
  it('is 1 to 5 whole stars', () => {
    for (const stars of [1, 2, 3, 4, 5]) expect(refusedFields(stars, BODY)).toEqual([])
    for (const stars of [0, 6, -1, 2.5, Number.NaN])
      expect(refusedFields(stars, BODY)).toEqual(['body.stars'])
  })

  it('is 20 to 1,000 characters as people count them', () => {
    expect(refusedFields(5, '가'.repeat(19))).toEqual(['body.body'])
    expect(refusedFields(5, '가'.repeat(20))).toEqual([])
    expect(refusedFields(5, '가'.repeat(1_000))).toEqual([])
    expect(refusedFields(5, '가'.repeat(1_001))).toEqual(['body.body'])
    // A family is one character, however many code points it has; so is a syllable typed as loose jamo.
    expect(refusedFields(5, '👨‍👩‍👧‍👦'.repeat(1_000))).toEqual([])
    expect(refusedFields(5, '👨‍👩‍👧‍👦'.repeat(19))).toEqual(['body.body'])
    expect(refusedFields(5, '각'.repeat(1_000))).toEqual([])
    expect(refusedFields(0, '')).toEqual(['body.stars', 'body.body'])
  })

  it('is not filled with blanks', () => {
    expect(refusedFields(5, `좋아요${' '.repeat(100)}.`)).toEqual(['body.body'])
  })
})

describe('the life of a review', () => {
  it('counts while somebody sees it', () => {
    expect(countedStars(review)).toBe(4)
    expect(countedStars(markDeleted(review, LATER).review)).toBeNull()
    expect(countedStars(markHidden(review, hiding).review)).toBeNull()
    expect(countedStars(markShown(markHidden(review, hiding).review).review)).toBe(4)
    expect(
      countedStars(markShown(markHidden(markDeleted(review, LATER).review, hiding).review).review),
    ).toBeNull()
  })

  it('is edited by writing something else', () => {
    expect(editText(review, { stars: 5, body: BODY }, LATER)).toEqual({
      kind: 'changed',
      review: { ...review, stars: 5, version: 2, editedAt: LATER },
    })
    expect(editText(review, { stars: 4, body: `${BODY}!` }, LATER)).toMatchObject({ kind: 'changed' })
    expect(editText(review, { stars: 4, body: BODY }, LATER)).toEqual({ kind: 'unchanged', review })
  })

  it('cannot be edited when deleted or hidden', () => {
    const other = { stars: 1, body: BODY }
    expect(editText(markDeleted(review, NOW).review, other, LATER)).toMatchObject({ code: 'not_found' })
    expect(editText(markHidden(review, hiding).review, other, LATER)).toMatchObject({ code: 'review_hidden' })
  })

  it('takes each of its ends once', () => {
    const removed = markDeleted(review, NOW)
    expect(removed).toMatchObject({ kind: 'changed', review: { deletedAt: NOW, version: 2 } })
    expect(markDeleted(removed.review, LATER)).toEqual({ kind: 'unchanged', review: removed.review })
    const hidden = markHidden(review, hiding)
    expect(markHidden(hidden.review, { ...hiding, reason: '다른 이유' })).toEqual({
      kind: 'unchanged',
      review: hidden.review,
    })
    expect(markShown(review)).toEqual({ kind: 'unchanged', review })
  })

  it('raises its version by one with each change, so that the stars told add up to those that count', () => {
    const step = fc.oneof(
      fc
        .integer({ min: 1, max: 5 })
        .map((stars) => (from: Review) => editText(from, { stars, body: BODY }, LATER)),
      fc.constantFrom(
        (from: Review) => markDeleted(from, LATER),
        (from: Review) => markHidden(from, hiding),
        (from: Review) => markShown(from),
      ),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let now = review
        let told = countedStars(review) ?? 0
        for (const take of steps) {
          const result: Changed | { kind: 'refused' } = take(now)
          if (result.kind === 'refused') continue
          expect(result.review.version).toBe(now.version + (result.kind === 'changed' ? 1 : 0))
          told += (countedStars(result.review) ?? 0) - (countedStars(now) ?? 0)
          now = result.review
        }
        expect(told).toBe(countedStars(now) ?? 0)
      }),
    )
  })
})
