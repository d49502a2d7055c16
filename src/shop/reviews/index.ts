/** The face of reviews: what pages and the process that hosts them may use. */
import { accountWithdrawn } from '../../contracts/account-events.ts'
import type { SchemaMigrations } from '../../platform/database/migrate.ts'
import { on } from '../../platform/events/subscriber.ts'
import { forgetAnswers } from '../../platform/http/idempotency.ts'
import type { Module } from '../../platform/module.ts'
import { adminReviewRoutes } from './admin-routes.ts'
import { type ReviewsForPages, reviewsForPages } from './for-pages.ts'
import { reviewPictureRoutes } from './picture-routes.ts'
import { reviewProblems } from './problems.ts'
import { listReviews, type Paging, type ReviewSort, type StarsOfItem, starsOfItem } from './queries.ts'
import { reportsRetention } from './retention.ts'
import type { Review } from './review.ts'
import { forgetAuthor } from './review-store.ts'
import { type ReviewReads, reviewRoutes } from './routes.ts'
import { type ReviewDeps, reviewAnswers } from './write-review.ts'

export { REVIEW_SORTS, type ReviewSort, type StarsOfItem } from './queries.ts'
export { MOST_PICTURES } from './review.ts'

export const reviewsSchema: SchemaMigrations = {
  schema: 'reviews',
  folder: new URL('./migrations/', import.meta.url),
}

export interface Reviews {
  module: Module
  /** What everybody sees of an item's reviews; see queries.ts. */
  list(of: { itemId: string; sort: ReviewSort }, paging: Paging): Promise<Review[]>
  starsOf(itemId: string): Promise<StarsOfItem>
  /** What authors do in a browser. */
  pages: ReviewsForPages
}

/** Reviews of bought items. */
export function createReviews(deps: ReviewDeps & ReviewReads): Reviews {
  return {
    list: (of, paging) => listReviews(deps.browsing, of, paging),
    starsOf: (itemId) => starsOfItem(deps.browsing, itemId),
    pages: reviewsForPages(deps),
    module: {
      name: 'reviews',
      schema: reviewsSchema,
      problems: reviewProblems,
      routes: (app) => {
        reviewRoutes(deps)(app)
        adminReviewRoutes(deps)(app)
        reviewPictureRoutes(deps)(app)
      },
      retention: [reportsRetention],
      subscribers: [
        {
          name: 'reviews',
          handlers: [
            on(accountWithdrawn, async (tx, { data }) => {
              for (const { id, pictures } of await forgetAuthor(tx, data.accountId))
                for (const picture of pictures) await deps.pictures.letGo(tx, picture, { type: 'review', id })
              await forgetAnswers(tx, reviewAnswers(data.accountId))
            }),
          ],
        },
      ],
    },
  }
}
