import Type from 'typebox'
import {
  type App,
  actorOf,
  PageSchema,
  pageOf,
  problems,
  refusalsOf,
  Strict,
  Words,
} from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { pictureProblems } from '../pictures/index.ts'
import { hideReview, showReview } from './change-review.ts'
import { listForMerchant } from './queries.ts'
import { MerchantReviewSchema, merchantReviewJson, OwnReviewSchema, ownReviewJson } from './review-json.ts'
import { paging, ReviewId, tags } from './routes.ts'
import type { ReviewDeps } from './write-review.ts'

const { not_found } = platformProblems
const { pictures_busy } = pictureProblems

const audience = ['merchant', 'admin'] as const

/** What the merchant does about reviews. */
export function adminReviewRoutes(deps: ReviewDeps): (app: App) => void {
  return (app) => {
    app.route({
      method: 'GET',
      url: '/api/admin/reviews',
      config: { audience },
      schema: {
        operationId: 'listReportedReviews',
        tags,
        summary: 'Reviews that were reported and still stand there, or hidden ones; most reports first',
        querystring: Strict({
          state: Type.Unsafe<'reported' | 'hidden'>({
            type: 'string',
            enum: ['reported', 'hidden'],
            default: 'reported',
          }),
          ...paging,
        }),
        response: {
          200: Type.Object({ data: Type.Array(MerchantReviewSchema), page: PageSchema }),
          ...problems(401, 403),
        },
      },
      handler: async (request) => {
        const { reviews, total } = await listForMerchant(deps.db, request.query.state, request.query)
        return { data: reviews.map(merchantReviewJson), page: pageOf(request.query, total) }
      },
    })
    app.route({
      method: 'POST',
      url: '/api/admin/reviews/:id/hide',
      config: { audience },
      schema: {
        operationId: 'hideReview',
        tags,
        summary: 'Take a review from the pages; its author is shown the reason',
        params: ReviewId,
        body: Strict({ reason: Words(200) }),
        response: {
          200: OwnReviewSchema,
          ...refusalsOf<typeof hideReview>({ not_found, pictures_busy }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const asked = { id: request.params.id, reason: request.body.reason.trim() }
        const result = await hideReview(deps, actorOf(request), asked)
        return result.kind === 'refused' ? reply.refuse(result) : ownReviewJson(result.review)
      },
    })
    app.route({
      method: 'POST',
      url: '/api/admin/reviews/:id/show',
      config: { audience },
      schema: {
        operationId: 'showReview',
        tags,
        summary: 'Show a hidden review again',
        params: ReviewId,
        response: {
          200: OwnReviewSchema,
          ...refusalsOf<typeof showReview>({ not_found, pictures_busy }, 401, 403),
        },
      },
      handler: async (request, reply) => {
        const result = await showReview(deps, actorOf(request), request.params.id)
        return result.kind === 'refused' ? reply.refuse(result) : ownReviewJson(result.review)
      },
    })
  }
}
