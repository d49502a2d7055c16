/** The rules of a review: what may be written, and what writing, editing, deleting and hiding make of it. */
import { type FieldError, type Refused, refused } from '../../platform/refusal.ts'
import { cleanBody, lengthOf } from '../../platform/text/written-text.ts'

export const STARS = { least: 1, most: 5 } as const
/** In characters as people count them (grapheme clusters). */
export const BODY_LENGTH = { least: 20, most: 1_000 } as const
/** The database holds the same bound. */
export const MOST_PICTURES = 3

export interface Review {
  id: string
  /** The bought line it is about. */
  orderId: string
  lineNo: number
  itemId: string
  authorId: string
  /** As shown to others; empty once the author has left, or when it is not known. */
  authorName: string
  /** Number of the latest event about this review. */
  version: number
  stars: number
  body: string
  /** Ids of its pictures, in the author's order. */
  pictures: readonly string[]
  writtenAt: Temporal.Instant
  editedAt: Temporal.Instant | null
  /** Deleted by its author. */
  deletedAt: Temporal.Instant | null
  /** Hidden by the merchant. */
  hidden: { at: Temporal.Instant; by: string; reason: string } | null
}

/** The stars that count for the item: none of a review that nobody sees. */
export function countedStars({ stars, deletedAt, hidden }: Review): number | null {
  return deletedAt === null && hidden === null ? stars : null
}

export interface Written {
  stars: number
  body: string
}

/** Refusals: invalid_request for stars that are not whole from 1 to 5, or a text of fewer than 20 or more than 1,000 characters. */
export function checkWritten(
  typed: Written,
): { kind: 'checked'; written: Written } | Refused<'invalid_request'> {
  const errors: FieldError[] = []
  const { stars } = typed
  if (!Number.isInteger(stars) || stars < STARS.least || stars > STARS.most) {
    const message = { ko: '별점은 1~5점입니다.', en: 'A rating is 1 to 5 stars.' }
    errors.push({ field: 'body.stars', code: 'stars', message })
  }
  const body = cleanBody(typed.body)
  const length = lengthOf(body)
  if (length < BODY_LENGTH.least || length > BODY_LENGTH.most) {
    const message = {
      ko: `리뷰는 20자 이상 1,000자 이하로 써 주세요(지금 ${length}자).`,
      en: `A review has 20 to 1,000 characters (now ${length}).`,
    }
    errors.push({ field: 'body.body', code: 'length', message })
  }
  return errors.length > 0
    ? refused('invalid_request', { errors })
    : { kind: 'checked', written: { stars, body } }
}

/** What a transition makes of a review: the review as it becomes, or nothing new. */
export type Changed = { kind: 'changed'; review: Review } | { kind: 'unchanged'; review: Review }

const changed = (review: Review): Changed => ({
  kind: 'changed',
  review: { ...review, version: review.version + 1 },
})

/** The author writes something else. Refusals: not_found (deleted), review_hidden. */
export function editText(
  review: Review,
  written: Written,
  now: Temporal.Instant,
): Changed | Refused<'not_found' | 'review_hidden'> {
  if (review.deletedAt !== null) return refused('not_found')
  if (review.hidden !== null) return refused('review_hidden')
  if (written.stars === review.stars && written.body === review.body) return { kind: 'unchanged', review }
  return changed({ ...review, ...written, editedAt: now })
}

/**
 * The author takes pictures away and adds others, as the last ones. Refusals: not_found (deleted), review_hidden,
 * review_pictures_full.
 */
export function withPictures(
  review: Review,
  { added = [], removed = [] }: { added?: readonly string[]; removed?: readonly string[] },
  now: Temporal.Instant,
): Changed | Refused<'not_found' | 'review_hidden' | 'review_pictures_full'> {
  if (review.deletedAt !== null) return refused('not_found')
  if (review.hidden !== null) return refused('review_hidden')
  const kept = review.pictures.filter((id) => !removed.includes(id))
  const pictures = [...new Set([...kept, ...added])]
  if (pictures.length > MOST_PICTURES) return refused('review_pictures_full')
  const isSame =
    pictures.length === review.pictures.length && pictures.every((id, at) => id === review.pictures[at])
  return isSame ? { kind: 'unchanged', review } : changed({ ...review, pictures, editedAt: now })
}

/** The author deletes it, and its pictures go. Again changes nothing. */
export function markDeleted(review: Review, now: Temporal.Instant): Changed {
  return review.deletedAt === null
    ? changed({ ...review, pictures: [], deletedAt: now })
    : { kind: 'unchanged', review }
}

/**
 * The merchant hides it from everybody but its author. The first reason counts. One its author has deleted is seen by
 * nobody already, and another one may have its place.
 */
export function markHidden(review: Review, hidden: NonNullable<Review['hidden']>): Changed {
  const isSeen = review.hidden === null && review.deletedAt === null
  return isSeen ? changed({ ...review, hidden }) : { kind: 'unchanged', review }
}

/** The merchant shows it again. One its author has deleted stays deleted. */
export function markShown(review: Review): Changed {
  return review.hidden === null ? { kind: 'unchanged', review } : changed({ ...review, hidden: null })
}
