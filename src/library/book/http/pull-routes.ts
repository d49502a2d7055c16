import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import {
  type App,
  actorOf,
  PageSchema,
  pageOf,
  pagingTo,
  problems,
  refusalsOf,
  Strict,
} from '../../../platform/http/app.ts'
import { platformProblems } from '../../../platform/http/platform-problems.ts'
import { orNull } from '../../../platform/http/schemas.ts'
import type { Clock } from '../../../platform/time/clock.ts'
import { listToPull, PullSchema } from '../holds/pull-list.ts'
import { putOnShelf, reportMissing } from '../holds/put-on-shelf.ts'
import { bookProblems } from '../problems.ts'

const { not_found } = platformProblems
const { copy_not_to_pull } = bookProblems
const Barcode = Strict({ barcode: Type.String({ pattern: '^[A-Z0-9-]{4,32}$' }) })
const MOST_PAGES = 1_000

/** The hold shelf as it should be, and what somebody does to make it so. */
export function pullRoutes(app: App, deps: { db: Db; clock: Clock }): void {
  const config = { audience: ['librarian', 'admin'], personal: true } as const
  const tags = ['desk']
  app.route({
    method: 'GET',
    url: '/api/holds/to-pull',
    config,
    schema: {
      operationId: 'listToPull',
      tags,
      summary: 'Copies to bring to the hold shelf, to give another slip or to take down, by call number',
      querystring: Strict(pagingTo(MOST_PAGES)),
      response: {
        200: Type.Object({ data: Type.Array(PullSchema), page: PageSchema }),
        ...problems(401, 403),
      },
    },
    handler: async ({ query: { page, size } }) => {
      const { copies, totalElements } = await listToPull(deps.db, { page, size })
      return { data: copies, page: pageOf({ page, size }, totalElements) }
    },
  })
  app.route({
    method: 'POST',
    url: '/api/holds/to-pull/:barcode/put',
    config,
    schema: {
      operationId: 'putOnShelf',
      tags,
      summary: 'A copy was put on the hold shelf with its slip, or taken down when it is kept for nobody',
      params: Barcode,
      response: {
        200: Type.Object({
          put: Type.Enum(['shelved', 'taken_down']),
          title: Type.String(),
          callNumber: Type.String(),
          patronId: orNull(Type.String(), 'Whose slip goes into it'),
          shelfUntil: orNull(Type.String({ format: 'date-time' })),
        }),
        ...refusalsOf<typeof putOnShelf>({ not_found, copy_not_to_pull }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const done = await putOnShelf(deps, request.params.barcode)
      if (done.kind === 'refused') return reply.refuse(done)
      const { put, title, hold } = done
      return {
        put,
        title: title.title,
        callNumber: title.call_number,
        patronId: hold?.patron_id ?? null,
        shelfUntil: hold?.shelf_until?.toString() ?? null,
      }
    },
  })
  app.route({
    method: 'POST',
    url: '/api/holds/to-pull/:barcode/missing',
    config,
    schema: {
      operationId: 'reportMissing',
      tags,
      summary: 'A copy that is kept for a hold is not to be found',
      description:
        'It counts as lost. Another free copy takes its place; without one the patron waits again, in their old place, and is told.',
      params: Barcode,
      response: {
        200: Type.Object({ hold: Type.Enum(['served', 'waiting']) }),
        ...refusalsOf<typeof reportMissing>({ not_found, copy_not_to_pull }, 401, 403),
      },
    },
    handler: async (request, reply) => {
      const { barcode } = request.params
      const done = await reportMissing(deps, { barcode, librarianId: actorOf(request).userId })
      return done.kind === 'refused' ? reply.refuse(done) : { hold: done.hold }
    },
  })
}
