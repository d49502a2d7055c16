import { type App, actorOf, refusalsOf, Strict, Uuid } from '../../platform/http/app.ts'
import { platformProblems } from '../../platform/http/platform-problems.ts'
import { PICTURE_BODY, PictureId, pictureProblems, readPictures } from '../pictures/index.ts'
import { editReview } from './change-review.ts'
import { reviewProblems } from './problems.ts'
import { MOST_PICTURES } from './review.ts'
import { OwnReviewSchema, ownReviewJson } from './review-json.ts'
import { editWithPictures } from './review-pictures.ts'
import { ReviewId, tags } from './routes.ts'
import type { ReviewDeps } from './write-review.ts'

const { invalid_request, not_found } = platformProblems
const { review_hidden, review_pictures_full } = reviewProblems
const { pictures_busy } = pictureProblems
const { bodyLimit, body } = PICTURE_BODY
const config = { audience: 'signed-in' } as const

/** Pictures of reviews over HTTP, for their authors. */
export function reviewPictureRoutes(deps: ReviewDeps): (app: App) => void {
  return (app) => {
    // A room of its own: only here a body may be a picture.
    app.register(async (scope: App) => {
      readPictures(scope)
      addRoute(scope, deps)
    })
    app.route({
      method: 'DELETE',
      url: '/api/reviews/:id/pictures/:pictureId',
      config,
      schema: {
        operationId: 'removeReviewPicture',
        tags,
        summary: 'Remove a picture of one’s own review; doing it again changes nothing',
        params: Strict({ id: Uuid, pictureId: PictureId }),
        response: {
          200: OwnReviewSchema,
          ...refusalsOf<typeof editReview>(
            { not_found, review_hidden, invalid_request, review_pictures_full, pictures_busy },
            401,
          ),
        },
      },
      handler: async (request, reply) => {
        const { id, pictureId } = request.params
        const pictures = { removed: [pictureId] }
        const result = await editReview(deps, actorOf(request), { id, pictures })
        return result.kind === 'refused' ? reply.refuse(result) : ownReviewJson(result.review)
      },
    })
  }
}

function addRoute(scope: App, deps: ReviewDeps): void {
  scope.route({
    method: 'POST',
    url: '/api/reviews/:id/pictures',
    bodyLimit,
    config,
    schema: {
      operationId: 'addReviewPicture',
      tags,
      summary: 'Add a picture to one’s own review',
      description: `The body is the file. It is written anew in several sizes, without what the camera noted in it. At most ${MOST_PICTURES}. Needs no Idempotency-Key: the same picture is there once.`,
      params: ReviewId,
      body,
      response: {
        201: OwnReviewSchema,
        ...refusalsOf<typeof editWithPictures>(
          { not_found, review_hidden, invalid_request, review_pictures_full, ...pictureProblems },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const bytes: unknown = request.body
      const files = [Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0)]
      const result = await editWithPictures(deps, actorOf(request), { id: request.params.id, files })
      return result.kind === 'refused'
        ? reply.refuse(result)
        : reply.code(201).send(ownReviewJson(result.review))
    },
  })
}
