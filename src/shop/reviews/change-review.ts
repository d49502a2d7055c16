import { type Tx, transact } from '../../platform/database/database.ts'
import { type Actor, owned } from '../../platform/http/actor.ts'
import { type Refused, refused } from '../../platform/refusal.ts'
import {
  type Changed,
  checkWritten,
  editText,
  markDeleted,
  markHidden,
  markShown,
  type Review,
  type Written,
} from './review.ts'
import { lockReview, publishChange, saveReview } from './review-store.ts'
import type { ReviewDeps } from './write-review.ts'

type ChangeDeps = Pick<ReviewDeps, 'db' | 'clock'>

/** What was left out stays. Refusals: not_found (not the author's, or deleted), review_hidden, invalid_request. */
export function editReview(
  deps: ChangeDeps,
  actor: Actor,
  { id, ...written }: Partial<Written> & { id: string },
): Promise<Changed | Refused<'not_found' | 'review_hidden' | 'invalid_request'>> {
  return change(deps, id, (review, now) => {
    const mine = owned(actor, review && { review, ownerId: review.authorId })
    if ('kind' in mine) return mine
    const { stars = mine.review.stars, body = mine.review.body } = written
    const checked = checkWritten({ stars, body })
    return checked.kind === 'refused' ? checked : editText(mine.review, checked.written, now)
  })
}

/** Deletes it for everybody; it may be repeated. Refusals: not_found (not the author's). */
export function deleteReview(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
): Promise<Changed | Refused<'not_found'>> {
  return change(deps, id, (review, now) => {
    const mine = owned(actor, review && { review, ownerId: review.authorId })
    return 'kind' in mine ? mine : markDeleted(mine.review, now)
  })
}

/** The merchant takes it from the pages; its author still sees it, with the reason. Refusals: not_found. */
export function hideReview(
  deps: ChangeDeps,
  actor: Actor,
  { id, reason }: { id: string; reason: string },
): Promise<Changed | Refused<'not_found'>> {
  return change(deps, id, (review, at) =>
    review ? markHidden(review, { at, by: actor.userId, reason }) : refused('not_found'),
  )
}

/** The merchant shows it again. Refusals: not_found. */
export function showReview(deps: ChangeDeps, id: string): Promise<Changed | Refused<'not_found'>> {
  return change(deps, id, (review) => (review ? markShown(review) : refused('not_found')))
}

/** Decides about the locked review, writes what became of it and tells it, in one transaction. */
function change<Code extends string>(
  { db, clock }: ChangeDeps,
  id: string,
  decide: (review: Review | undefined, now: Temporal.Instant) => Changed | Refused<Code>,
): Promise<Changed | Refused<Code>> {
  return transact(db, async (tx: Tx) => {
    const review = await lockReview(tx, id)
    const now = clock.now()
    const decision = decide(review, now)
    if (decision.kind === 'changed' && review) {
      await saveReview(tx, review, decision.review)
      await publishChange(tx, review, decision.review, now)
    }
    return decision
  })
}
