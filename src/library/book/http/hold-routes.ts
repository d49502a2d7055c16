import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import {
  type App,
  actorOf,
  IdempotencyHeaders,
  problems,
  refusalsOf,
  Strict,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { refused } from '../../../platform/refusal.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { cancelHold } from '../holds/end-holds.ts'
import { HoldSchema, listHolds, queueOf } from '../holds/hold-view.ts'
import { placeHold } from '../holds/place-hold.ts'
import type { ShelfTime } from '../holds/serve-holds.ts'
import { bookProblems } from '../problems.ts'
import { findTitle } from '../title-store.ts'
import { BookId } from './book-routes.ts'

const { idempotency_key_reused, not_found, request_in_progress } = platformProblems
const { book_withdrawn, copies_available, hold_exists } = bookProblems

const MOST_HOLDS = 200

/** The queue for books of which no copy is free. */
export function holdRoutes(app: App, deps: { db: Db; clock: Clock; shelfTime: ShelfTime }): void {
  const config = { audience: 'signed-in' } as const
  const tags = ['holds']

  app.route({
    method: 'POST',
    url: '/api/books/:id/holds',
    config,
    schema: {
      operationId: 'placeHold',
      tags,
      summary: 'Join the queue for a book; first come, first served',
      params: BookId,
      headers: IdempotencyHeaders,
      response: {
        201: HoldSchema,
        ...refusalsOf<typeof placeHold>(
          {
            not_found,
            book_withdrawn,
            hold_exists,
            copies_available,
            idempotency_key_reused,
            request_in_progress,
          },
          401,
        ),
      },
    },
    handler: async (request, reply) => {
      const result = await placeHold(deps, {
        bookId: request.params.id,
        patronId: actorOf(request).userId,
        idempotencyKey: request.headers['idempotency-key'],
      })
      return result.kind === 'refused' ? reply.refuse(result) : reply.code(201).send(result.body)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/books/:id/holds',
    config: { audience: ['librarian', 'admin'], personal: true },
    schema: {
      operationId: 'listQueue',
      tags,
      summary: 'Who waits for a book, in order',
      params: BookId,
      response: {
        200: Type.Object({
          data: Type.Array(Type.Object({ ...HoldSchema.properties, patronId: Type.String() })),
        }),
        ...problems(401, 403, 404),
      },
    },
    handler: async (request, reply) => {
      if (!(await findTitle(deps.db, request.params.id))) return reply.refuse(refused('not_found'))
      return { data: await queueOf(deps.db, request.params.id) }
    },
  })

  app.route({
    method: 'GET',
    url: '/api/holds',
    config,
    schema: {
      operationId: 'listHolds',
      tags,
      summary: 'One’s own holds, newest first',
      querystring: Strict({
        all: Type.Boolean({ default: false, description: 'Also those that have ended' }),
      }),
      response: { 200: Type.Object({ data: Type.Array(HoldSchema) }), ...problems(401) },
    },
    handler: async (request) => ({
      data: await listHolds(deps.db, actorOf(request).userId, { all: request.query.all, limit: MOST_HOLDS }),
    }),
  })

  app.route({
    method: 'DELETE',
    url: '/api/holds/:id',
    config,
    schema: {
      operationId: 'cancelHold',
      tags,
      summary: 'Wait no more',
      params: BookId,
      response: { 200: HoldSchema, ...refusalsOf<typeof cancelHold>({ not_found }, 401) },
    },
    handler: async (request, reply) => {
      const result = await cancelHold(deps, { holdId: request.params.id, actor: actorOf(request) })
      return result.kind === 'refused' ? reply.refuse(result) : result.hold
    },
  })
}
