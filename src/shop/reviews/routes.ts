import Type from 'typebox'
import type { Db } from '../../platform/database/database.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
  Uuid,
  Words,
} from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { pictureProblems } from '../pictures/index.ts'
import { deleteReview, editReview } from './change-review.ts'
import { reviewProblems } from './problems.ts'
import { listReviews, REVIEW_SORTS, type ReviewSort, reviewsOfAuthor, starsOfItem } from './queries.ts'
import { REPORT_REASONS, type ReportReason, reportReview } from './report-review.ts'
import { BODY_LENGTH, STARS } from './review.ts'
import {
  OwnReviewSchema,
  ownReviewJson,
  ReviewSchema,
  reviewJson,
  StarsSchema,
  starsJson,
} from './review-json.ts'
import { type ReviewDeps, writeReview } from './write-review.ts'

const { idempotency_key_reused, invalid_request, not_found, request_in_progress } = platformProblems
const { review_exists, review_hidden, review_not_bought, review_own, review_pictures_full } = reviewProblems
const { pictures_busy } = pictureProblems

export const tags = ['reviews']
export const ReviewId = Type.Object({ id: Uuid })
const Stars = Type.Integer({ minimum: STARS.least, maximum: STARS.most })
// Only a bound on what is looked at: a character as people count it may be several.
const Body = Type.String({
  maxLength: 5 * BODY_LENGTH.most,
  description: `${BODY_LENGTH.least}–${BODY_LENGTH.most} characters`,
})

/** Deeper than anybody reads; what lies behind is found by another sort. */
const DEEPEST_PAGE = 1_000
export const paging = pagingTo(DEEPEST_PAGE)

export interface ReviewReads {
  /** The database, by the connections for what everybody may read. */
  browsing: Db
}

/** Reviews over HTTP, for everybody and their authors. */
export function reviewRoutes(deps: ReviewDeps & ReviewReads): (app: App) => void {
  return (app) => {
    readRoutes(app, deps)
    writeRoute(app, deps)
    changeRoutes(app, deps)
    reportRoute(app, deps)
  }
}

function readRoutes(app: App, { db, browsing }: ReviewDeps & ReviewReads): void {
  app.route({
    method: 'GET',
    url: '/api/reviews',
    config: { audience: 'anyone' },
    schema: {
      operationId: 'listReviews',
      tags,
      summary: 'Reviews of an item, with its stars',
      querystring: Strict({
        itemId: Uuid,
        sort: Type.Unsafe<ReviewSort>({ type: 'string', enum: [...REVIEW_SORTS], default: 'newest' }),
        ...paging,
      }),
      response: {
        200: Type.Object({ data: Type.Array(ReviewSchema), stars: StarsSchema, page: PageSchema }),
        ...problems(),
      },
    },
    handler: async (request) => {
      const [reviews, stars] = await Promise.all([
        listReviews(browsing, request.query, request.query),
        starsOfItem(browsing, request.query.itemId),
      ])
      return {
        data: reviews.map(reviewJson),
        stars: starsJson(stars),
        page: pageOf(request.query, stars.count),
      }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/reviews/own',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'listOwnReviews',
      tags,
      summary: 'One’s own reviews, newest first',
      querystring: Strict(paging),
      response: {
        200: Type.Object({ data: Type.Array(OwnReviewSchema), page: PageSchema }),
        ...problems(401),
      },
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store')
      const { reviews, total } = await reviewsOfAuthor(db, actorOf(request).userId, request.query)
      return { data: reviews.map(ownReviewJson), page: pageOf(request.query, total) }
    },
  })
}

function writeRoute(app: App, deps: ReviewDeps): void {
  app.route({
    method: 'POST',
    url: '/api/reviews',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'writeReview',
      tags,
      summary: 'Review what was bought; the line of one’s own paid order is the proof',
      headers: IdempotencyHeaders,
      body: Strict({
        orderId: Uuid,
        lineNo: Type.Integer({ minimum: 1, maximum: 50 }),
        stars: Stars,
        body: Body,
      }),
      response: {
        201: OwnReviewSchema,
        ...refusalsOf<typeof writeReview>(
          {
            invalid_request,
            not_found,
            review_not_bought,
            review_exists,
            pictures_busy,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await writeReview(deps, {
        authorId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
        asked: request.body,
      })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.body)
    },
  })
}

function changeRoutes(app: App, deps: ReviewDeps): void {
  app.route({
    method: 'PATCH',
    url: '/api/reviews/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'editReview',
      tags,
      summary: 'Change one’s own review',
      params: ReviewId,
      body: Strict({ stars: Type.Optional(Stars), body: Type.Optional(Body) }),
      response: {
        200: OwnReviewSchema,
        ...refusalsOf<typeof editReview>(
          { not_found, review_hidden, invalid_request, review_pictures_full, pictures_busy },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await editReview(deps, actorOf(request), { id: request.params.id, ...request.body })
      return result.kind === 'refused' ? reply.refuse(result) : ownReviewJson(result.review)
    },
  })
  app.route({
    method: 'DELETE',
    url: '/api/reviews/:id',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'deleteReview',
      tags,
      summary: 'Delete one’s own review; doing it again changes nothing',
      params: ReviewId,
      response: {
        204: Type.Null({ description: 'Done' }),
        ...refusalsOf<typeof deleteReview>({ not_found, pictures_busy }, 401),
      },
    },
    handler: async (request, reply) => {
      const result = await deleteReview(deps, actorOf(request), request.params.id)
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}

function reportRoute(app: App, deps: ReviewDeps): void {
  app.route({
    method: 'POST',
    url: '/api/reviews/:id/reports',
    config: { audience: 'signed-in' },
    schema: {
      operationId: 'reportReview',
      tags,
      summary: 'Tell the merchant that a review should not stand there',
      description: 'Needs no Idempotency-Key: one person’s report counts once.',
      params: ReviewId,
      body: Strict({
        reason: Type.Unsafe<ReportReason>({ type: 'string', enum: [...REPORT_REASONS] }),
        note: Type.Optional(Words(500)),
      }),
      response: {
        204: Type.Null({ description: 'Done' }),
        ...refusalsOf<typeof reportReview>({ not_found, review_own }, 401),
      },
    },
    handler: async (request, reply) => {
      const { reason, note = null } = request.body
      const reporterId = actorOf(request).userId
      const result = await reportReview(deps, { id: request.params.id, reporterId, reason, note })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(204).send(null)
    },
  })
}
