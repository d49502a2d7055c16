import type { FastifyReply } from 'fastify'
import Type from 'typebox'
import { type App, actorOf, refusalsOf, Strict, Uuid } from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import type { Refused } from '../../../platform/refusal.ts'
import { PICTURE_BODY, PictureId, pictureProblems, readPictures } from '../../pictures/index.ts'
import { AdminItem } from '../browse/item-json.ts'
import { catalogProblems } from '../problems.ts'
import { MOST_PICTURES } from '../rules/item-pictures.ts'
import { addPicture, arrangePictures, type PictureChangeDeps, removePicture } from './change-pictures.ts'

const config = { audience: ['merchant', 'admin'] } as const
const tags = ['admin: items']
const { not_found } = platformProblems
const { too_many_pictures, pictures_changed_meanwhile } = catalogProblems
const { pictures_busy } = pictureProblems
const Words = orNull(Type.String({ maxLength: 200 }))
const { bodyLimit, body } = PICTURE_BODY

/** The pictures of an item, for the merchant. */
export function pictureRoutes(app: App, deps: PictureChangeDeps): void {
  // A room of its own: only here a body may be a picture.
  app.register(async (scope: App) => {
    readPictures(scope)
    addRoute(scope, deps)
  })

  app.route({
    method: 'PUT',
    url: '/api/admin/items/:id/pictures',
    config,
    schema: {
      operationId: 'arrangeItemPictures',
      tags,
      summary: 'Give the pictures of an item an order and words for those who do not see them',
      description: 'Exactly the pictures there are, each once. The first one is what lists show.',
      params: Strict({ id: Uuid }),
      body: Strict({
        pictures: Type.Array(
          Strict({
            id: PictureId,
            alt: Strict({ ko: Words, en: Words }),
          }),
          { minItems: 1, maxItems: MOST_PICTURES },
        ),
      }),
      response: {
        200: AdminItem,
        ...refusalsOf<typeof arrangePictures>(
          { not_found, pictures_changed_meanwhile, pictures_busy },
          401,
          403,
        ),
      },
    },
    handler: async (request, reply) =>
      answer(
        reply,
        await arrangePictures(deps, {
          itemId: request.params.id,
          actorId: actorOf(request).userId,
          wish: request.body.pictures,
        }),
      ),
  })

  app.route({
    method: 'DELETE',
    url: '/api/admin/items/:id/pictures/:pictureId',
    config,
    schema: {
      operationId: 'removeItemPicture',
      tags,
      summary: 'Remove a picture of an item; doing it again changes nothing',
      params: Strict({ id: Uuid, pictureId: PictureId }),
      response: {
        200: AdminItem,
        ...refusalsOf<typeof removePicture>({ not_found, pictures_busy }, 401, 403),
      },
    },
    handler: async (request, reply) =>
      answer(
        reply,
        await removePicture(deps, {
          itemId: request.params.id,
          pictureId: request.params.pictureId,
          actorId: actorOf(request).userId,
        }),
      ),
  })
}

function addRoute(scope: App, deps: PictureChangeDeps): void {
  scope.route({
    method: 'POST',
    url: '/api/admin/items/:id/pictures',
    bodyLimit,
    config,
    schema: {
      operationId: 'addItemPicture',
      tags,
      summary: 'Add a picture to an item, as its last one',
      description: `The body is the file. It is written anew in several sizes, without what the camera noted in it. At most ${MOST_PICTURES}. Needs no Idempotency-Key: the same picture is there once.`,
      params: Strict({ id: Uuid }),
      body,
      response: {
        201: AdminItem,
        ...refusalsOf<typeof addPicture>({ not_found, too_many_pictures, ...pictureProblems }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const bytes: unknown = request.body
      const added = await addPicture(deps, {
        itemId: request.params.id,
        actorId: actorOf(request).userId,
        bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0),
      })
      return answer(reply.code(201), added)
    },
  })
}

function answer(reply: FastifyReply, result: { kind: 'changed'; item: AdminItem } | Refused): FastifyReply {
  if (result.kind === 'refused') return reply.refuse(result)
  const { item } = result
  return reply.header('etag', `"${item.version}"`).header('cache-control', 'no-store').send(item)
}
