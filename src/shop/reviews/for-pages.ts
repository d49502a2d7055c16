import type { Actor } from '../../platform/http/actor.ts'
import type { Answer } from '../../platform/http/idempotency.ts'
import type { Refused } from '../../platform/refusal.ts'
import { deleteReview } from './change-review.ts'
import { type Paging, reviewedLines, reviewsOfAuthor } from './queries.ts'
import type { Changed, Review, Written } from './review.ts'
import type { OwnReview } from './review-json.ts'
import { editWithPictures, writeWithPictures } from './review-pictures.ts'
import type { ReviewDeps, WriteReview } from './write-review.ts'

/** What authors do with their reviews in a browser: the use cases of the API. */
export interface ReviewsForPages {
  /** Refusals: those of `writeWithPictures`. */
  write(
    wish: Omit<WriteReview, 'pictures'> & { files: readonly Buffer[] },
  ): Promise<Answer<OwnReview> | Refused>
  /** Refusals: those of `editWithPictures`. */
  edit(
    actor: Actor,
    change: Written & { id: string; files: readonly Buffer[]; removed: readonly string[] },
  ): Promise<Changed | Refused>
  /** Refusals: those of `deleteReview`. */
  remove(actor: Actor, id: string): Promise<Changed | Refused>
  /** One's own, newest first; hidden ones too. */
  own(actor: Actor, paging: Paging): Promise<{ reviews: Review[]; total: number }>
  /** Numbers of the lines of an order that have their review, and have no place for another. */
  reviewedLines(actor: Actor, orderId: string): Promise<number[]>
}

/** What the pages do with reviews: the use cases of the API. */
export function reviewsForPages(deps: ReviewDeps): ReviewsForPages {
  return {
    write: (wish) => writeWithPictures(deps, wish),
    edit: (actor, change) => editWithPictures(deps, actor, change),
    remove: (actor, id) => deleteReview(deps, actor, id),
    own: (actor, paging) => reviewsOfAuthor(deps.db, actor.userId, paging),
    reviewedLines: (actor, orderId) => reviewedLines(deps.db, { authorId: actor.userId, orderId }),
  }
}
