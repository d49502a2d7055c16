import Type from 'typebox'
import type { Db } from '../../../platform/database/database.ts'
import { type App, PageSchema, pageOf, pagingTo, problems, Strict, Uuid } from '../../../platform/http/app.ts'
import { refused } from '../../../platform/refusal.ts'
import { BookSchema, BookSummarySchema } from '../catalogue/book-view.ts'
import { BOOK_SORTS, listBooks, MOST_LISTED, readBook } from '../catalogue/list-books.ts'

export const BookId = Strict({ id: Uuid })

const Query = Strict({
  keyword: Type.Optional(
    Type.String({
      maxLength: 100,
      description:
        'Searched in title, author, publisher and ISBN (dashes do not matter). Spacing does not matter, half-typed blocks and initial consonants (ㅌㅈ) are understood; all words must occur',
    }),
  ),
  kdc: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,3}([.][0-9]{0,6})?$',
      description: 'Class of the Korean Decimal Classification, from the left: 8, 81, 813.7',
    }),
  ),
  available: Type.Optional(Type.Boolean({ description: 'true: with a copy on the shelf; false: without' })),
  sort: Type.Enum(BOOK_SORTS, { default: 'newest' }),
  ...pagingTo(MOST_LISTED),
})

/** Public reads of the catalogue. Who has a copy is never told. */
export function bookRoutes(app: App, { browsing }: { browsing: Db }): void {
  const config = { audience: 'anyone' } as const
  const tags = ['books']
  app.route({
    method: 'GET',
    url: '/api/books',
    config,
    schema: {
      operationId: 'listBooks',
      tags,
      summary: 'Books by keyword and class, with live stock',
      description: `\`totalElements\` is counted up to ${MOST_LISTED}; pages reach no further.`,
      querystring: Query,
      response: {
        200: Type.Object({ data: Type.Array(BookSummarySchema), page: PageSchema }),
        ...problems(),
      },
    },
    handler: async (request, reply) => {
      const { page, size } = request.query
      if ((page - 1) * size >= MOST_LISTED) return reply.refuse(refused('page_too_deep'))
      const { books, totalElements } = await listBooks(browsing, request.query)
      return { data: books, page: pageOf({ page, size }, totalElements) }
    },
  })
  app.route({
    method: 'GET',
    url: '/api/books/:id',
    config,
    schema: {
      operationId: 'getBook',
      tags,
      summary: 'One book with its live stock and the length of its queue',
      params: BookId,
      response: { 200: BookSchema, ...problems(404) },
    },
    handler: async (request, reply) =>
      (await readBook(browsing, request.params.id)) ?? reply.refuse(refused('not_found')),
  })
}
