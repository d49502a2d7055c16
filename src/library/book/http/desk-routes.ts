import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, PageSchema, pageOf, pagingTo, problems, Strict, Uuid } from '../../../platform/http/app.ts'
import { refused } from '../../../platform/refusal.ts'
import {
  DeskCopySchema,
  DeskHoldSchema,
  findCopy,
  listOpenHolds,
  MOST_HOLDS_LISTED,
} from '../catalogue/desk-view.ts'

/** What the desk asks the catalogue: about the copy in one's hand, and about the hold shelf. */
export function deskRoutes(app: App, { db }: { db: Db }): void {
  const config = { audience: ['librarian', 'admin'], personal: true } as const
  const tags = ['desk']
  app.route({
    method: 'GET',
    url: '/api/books/copies/:barcode',
    config,
    schema: {
      operationId: 'getCopy',
      tags,
      summary: 'A copy by its barcode: of which title, where it is, and for whom it is kept',
      params: Strict({ barcode: Type.String({ pattern: '^[A-Z0-9-]{4,32}$' }) }),
      response: { 200: DeskCopySchema, ...problems(401, 403, 404) },
    },
    handler: async (request, reply) =>
      (await findCopy(db, request.params.barcode)) ?? reply.refuse(refused('not_found')),
  })
  app.route({
    method: 'GET',
    url: '/api/holds/desk',
    config,
    schema: {
      operationId: 'listHoldsAtDesk',
      tags,
      summary: 'Everybody’s open holds: who waits, and what stands on the hold shelf until when',
      querystring: Strict({
        state: Type.Optional(Type.Enum(['waiting', 'shelved'])),
        patronId: Type.Optional(Uuid),
        ...pagingTo(MOST_HOLDS_LISTED),
      }),
      response: {
        200: Type.Object({ data: Type.Array(DeskHoldSchema), page: PageSchema }),
        ...problems(401, 403),
      },
    },
    handler: async (request, reply) => {
      const { page, size } = request.query
      if ((page - 1) * size >= MOST_HOLDS_LISTED) return reply.refuse(refused('page_too_deep'))
      const { holds, totalElements } = await listOpenHolds(db, request.query)
      return { data: holds, page: pageOf({ page, size }, totalElements) }
    },
  })
}
