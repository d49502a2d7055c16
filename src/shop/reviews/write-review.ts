import type { Db } from '../../platform/database/database.ts'
import { type Answer, type KeyRefusal, once } from '../../platform/http/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import { coveredName } from '../../platform/text/written-text.ts'
import type { Clock } from '../../platform/time/clock.ts'
import type { Orders } from '../orders/index.ts'
import type { Pictures } from '../pictures/index.ts'
import { checkWritten, type Review, type Written } from './review.ts'
import { type OwnReview, ownReviewJson } from './review-json.ts'
import { insertReview, publishChange } from './review-store.ts'

export interface ReviewDeps {
  db: Db
  clock: Clock
  orders: Pick<Orders, 'boughtLine'>
  pictures: Pick<Pictures, 'takeIn' | 'use' | 'letGo' | 'show'>
  /** What somebody is called; undefined when that is not known here. */
  nameOf(userId: string): Promise<string | undefined>
}

type WriteRefusal = 'not_found' | 'review_not_bought' | 'review_exists' | 'pictures_busy'

export interface WriteReview {
  authorId: string
  idempotencyKey: string
  asked: Written & { orderId: string; lineNo: number }
  /** Ids of pictures to show with it, which were taken in. */
  pictures?: readonly string[]
}

/**
 * Writes the one review of a bought line. The line of the author's own order is the proof of purchase.
 * Refusals: not_found (no such line in an order of the author's), review_not_bought (unpaid, or all money given back),
 * review_exists, invalid_request, pictures_busy, idempotency_key_reused, request_in_progress. A repeat is known by its
 * key and its words.
 */
export async function writeReview(
  { db, clock, orders, pictures: kept, nameOf }: ReviewDeps,
  { authorId, idempotencyKey, asked, pictures = [] }: WriteReview,
): Promise<Answer<OwnReview> | Refused<WriteRefusal | KeyRefusal | 'invalid_request'>> {
  const { orderId, lineNo, stars, body } = asked
  const checked = checkWritten({ stars, body })
  if (checked.kind === 'refused') return checked
  const line = await orders.boughtLine(db, { orderId, lineNo })
  const name = await nameOf(authorId)
  const now = clock.now()
  return once(db, { scope: reviewAnswers(authorId), key: idempotencyKey, body: asked }, now, async (tx) => {
    if (line?.customerId !== authorId) return refused('not_found')
    if (!line.paid) return refused('review_not_bought')
    const review: Review = {
      ...checked.written,
      id: newId(),
      orderId: line.orderId,
      lineNo,
      itemId: line.itemId,
      authorId,
      authorName: coveredName(name ?? ''),
      pictures,
      version: 1,
      writtenAt: now,
      editedAt: null,
      deletedAt: null,
      hidden: null,
    }
    if (!(await insertReview(tx, review))) return refused('review_exists')
    for (const id of pictures) {
      const used = await kept.use(tx, id, { type: 'review', id: review.id })
      if (used.kind === 'refused') return used
    }
    await publishChange(tx, undefined, review, now)
    return { kind: 'answered', status: 201, body: ownReviewJson(review) }
  })
}

/** Where the answers to an author's requests are kept for repeated ones. */
export function reviewAnswers(authorId: string): string {
  return `reviews:${authorId}`
}
